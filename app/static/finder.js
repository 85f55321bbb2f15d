// The search box of every page: hits while one types, arrows and Enter choose, Esc closes; without it the form leads to a page.
(function () {
  "use strict";
  const form = document.querySelector("[data-finder]");
  if (!form) return;
  const box = form.querySelector("input"), panel = form.querySelector(".findings");
  let waiting = 0, asked = "", at = -1;
  const make = (tag, text, classes) => Object.assign(document.createElement(tag), { textContent: text || "", className: classes || "" });
  const links = () => Array.from(panel.querySelectorAll("a"));
  const close = () => { panel.hidden = true; at = -1; };
  const draw = (groups) => {
    panel.replaceChildren();
    groups.forEach((group) => {
      panel.append(make("b", group.label));
      group.hits.forEach((hit) => {
        const link = make("a");
        link.href = hit.url;
        link.append(make("span", hit.text), make("small", [hit.detail, hit.state].filter(Boolean).join(" · ")));
        panel.append(link);
      });
      if (group.more) { const more = make("a", "更多…", "more"); more.href = group.more; panel.append(more); }
    });
    if (!groups.length) panel.append(make("p", "没有找到，换个词试试"));
    panel.hidden = false;
    at = -1;
  };
  const ask = async () => {
    const term = box.value.trim();
    if (!term) { asked = ""; close(); return; }
    if (term === asked) { panel.hidden = false; return; }
    asked = term;
    try {
      const answer = await fetch(`${form.action}?${new URLSearchParams({ q: term })}`, { headers: { "X-Requested-With": "fetch" } });
      if (answer.ok && box.value.trim() === term) draw((await answer.json()).groups);
    } catch { close(); }
  };
  box.addEventListener("input", () => { window.clearTimeout(waiting); waiting = window.setTimeout(ask, 200); });
  box.addEventListener("focus", () => { if (asked && box.value.trim() === asked) panel.hidden = false; });
  form.addEventListener("focusout", (event) => { if (!form.contains(event.relatedTarget)) close(); });
  form.addEventListener("submit", (event) => { if (!box.value.trim()) event.preventDefault(); });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { close(); box.blur(); return; }
    if (event.key === "/" && !box.value && document.getElementById("q")) {  // once more: the search of this list
      event.preventDefault(); event.stopPropagation(); document.getElementById("q").focus(); return;
    }
    const found = panel.hidden ? [] : links();
    if (!found.length || (event.key !== "ArrowDown" && event.key !== "ArrowUp")) return;
    event.preventDefault();
    at = Math.max(-1, Math.min(found.length - 1, at + (event.key === "ArrowDown" ? 1 : -1)));
    (at < 0 ? box : found[at]).focus();
  });
})();
