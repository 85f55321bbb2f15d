// 扫码 of a paper: every scan goes to the server and only the changed part of the page is put in its place; scans that come
// faster than the answers wait in a row. Without this script every scan loads the page. scan.js reads the codes.
(function () {
  "use strict";
  const $ = (selector, root) => (root || document).querySelector(selector);
  const field = $("#scan"), work = $("#work");
  if (!field || !work) return;

  // what was scanned so far survives a phone that falls asleep
  const memory = "store:" + work.dataset.paper;
  const remember = () => {
    const kept = {};
    work.querySelectorAll("[name^=lines-][name$=-id]").forEach((id) => {
      const many = work.elements[id.name.replace(/-id$/, "-quantity")];
      if (many.value) kept[id.value] = many.value;
    });
    if (Object.keys(kept).length) localStorage.setItem(memory, JSON.stringify(kept));
    else localStorage.removeItem(memory);
  };

  let row = Promise.resolve();
  const send = (name, value, focus) => {
    const scanned = field.value;
    field.value = "";
    row = row.then(async () => {
      const data = new URLSearchParams(new FormData(work));
      data.set("scan", scanned);
      data.set(name, value);
      const answer = await fetch(work.action || location.href, { method: "POST", body: data, headers: { "X-Requested-With": "fetch" } });
      if (answer.redirected || !(answer.headers.get("Content-Type") || "").startsWith("text/html")) { location.href = answer.redirected ? answer.url : location.href; return; }
      const live = $("#live", new DOMParser().parseFromString(await answer.text(), "text/html"));
      if (!live) { location.reload(); return; }
      const top = document.documentElement.scrollTop;
      $("#live").replaceWith(document.adoptNode(live));
      document.documentElement.scrollTop = top;
      if ($(".say.bad", live) && navigator.vibrate) navigator.vibrate(200);
      remember();
      const many = $("#many");
      if (focus === "many" && many) { many.focus({ preventScroll: true }); many.select(); } else field.focus({ preventScroll: true });
    }).catch(() => { field.value = field.value || scanned; $(".say").className = "say bad"; $(".say").textContent = work.dataset.lost; });
  };
  work.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (button && button.value === "confirm") { localStorage.removeItem(memory); return; }
    event.preventDefault();
    event.stopPropagation();
    send("do", button ? button.value : "scan", button && button.value.startsWith("hand:") ? "many" : "scan");
  });
  if (field.value === "" && !work.querySelector("[name$=-quantity][value]:not([value=''])")) {
    const kept = JSON.parse(localStorage.getItem(memory) || "{}");
    let some = false;
    work.querySelectorAll("[name^=lines-][name$=-id]").forEach((id) => {
      if (kept[id.value]) { work.elements[id.name.replace(/-id$/, "-quantity")].value = kept[id.value]; some = true; }
    });
    if (some) send("do", "scan", "scan");
  }
})();
