// One task on one page: what is typed is kept until it is through, what is sent is sent once, rows are filled with the thumb.
(function () {
  "use strict";
  const box = window.tiemaOutbox;
  const $ = (selector, root) => (root || document).querySelector(selector);
  const $$ = (selector, root) => Array.from((root || document).querySelectorAll(selector));
  if (!box) return;
  const page = location.pathname + location.search, memory = `tiema:${box.user}:draft:${page}`;

  // -- rows: part and quantity ---------------------------------------------------------------------------------
  const rows = $("#rows"), template = $("#wanted"), main = rows?.closest("form.task");
  const figure = (text) => Number((text || "").replace(/[,，\s]/g, "")) || 0;
  const plain = (number) => String(Math.round(number * 1000) / 1000);
  const many = (row) => $("input[name$=-quantity]", row);
  const add_up = () => {
    if (!rows) return;
    let lines = 0, pieces = 0;
    $$(".row", rows).forEach((row) => {
      const here = figure(many(row).value), most = row.dataset.most;
      if (here) { lines += 1; pieces += here; }
      row.classList.toggle("on", here > 0);
      row.classList.toggle("bad", most !== undefined && here > Number(most));
      const short = $("[data-short]", row);
      if (short) { short.hidden = here >= Number(most); short.textContent = short.dataset.short.replace("%s", plain(Number(most) - here)); }
    });
    const sum = $("[data-sum]");
    if (sum) sum.textContent = sum.dataset.sum.replace("%1", lines).replace("%2", plain(pieces));
    const none = $("#none-yet");
    if (none) none.hidden = rows.children.length > 0;
  };
  const put = (row, number) => { many(row).value = number ? plain(Math.max(number, 0)) : ""; add_up(); save(); };
  let next = rows ? rows.children.length : 0;
  const add = (number, name, quantity) => {
    const key = keyed(number), twin = $$(".row", rows).find((row) => keyed($("[name$=-part]", row).value) === key);
    if (twin) { put(twin, figure(many(twin).value) + 1); return twin; }
    const row = template.content.firstElementChild.cloneNode(true);
    $$("[name],[data-for]", row).forEach((e) => ["name", "data-for"].forEach((a) => { if (e.hasAttribute(a)) e.setAttribute(a, e.getAttribute(a).replace("__i__", next)); }));
    next += 1;
    $("[name$=-part]", row).value = number;
    $("[data-name]", row).textContent = name || "";
    rows.append(row);
    put(row, quantity === undefined ? 1 : figure(quantity));
    return row;
  };
  const keyed = (text) => text.normalize("NFKC").toUpperCase().replace(/^TM:P:/, "").replace(/[^0-9A-Z\u4e00-\u9fff]/g, "");
  rows?.addEventListener("click", (event) => {
    const row = event.target.closest(".row");
    if (!row) return;
    if (event.target.closest("[data-less]")) put(row, figure(many(row).value) - 1);
    else if (event.target.closest("[data-more-of]")) put(row, Math.min(figure(many(row).value) + 1, row.dataset.most === undefined ? 1e9 : Number(row.dataset.most)));
    else if (event.target.closest("[data-drop]")) { row.remove(); add_up(); save(); }
  });
  rows?.addEventListener("keydown", (event) => { if (event.key === "Enter" && event.target.tagName === "INPUT") { event.preventDefault(); event.target.blur(); } });

  // -- the scan field above the rows ---------------------------------------------------------------------------
  const find = $("form.find[data-rows],form.find[data-find]"), scanned = find && $("#scan", find), found = $("#found");
  const say = (text, tone) => { const p = $(".say", find); p.className = "say " + tone; p.replaceChildren(Object.assign(document.createElement("span"), { textContent: text })); };
  const sift = (term) => {
    const wanted = term.trim().toLowerCase();
    let some = 0;
    $$(".row", rows).forEach((row) => { row.hidden = Boolean(wanted) && !row.dataset.words.toLowerCase().includes(wanted); some += !row.hidden; });
    $("#none").hidden = some > 0 || !rows.querySelector(".row");
  };
  const take = (row, name) => { say(`${name}：${many(row).value}`, "good"); row.scrollIntoView({ block: "nearest" }); };
  const look = async (term) => {
    let answer;
    try {
      const got = await fetch(`${find.dataset.find}?q=${encodeURIComponent(term)}`, { headers: { "X-Requested-With": "fetch" } });
      if (got.status === 401) { location.reload(); return; }
      answer = await got.json();
    } catch (_none) { take(add(term), term); return; }  // no network: the number is looked up when it is sent
    if (answer.exact) { const part = answer.parts[0]; take(add(part.number, part.name), part.name); scanned.value = ""; return; }
    if (answer.words) say(answer.words, "bad");
    found.hidden = !answer.parts.length;
    found.replaceChildren(...answer.parts.map((part) => {
      const item = document.createElement("li"), pick = document.createElement("button");
      const what = Object.assign(document.createElement("span"), { className: "what" });
      what.append(Object.assign(document.createElement("b"), { textContent: part.name }), Object.assign(document.createElement("small"), { textContent: `${part.number} ${part.more}` }));
      const held = Object.assign(document.createElement("span"), { className: "figure", textContent: "+" });
      Object.assign(pick, { type: "button", className: "line" });
      pick.append(what, held);
      pick.addEventListener("click", () => { take(add(part.number, part.name), part.name); found.hidden = true; scanned.value = ""; });
      item.append(pick);
      return item;
    }));
  };
  if (scanned) {
    find.addEventListener("submit", (event) => {
      event.preventDefault();
      const term = scanned.value.trim();
      if (!term) return;
      if (find.dataset.find) { look(term); return; }
      const row = $$(".row", rows).find((r) => r.dataset.key === keyed(term));
      if (row) {
        const more = Math.min(figure(many(row).value) + 1, Number(row.dataset.most));
        put(row, more); sift(""); take(row, $(".what b", row).textContent); scanned.value = "";
      } else sift(term);
    });
    if (find.hasAttribute("data-rows")) scanned.addEventListener("input", () => sift(scanned.value));
  }

  // -- what is typed stays ---------------------------------------------------------------------------------------
  const kept = main || $("form.task:not([action])");
  const PASSING = ["csrf_token"];
  const save = () => {
    if (!kept || kept.dataset.sending) return;
    const fields = [...new FormData(kept)].filter(([name, value]) => typeof value === "string" && !PASSING.includes(name));
    if (template) $$("[name$=-part]", rows).forEach((part) => fields.push([part.name.replace(/-part$/, "-name"), $("[data-name]", part.closest(".row")).textContent]));
    localStorage.setItem(memory, JSON.stringify(fields));
  };
  const forget = () => localStorage.removeItem(memory);
  const restore = () => {
    const text = kept && localStorage.getItem(memory);
    if (!text || $(".error:not([hidden])", kept)) return;
    const fields = JSON.parse(text), given = Object.fromEntries(fields);
    fields.forEach(([name, value]) => {
      const row = name.match(/^lines-(\d+)-(id|part)$/);
      if (row) {
        const quantity = given[`lines-${row[1]}-quantity`] || "";
        if (row[2] === "part") { if (!rows.querySelector(`[name="${name}"]`)) add(value, given[`lines-${row[1]}-name`], quantity); return; }
        const here = $$("[name$=-id]", rows).find((id) => id.value === value);
        if (here) many(here.closest(".row")).value = quantity;
        return;
      }
      if (name.startsWith("lines-")) return;
      const field = kept.elements[name];
      if (!field) return;
      if (field.type === "checkbox") field.checked = true;
      else if (field.type !== "file") field.value = value;
    });
    kept.dispatchEvent(new CustomEvent("restored"));
  };
  kept?.addEventListener("input", () => { add_up(); save(); });
  kept?.addEventListener("change", save);

  // -- sent once ---------------------------------------------------------------------------------------------------
  const blame = (form, said) => {
    const top = $("[data-fault]", form);
    top.hidden = !said.fault;
    top.textContent = said.fault || "";
    $$("[data-for]", form).forEach((p) => {
      const words = (said.fields || {})[p.dataset.for] || "";
      p.textContent = words; p.hidden = !words;
    });
    top.scrollIntoView({ block: "center" });
    if (navigator.vibrate) navigator.vibrate(200);
  };
  const hold = (form, on) => {
    if (on) form.dataset.sending = "1"; else delete form.dataset.sending;
    $$("button", form).forEach((b) => { b.disabled = on; });
  };
  $$("form.task").forEach((form) => form.addEventListener("submit", async (event) => {
    event.preventDefault();
    event.stopPropagation();
    if (form.dataset.sending) return;
    const ask = event.submitter?.dataset.confirm;
    if (ask && !window.confirm(ask)) return;
    if (form === kept) save();
    const sent = [...new FormData(form)].filter(([, value]) => typeof value === "string" || value.size);
    hold(form, true);
    const fields = await Promise.all(sent.map(async ([name, value]) => {
      if (typeof value === "string") return [name, value];
      const photo = await window.tiemaShrunk(value, 2000, 0.82);
      return [name, photo, photo.name];
    }));
    const item = { key: form.elements.request_key.value, user: box.user, path: form.getAttribute("action") || page, page, label: form.dataset.task, fields, at: Date.now() };
    const said = await box.post(item);
    if (said.done) { if (form === kept) forget(); box.leave(said); return; }
    if (!said.lost && !said.login) { hold(form, false); blame(form, said); return; }
    try {
      await box.keep(item);
      if (form === kept) forget();
      form.classList.add("sent-later");
      $("#outbox").scrollIntoView({ block: "center" });
    } catch (_full) { hold(form, false); blame(form, { fault: box.words.large }); }
  }));
  window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

  $$(".shot input[type=file]").forEach((input) => input.addEventListener("change", () => {
    $("small", input.parentElement).textContent = Array.from(input.files).map((file) => file.name).join("、");
  }));

  // -- where am I, copy ----------------------------------------------------------------------------------------------
  const locate = $(".locate"), where = $("[data-locate]");
  if (where && navigator.geolocation) {
    const told = $("[data-place]", locate), field = document.getElementById(locate.dataset.field);
    const ask = () => {
      told.textContent = locate.dataset.asking;
      navigator.geolocation.getCurrentPosition((at) => {
        const spot = `${at.coords.latitude.toFixed(5)},${at.coords.longitude.toFixed(5)}`;
        const typed = field.value.replace(/-?\d+\.\d{3,},-?\d+\.\d{3,}/, "").trim();
        field.value = `${spot} ${typed}`.trim().slice(0, 100);
        told.textContent = `${spot} ${locate.dataset.around.replace("%s", Math.round(at.coords.accuracy))}`;
        save();
      }, () => { told.textContent = locate.dataset.denied; }, { enableHighAccuracy: true, timeout: 15000, maximumAge: 60000 });
    };
    where.hidden = false;
    where.addEventListener("click", ask);
    navigator.permissions?.query({ name: "geolocation" }).then((p) => { if (p.state === "granted" && !field.value) ask(); }).catch(() => null);
  }
  $$("[data-copy]").forEach((button) => button.addEventListener("click", async () => {
    try { await navigator.clipboard.writeText(button.dataset.copy); } catch (_old) {
      const area = Object.assign(document.createElement("textarea"), { value: button.dataset.copy });
      document.body.append(area); area.select(); document.execCommand("copy"); area.remove();
    }
    button.textContent = button.dataset.copied;
  }));

  restore();
  add_up();
})();
