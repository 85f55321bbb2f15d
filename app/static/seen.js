// The technician's pages as he last saw them: kept on this phone for him alone, and read where there is no network.
// A live page keeps itself; the page that says "no network" shows what was kept of its address, marked with its time.
// Logging out, the login page and anybody else who logs in wipe it; what is older than a week is not shown.
(function () {
  "use strict";
  const WEEK = 7 * 24 * 3600 * 1000, MOST = 40, LARGEST = 80000;
  const READ = /^\/phone\/(?:work\/[^/]*|parts\/(?:requests|coming|used)?(?:\/[^/]+)?)$/;
  const AWAY = "form,button,script,input,select,textarea,canvas,img,.go-bar,.outbox,.flashes,.float";
  const panel = document.getElementById("outbox"), main = document.getElementById("main");
  const names = () => Object.keys(localStorage).filter((name) => /^tiema:\d+:seen:/.test(name));
  const told = (name) => {
    try { return JSON.parse(localStorage.getItem(name)); } catch (_broken) { return null; }
  };
  const address = (name) => name.slice(name.indexOf(":seen:") + 6);

  const keep = () => {
    const mine = `tiema:${panel.dataset.user}:seen:`;
    names().filter((name) => !name.startsWith(mine)).forEach((name) => localStorage.removeItem(name));
    if (!READ.test(location.pathname) || location.search) return;
    const page = main.cloneNode(true);
    page.querySelectorAll(AWAY).forEach((part) => part.remove());
    if (page.innerHTML.length > LARGEST) return;
    const oldest = names().sort((a, b) => (told(a)?.at || 0) - (told(b)?.at || 0));
    oldest.slice(0, Math.max(0, oldest.length - MOST + 1)).forEach((name) => localStorage.removeItem(name));
    const title = document.querySelector(".top h1")?.textContent || "";
    try {
      localStorage.setItem(mine + location.pathname, JSON.stringify({ at: Date.now(), title, html: page.innerHTML }));
    } catch (_full) { /* a phone without room shows "no network", as before */ }
  };

  const fresh = () => names().filter((name) => Date.now() - (told(name)?.at || 0) < WEEK);
  const clock = (at) => new Date(at).toLocaleString("zh-CN", { month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit", hour12: false });
  const show = () => {
    const words = document.getElementById("seen"), own = fresh().find((name) => address(name) === location.pathname);
    if (own) {
      const { at, html, title } = told(own), page = new DOMParser().parseFromString(html, "text/html");
      const mark = Object.assign(document.createElement("p"), { className: "say wait", textContent: words.dataset.seen.replace("{}", clock(at)) });
      document.title = title;
      words.append(mark, Object.assign(document.createElement("h1"), { textContent: title }), ...page.body.childNodes);
    }
    const others = fresh().filter((name) => name !== own).sort((a, b) => told(b).at - told(a).at);
    if (others.length) {
      const list = document.createElement("ul");
      list.className = "small-rows";
      others.forEach((name) => {
        const row = document.createElement("li"), link = document.createElement("a");
        link.href = address(name);
        link.textContent = `${told(name).title}（${clock(told(name).at)}）`;
        row.append(link);
        list.append(row);
      });
      words.append(Object.assign(document.createElement("h2"), { textContent: words.dataset.others }), list);
    }
    words.hidden = !words.children.length;
    let leftAt = 0;  // somebody on his way to another page is not called back by a reload
    const isLeaving = () => Date.now() - leftAt < 10000;
    const again = () => fetch("/healthz", { cache: "no-store" }).then((answer) => { if (answer.ok && !isLeaving()) location.reload(); }, () => null);
    window.addEventListener("beforeunload", () => { leftAt = Date.now(); });
    window.addEventListener("online", again);
    window.setInterval(again, 10000);
  };

  if (panel) keep(); else if (document.getElementById("seen")) show();
})();
