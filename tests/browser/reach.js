// What keeps somebody with a screen reader, a keyboard or weak eyes from using this page: a list of sentences, empty when fine.
() => {
  const faults = [];
  const where = (el) => `${el.tagName.toLowerCase()}${el.id ? "#" + el.id : ""}${el.className && el.className.baseVal === undefined ? "." + String(el.className).trim().split(/\s+/).join(".") : ""}`;
  const shown = (el) => {
    const box = el.getBoundingClientRect(), style = getComputedStyle(el);
    return box.width > 0 && box.height > 0 && style.visibility !== "hidden" && style.opacity !== "0";
  };
  const all = (selector) => Array.from(document.querySelectorAll(selector)).filter((el) => !el.closest("template"));
  const words = (el) => (el.textContent || "").trim() || Array.from(el.querySelectorAll("img[alt]")).map((i) => i.alt).join(" ").trim();
  const named = (el) => {
    if ((el.getAttribute("aria-label") || "").trim() || (el.getAttribute("title") || "").trim()) return true;
    const by = el.getAttribute("aria-labelledby");
    if (by && by.split(/\s+/).some((id) => document.getElementById(id) && words(document.getElementById(id)))) return true;
    if (el.labels && Array.from(el.labels).some((label) => words(label))) return true;
    return ["A", "BUTTON", "SUMMARY"].includes(el.tagName) && Boolean(words(el));
  };
  if (document.documentElement.lang !== "zh-CN") faults.push("the page does not say that it is Chinese");
  if (!document.title.trim()) faults.push("the page has no title");
  const ids = new Map();
  all("[id]").forEach((el) => ids.set(el.id, (ids.get(el.id) || 0) + 1));
  ids.forEach((count, id) => { if (count > 1) faults.push(`id ${id} stands ${count} times`); });
  all("input:not([type=hidden]),select,textarea").filter((el) => shown(el) || el.classList.contains("select2-hidden-accessible")).forEach((el) => {
    if (!named(el)) faults.push(`no label: ${where(el)} ${el.name}`);
  });
  all("a[href],button,summary").filter(shown).forEach((el) => { if (!named(el)) faults.push(`no name: ${where(el)}`); });
  let level = 0;
  all("h1,h2,h3,h4,h5,h6").filter(shown).forEach((el) => {
    const own = Number(el.tagName[1]);
    if (level && own > level + 1) faults.push(`heading jumps from ${level} to ${own}: ${words(el)}`);
    level = own;
  });
  if (all("h1").filter(shown).length !== 1) faults.push(`${all("h1").filter(shown).length} first headings`);
  if (all("main").length !== 1) faults.push("no main part");
  all("table").filter(shown).forEach((el) => {
    const heads = Array.from(el.querySelectorAll("th"));
    if (!heads.length) faults.push(`a table without headings: ${where(el)}`);
    heads.forEach((th) => { if (!words(th) && !th.querySelector("[aria-label]") && !th.getAttribute("aria-label")) faults.push(`an empty heading in ${where(el)}`); });
  });
  all("[aria-expanded]").forEach((el) => {
    if (!["true", "false"].includes(el.getAttribute("aria-expanded"))) faults.push(`aria-expanded of ${where(el)}`);
    const part = el.classList.contains("chapter-head") ? el.nextElementSibling : el.hasAttribute("data-more") ? el.closest("form").querySelector(".filters") : null;
    if (part && shown(el) && (el.getAttribute("aria-expanded") === "true") !== (getComputedStyle(part).display !== "none")) faults.push(`aria-expanded of ${where(el)} is not what is shown`);
  });
  all("[aria-controls],[aria-describedby],[aria-labelledby]").forEach((el) => ["aria-controls", "aria-describedby", "aria-labelledby"].forEach((name) => {
    (el.getAttribute(name) || "").split(/\s+/).filter(Boolean).forEach((id) => { if (!document.getElementById(id) && !/^select2-/.test(id)) faults.push(`${name} of ${where(el)} leads nowhere`); });
  }));
  // contrast of what is written: 4.5 to 1, 3 to 1 for large letters
  const colour = (text) => { const n = (text.match(/[\d.]+/g) || []).map(Number); return n.length ? { r: n[0], g: n[1], b: n[2], a: n[3] === undefined ? 1 : n[3] } : null; };
  const light = (c) => [c.r, c.g, c.b].map((v) => v / 255).map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)).reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const over = (top, under) => ({ r: top.r * top.a + under.r * (1 - top.a), g: top.g * top.a + under.g * (1 - top.a), b: top.b * top.a + under.b * (1 - top.a), a: 1 });
  const behind = (el) => {
    const layers = [];
    for (let at = el; at; at = at.parentElement) {
      const style = getComputedStyle(at);
      if (style.backgroundImage !== "none") return null;  // a picture or a gradient: not ours to compute
      const c = colour(style.backgroundColor);
      if (c && c.a > 0) { layers.push(c); if (c.a === 1) break; }
    }
    return layers.reverse().reduce((under, top) => over(top, under), { r: 255, g: 255, b: 255, a: 1 });
  };
  const told = new Set(), walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim(), el = walker.currentNode.parentElement;
    if (!text || !el || el.closest("template,script,style,option,[disabled],.select2-hidden-accessible") || !shown(el)) continue;
    const style = getComputedStyle(el), ground = behind(el), ink = colour(style.color);
    if (!ground || !ink) continue;
    const a = light(over(ink, ground)), b = light(ground), ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const size = parseFloat(style.fontSize), large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (large ? 3 : 4.5) - 0.01) {
      const line = `contrast ${ratio.toFixed(2)}: ${where(el)} “${text.slice(0, 12)}”`;
      if (!told.has(where(el))) { told.add(where(el)); faults.push(line); }
    }
  }
  return faults;
}
