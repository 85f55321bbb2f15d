// What a person finds on the form of a page: looked at, touched and typed into, all in one call.
// Each function gives a list of sentences about what is wrong, or what stands there; nothing typed here is left behind.
(() => {
  "use strict";
  const all = (selector, root) => Array.from((root || document).querySelectorAll(selector));
  const main = () => document.querySelector("form.document, form.task, form#work");
  const face = (control) => {  // what one sees of it: the box of a searching list, the label of a hidden file
    if (control.matches(".select2-hidden-accessible")) return control.nextElementSibling.querySelector(".select2-selection");
    if (control.type === "file") return control.closest("label") || control;
    if (control.type === "hidden" && control.closest("[data-signature]")) return control.closest("[data-signature]").querySelector("canvas");
    return control;
  };
  const isSeen = (element) => {
    const box = element.getBoundingClientRect();
    return box.width > 4 && box.height > 4 && element.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true });
  };
  const coverOf = (element) => {  // what lies above it or where it leaves the screen; nothing when a finger reaches it
    element.scrollIntoView({ block: "center", inline: "center", behavior: "instant" });
    const box = element.getBoundingClientRect();
    if (box.left < -1 || box.right > document.documentElement.clientWidth + 1) return `the edge of the screen (${Math.round(box.left)}–${Math.round(box.right)})`;
    const there = document.elementFromPoint(box.left + box.width / 2, box.top + Math.min(box.height / 2, 20));
    if (there && (element.contains(there) || there.contains(element))) return "";
    return there ? `<${there.tagName.toLowerCase()} class="${there.className}">` : "nothing that can be touched";
  };
  const isTyped = (control) => {
    if (control.disabled || control.readOnly) return false;
    const touched = face(control);
    touched.focus({ preventScroll: true });
    if (touched.tagName === "CANVAS" || control.type === "file") return true;
    if (document.activeElement !== touched) return false;
    if (!control.matches("textarea, input:not([type]), input[type=text], input[type=password], input[type=search]")) return true;
    const before = control.value;
    control.select();
    document.execCommand("insertText", false, "7");
    const took = control.value.includes("7");
    control.value = before;
    return took;
  };
  const change = (field, value) => { field.value = value; field.dispatchEvent(new Event("change", { bubbles: true })); };

  // a part that matters only for one choice of another field is unfolded by that choice, as a person would
  const ruler = (part) => {
    const [name, values] = part.dataset.when.split("="), row = part.closest("[data-line]");
    return [row ? row.querySelector(`[name$="-${name}"]`) : document.getElementById(name), values.split(" ")];
  };
  const unfold = (control) => {
    for (const part of all("[data-when]").filter((each) => each.contains(control))) {
      const [field, values] = ruler(part);
      if (!field) continue;
      if (!field.closest("[data-line]")) unfold(field);
      if (values.includes(field.value)) continue;
      const fitting = Array.from(field.options).find((option) => values.includes(option.value));
      if (!fitting) return false;
      change(field, fitting.value);
    }
    return true;
  };
  const controls = (name, root) => all("[name]", root).filter((c) => c.name === name && !c.closest("template")
    && !(c.type === "hidden" && !c.closest("[data-signature]")));
  const wrongOf = (name, found) => {
    if (!found.length) return [`${name} is not on the page`];
    const control = found.find((c) => c.checked) || found[0];
    if (!unfold(control)) return [`${name} cannot be unfolded`];
    if (!isSeen(face(control))) return [`${name} cannot be seen`];
    const cover = coverOf(face(control));
    if (cover) return [`${name} is covered by ${cover}`];
    return isTyped(control) ? [] : [`${name} cannot be typed into`];
  };

  // a table of lines: by its button another line comes, every cell of which can be typed into
  const wrongOfLines = (name, columns) => {
    const section = document.querySelector(`[data-lines="${name}"]`);
    if (!section) return [`${name} are not on the page`];
    const more = section.querySelector("[data-add]");
    if (section.matches("[data-when]")) unfold(more);
    if (!isSeen(more) || coverOf(more)) return [`no button adds a line of ${name}: ${coverOf(more)}`];
    if (!section.querySelector("tbody [data-line]")) more.click();
    const row = section.querySelector("tbody [data-line]:last-child");
    if (!row || !isSeen(row)) return [`a line of ${name} cannot be seen`];
    return columns.flatMap((column) => wrongOf(`${name}.${column}`, all("[name]", row).filter((c) => c.name.endsWith(`-${column}`) && c.type !== "hidden")));
  };
  // lines that the paper has already
  const wrongOfListed = (name, columns, least) => {
    const rows = all("[data-line], #rows > li, #live .lines > li").filter((row) => row.querySelector(`[name^="${name}-"]`) && !row.closest("template"));
    if (rows.length < least) return [`${rows.length} lines stand there, ${least} are asked for`];
    return rows.slice(0, 3).flatMap((row, index) => isSeen(row)
      ? columns.flatMap((column) => wrongOf(`${name}.${index}.${column}`, all("[name]", row).filter((c) => c.name.endsWith(`-${column}`) && c.type !== "hidden")))
      : [`line ${index} of ${name} cannot be seen`]);
  };

  const kept = (form) => all("input:not([type=hidden]),select,textarea", form).map((c) => [c, c.value, c.checked]);
  const putBack = (form, values) => {
    values.forEach(([control, value, checked]) => { if (control.type !== "file") control.value = value; control.checked = checked; });
    form.dispatchEvent(new Event("change", { bubbles: true }));
    form.removeAttribute("data-dirty");
  };

  // spec: {fields: [name], lines: {name: [column]}, listed: {name: [[column], least]}}
  const look = (spec) => {
    const form = main();
    if (!form) return ["there is no form"];
    const before = kept(form), wrong = [];
    for (const name of spec.fields) wrong.push(...wrongOf(name, controls(name, form)));
    for (const [name, columns] of Object.entries(spec.lines)) wrong.push(...wrongOfLines(name, columns));
    for (const [name, [columns, least]] of Object.entries(spec.listed)) wrong.push(...wrongOfListed(name, columns, least));
    putBack(form, before);
    const wide = document.documentElement.scrollWidth - window.innerWidth;
    if (wide > 0) wrong.push(`the page is ${wide} px too wide`);
    return wrong;
  };

  // everything that can be emptied is emptied; then the form is sent by its own button
  const empty = () => {
    const form = main();
    all("input:not([type=hidden]),select,textarea", form).filter((c) => !c.closest("template")).forEach((control) => {
      if (control.type === "checkbox" || control.type === "radio") control.checked = false;
      else if (control.type !== "file") control.value = control.tagName === "SELECT" && !all("option", control).some((o) => o.value === "") ? control.value : "";
    });
    form.removeAttribute("data-dirty");
    window.stop();
    all(".save button", form)[0].click();
  };
  // required: names of fields that may not stay empty
  const told = (required) => {
    const wrong = [], sentences = all(".error, .flash.danger").filter((e) => isSeen(e) && e.textContent.trim());
    if (!sentences.length) return ["an empty form is refused without a word that can be seen"];
    const inView = sentences.some((e) => { const box = e.getBoundingClientRect(); return box.bottom > 0 && box.top < window.innerHeight; });
    if (!inView) wrong.push("what is wrong stands outside the screen");
    for (const name of required) {
      const [control] = controls(name, main());
      if (!control || control.closest(".off") || (control.tagName === "SELECT" && control.value)) continue;
      const sentence = document.getElementById(`${(control.closest(".boxes") || control).id}-error`);
      if (!sentence || !isSeen(sentence)) wrong.push(`nothing beside ${name} says that it is needed`);
      else if (Math.abs(sentence.getBoundingClientRect().top - face(control).getBoundingClientRect().bottom) > 120) wrong.push(`the sentence about ${name} stands far from it`);
    }
    return wrong;
  };

  // what the clerk reads in each field: text, the key of a choice, whether a box is ticked
  const read = () => {
    const found = {};
    all("input,select,textarea", main()).filter((c) => c.name && !c.closest("template") && c.type !== "file").forEach((control) => {
      if (control.type === "checkbox") found[control.name] = control.checked;
      else if (control.type === "radio") { if (control.checked) found[control.name] = control.value; }
      else if (control.type !== "hidden" || /-id$/.test(control.name)) found[control.name] = control.value;
    });
    return found;
  };
  // a reference chosen as a person chooses it, and what is needed besides typed in
  const choose = (name, key) => {
    const select = document.getElementById(name);
    select.append(new Option(key, key, true, true));
    change(select, key);
  };
  const complete = (words) => {
    all("textarea, input[type=text]:not(.num)", main()).filter((c) => !c.value && !c.closest("template, [data-line], .off") && c.closest(".field")?.querySelector("em"))
      .forEach((c) => { c.value = words; });
  };
  window.probe = { look, empty, told, read, choose, complete };
})();
