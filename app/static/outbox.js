// What a phone page sends goes out at once where there is a network; else it is kept on the phone and sent when the network
// is back or a page is opened again, in its order and under its own key, so that the books know it only once.
(function () {
  "use strict";
  const panel = document.getElementById("outbox");
  if (!panel) return;
  const words = panel.dataset, user = words.user;

  const open = () => new Promise((yes, no) => {
    const ask = indexedDB.open("tiema", 1);
    ask.onupgradeneeded = () => ask.result.createObjectStore("outbox", { keyPath: "key" });
    ask.onsuccess = () => yes(ask.result);
    ask.onerror = () => no(ask.error);
  });
  const store = async (mode, act) => {
    const base = await open();
    try {
      return await new Promise((yes, no) => {
        const deal = base.transaction("outbox", mode), ask = act(deal.objectStore("outbox"));
        deal.oncomplete = () => yes(ask.result);
        deal.onerror = deal.onabort = () => no(deal.error);
      });
    } finally { base.close(); }
  };
  const mine = async () => (await store("readonly", (s) => s.getAll())).filter((item) => item.user === user).sort((a, b) => a.at - b.at);
  const put = (item) => store("readwrite", (s) => s.put(item));
  const drop = (item) => store("readwrite", (s) => s.delete(item.key));

  const asked = { headers: { "X-Requested-With": "fetch" } };
  // who is logged in and the token, or why that cannot be known
  const here = async () => {
    try {
      const answer = await fetch(words.here, { ...asked, cache: "no-store" });
      if (answer.status === 401 || answer.redirected) return { login: true };
      return answer.ok ? await answer.json() : { lost: true };
    } catch (_none) { return { lost: true }; }
  };
  // {done, url} or {fault, fields} or {lost} or {login}
  const post = async (item, renewed) => {
    const data = new FormData();
    item.fields.forEach(([name, value, file]) => (file ? data.append(name, value, file) : data.append(name, value)));
    let answer, said;
    try {
      answer = await fetch(item.path, { method: "POST", body: data, ...asked, signal: AbortSignal.timeout(90000) });
      said = (answer.headers.get("Content-Type") || "").startsWith("application/json") ? await answer.json() : null;
    } catch (_none) { return { lost: true }; }
    if (answer.status === 401) return { login: true };
    if (answer.status === 400 && !renewed) {
      const now = await here();
      if (now.token && String(now.user) === user) return post(stamped(item, now.token), true);
      return now.login ? now : { lost: true };
    }
    if (!said) return answer.status >= 500 ? { lost: true } : { fault: words.lost };
    return said.done ? said : { fault: said.fault || said.message || words.lost, fields: said.fields || {} };
  };
  const stamped = (item, token) => ({ ...item, fields: item.fields.map((f) => (f[0] === "csrf_token" ? [f[0], token] : f)) });

  const line = (tone, text) => {
    const p = document.createElement("p");
    p.className = "say " + tone;
    const span = document.createElement("span");
    span.textContent = text;
    p.append(span);
    return p;
  };
  const button = (label, act) => {
    const b = document.createElement("button");
    b.type = "button"; b.className = "btn"; b.textContent = label;
    b.addEventListener("click", act);
    return b;
  };
  const told = [];
  const show = async () => {
    const items = await mine().catch(() => []);
    const waiting = items.filter((item) => !item.words);
    localStorage.setItem(`tiema:${user}:unsent`, items.length);
    panel.replaceChildren(...told);
    if (waiting.length) panel.append(line("wait", words.saved));
    waiting.forEach((item) => panel.append(line("wait", `${words.waiting}：${item.label}`)));
    if (waiting.length) panel.append(button(words.retry, flush));
    items.filter((item) => item.words).forEach((item) => {
      const p = line("bad", `${words.refused}：${item.label}：${item.words}`);
      const correct = button(words.open, async () => {
        localStorage.setItem(`tiema:${user}:draft:${item.page}`, JSON.stringify(item.fields.filter((f) => typeof f[1] === "string")));
        await drop(item);
        location.assign(item.page);
      });
      p.append(correct, button(words.drop, async () => { await drop(item); show(); }));
      panel.append(p);
    });
    panel.hidden = !panel.children.length;
  };

  let busy = false;
  const flushed = async () => {
    const waiting = (await mine()).filter((item) => !item.words);
    if (!waiting.length) return;
    const now = await here();
    if (now.login) { told.splice(0, told.length, line("bad", words.login)); return; }
    if (String(now.user) !== user) return;
    told.length = 0;
    for (const item of waiting) {
      const said = await post(stamped(item, now.token), true);
      if (said.lost || said.login) break;
      if (said.done) {
        await drop(item);
        if (item.page === location.pathname + location.search) { leave(said); return; }
        told.push(line("good", `${words.sent}：${said.done}`));
      } else await put({ ...item, words: said.fault });
    }
  };
  const flush = async () => {
    if (busy) return;
    busy = true;
    try {
      await (navigator.locks ? navigator.locks.request("tiema-outbox", flushed) : flushed());
    } catch (_full) { /* what cannot be read cannot be sent */ } finally { busy = false; show(); }
  };
  const keep = async (item) => { await put(item); await show(); };
  // go on to the next page, which says how it went
  const leave = (said) => { sessionStorage.setItem("said", said.done); location.assign(said.url); };

  const said = sessionStorage.getItem("said");
  if (said) {
    sessionStorage.removeItem("said");
    const p = line("good", said);
    p.className = "flash success";
    document.querySelector(".flashes")?.append(p);
  }
  navigator.serviceWorker?.register(words.worker, { scope: "/phone/" }).catch(() => null);
  window.tiemaOutbox = { post, keep, leave, words, user };
  window.addEventListener("online", flush);
  window.setInterval(() => { if (!document.hidden) flush(); }, 20000);
  flush();
})();
