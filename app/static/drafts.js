// Entries that were not saved: kept in this browser every few seconds, per person and form, offered after a crash or a lost
// session, gone once the form is saved or the person logs out. Passwords and what data-draft names are never kept.
(function () {
  "use strict";
  const PREFIX = "tiema:draft:", DAYS = 7 * 86400e3, person = document.body.dataset.person || "0";
  let store;
  try { store = window.localStorage; store.getItem(PREFIX); } catch { return; }
  const keys = () => Object.keys(store).filter((key) => key.startsWith(PREFIX));
  keys().forEach((key) => {  // of somebody else at this browser, or too old
    let kept = null;
    try { kept = JSON.parse(store.getItem(key)); } catch { /* not ours to read */ }
    if (!key.startsWith(`${PREFIX}${person}:`) || !kept || Date.now() - kept.at > DAYS) store.removeItem(key);
  });
  document.querySelectorAll("form[action$='/logout/']").forEach((form) => form.addEventListener("submit", () => {
    keys().forEach((key) => store.removeItem(key));
  }));

  const form = document.querySelector("form.document[data-draft]");
  const key = `${PREFIX}${person}:${window.location.pathname}${window.location.search}`;
  const sent = window.sessionStorage.getItem("tiema:sent");
  const again = form && form.querySelector(".error, .flash.danger");
  if (sent) {
    window.sessionStorage.removeItem("tiema:sent");
    if (!document.querySelector(".sorry") && !(sent === key && form)) store.removeItem(sent);  // it was saved
  }
  if (!form) return;

  const untold = new Set(form.dataset.draft.split(" ").filter(Boolean));
  const skip = (field) => !field.name || field.type === "password" || field.type === "file" || field.closest("template")
    || /^(csrf_token|request_key|version|fill|then)$|-shown$/.test(field.name) || untold.has(field.name.replace(/^.*-\d+-/, ""));
  const fields = () => Array.from(form.elements).filter((field) => "value" in field && field.tagName !== "BUTTON" && field.tagName !== "OUTPUT" && !skip(field));
  const ticked = (field) => field.type === "checkbox" || field.type === "radio";  // its value is a name, not an answer
  const read = () => fields().map((field) => [
    field.name,
    ticked(field) ? field.checked : field.value,
    field.tagName === "SELECT" ? field.selectedOptions[0]?.textContent || "" : "",
    ticked(field) ? field.value : "",
  ]);
  let last = "";
  const keep = () => {
    if (!form.hasAttribute("data-dirty") || form.dataset.sent) return;
    const now = JSON.stringify(read());
    if (now === last) return;
    last = now;
    try { store.setItem(key, JSON.stringify({ at: Date.now(), version: form.elements.version?.value || "", fields: JSON.parse(now) })); } catch { /* full: not worth a word */ }
  };
  window.setInterval(keep, 3000);
  document.addEventListener("visibilitychange", keep);
  document.addEventListener("submit", (event) => {  // after tiema.js has let it through
    if (event.target !== form || event.defaultPrevented) return;
    form.setAttribute("data-dirty", "");
    delete form.dataset.sent; keep(); form.dataset.sent = "1";
    form.removeAttribute("data-dirty");
    window.sessionStorage.setItem("tiema:sent", key);
  });
  form.querySelectorAll(".save a").forEach((link) => link.addEventListener("click", () => { window.sessionStorage.setItem("tiema:left", key); }));
  window.addEventListener("pagehide", () => {  // left on purpose, after the question: nothing to offer later
    if (window.sessionStorage.getItem("tiema:left") === key) { store.removeItem(key); window.sessionStorage.removeItem("tiema:left"); }
  });

  const put = ([name, value, text, box]) => {
    const field = Array.from(form.elements).find((f) => f.name === name && !skip(f) && (!ticked(f) || f.value === box));
    if (!field) return;
    if (ticked(field)) field.checked = value;
    else if (field.tagName === "SELECT" && field.classList.contains("pick")) {
      if (value && !Array.from(field.options).some((option) => option.value === value)) field.append(new Option(text, value, true, true));
      field.value = value;
      if (window.jQuery) window.jQuery(field).trigger("change.select2");
    } else field.value = value;
  };
  const restore = (kept) => {
    form.querySelectorAll("[data-lines]").forEach((section) => {
      const name = section.dataset.lines, pattern = new RegExp(`^${name}-(\\d+)-`);
      const wanted = new Set(kept.fields.map((f) => pattern.exec(f[0])?.[1]).filter(Boolean));
      const has = (index) => Array.from(form.elements).some((f) => f.name.startsWith(`${name}-${index}-`) && !f.closest("template"));
      for (const index of Array.from(wanted).sort((a, b) => a - b)) {
        for (let tries = 0; tries < 200 && !has(index); tries += 1) section.querySelector("[data-add]").click();
      }
      section.querySelectorAll("[data-line]").forEach((row) => {
        const field = row.querySelector("[name]");
        const index = field && pattern.exec(field.name)?.[1];
        if (!row.closest("template") && index && !wanted.has(index)) row.remove();
      });
    });
    kept.fields.forEach(put);
    form.setAttribute("data-dirty", "");
    form.dispatchEvent(new Event("change", { bubbles: true }));
  };
  let kept = null;
  try { kept = JSON.parse(store.getItem(key) || "null"); } catch { store.removeItem(key); }
  if (!kept || again) return;
  if (JSON.stringify(kept.fields) === JSON.stringify(read())) { store.removeItem(key); return; }
  const bar = document.createElement("p"), words = document.createElement("span");
  bar.className = "flash warning draft"; bar.setAttribute("role", "status");
  const time = new Date(kept.at).toLocaleString("zh-CN", { month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit" });
  const older = kept.version !== (form.elements.version?.value || "") ? "，之后这条记录又被改过，恢复后请核对" : "";
  words.textContent = `${time} 填写的内容没有保存${older}`;
  const button = (text, work) => {
    const made = Object.assign(document.createElement("button"), { type: "button", className: "btn small", textContent: text });
    made.addEventListener("click", () => { work(); bar.remove(); });
    return made;
  };
  bar.append(words, button("恢复", () => restore(kept)), button("不要了", () => store.removeItem(key)));
  form.prepend(bar);
})();
