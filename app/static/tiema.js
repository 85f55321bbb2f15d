// 铁马: small behaviour shared by every page. Everything works without it except searching while typing.
(function () {
  "use strict";
  const $ = (selector, root) => (root || document).querySelector(selector);
  const $$ = (selector, root) => Array.from((root || document).querySelectorAll(selector));
  const token = $("meta[name=csrf-token]")?.content;

  // menu
  const side = $("#side"), veil = $("#veil");
  const slide = (open) => { side?.classList.toggle("open", open); veil?.classList.toggle("open", open); };
  $("#burger")?.addEventListener("click", () => slide(!side.classList.contains("open")));
  veil?.addEventListener("click", () => slide(false));
  $$(".chapter-head").forEach((head) => head.addEventListener("click", () => {
    const open = head.parentElement.classList.toggle("open");
    head.setAttribute("aria-expanded", open);
  }));

  // a button pressed once is sent once; dangerous ones ask
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.confirm && !window.confirm(form.dataset.confirm)) { event.preventDefault(); return; }
    if (form.hasAttribute("data-once")) {
      if (form.dataset.sent) { event.preventDefault(); return; }
      form.dataset.sent = "1";
      form.removeAttribute("data-dirty");
      window.setTimeout(() => $$("button", form).forEach((b) => { b.disabled = true; }), 0);
    }
    if (form.hasAttribute("data-search")) {
      $$("input,select", form).forEach((field) => { if (!field.value) field.disabled = true; });
    }
  });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) $$("form[data-once]").forEach((form) => { delete form.dataset.sent; $$("button", form).forEach((b) => { b.disabled = false; }); });
  });

  // logging out takes along what the phone keeps for this person: drafts, scans, what was not sent yet
  const forget = (user) => new Promise((done) => {
    Object.keys(localStorage).filter((name) => name.startsWith(`tiema:${user}:`) || name.startsWith("store:")).forEach((name) => localStorage.removeItem(name));
    sessionStorage.clear();
    const ask = indexedDB.open("tiema", 1);
    ask.onupgradeneeded = () => ask.result.createObjectStore("outbox", { keyPath: "key" });
    ask.onerror = done;
    ask.onsuccess = () => {
      const deal = ask.result.transaction("outbox", "readwrite"), walk = deal.objectStore("outbox").openCursor();
      walk.onsuccess = () => { const at = walk.result; if (!at) return; if (at.value.user === user) at.delete(); at.continue(); };
      deal.oncomplete = deal.onerror = done;
    };
  });
  $$("form[data-logout]").forEach((form) => form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const user = form.dataset.logout;
    if (Number(localStorage.getItem(`tiema:${user}:unsent`)) && !window.confirm(form.dataset.unsent)) return;
    await forget(user).catch(() => null);
    form.submit();
  }));

  // who meets the login page is nobody: what was seen on this phone before is not for the next person
  if ($("#username") && $("#password")) {
    Object.keys(localStorage).filter((name) => /^tiema:\d+:seen:/.test(name)).forEach((name) => localStorage.removeItem(name));
  }

  // filters, bulk, demo accounts
  $$("[data-more]").forEach((button) => button.addEventListener("click", () => {
    const filters = $(".filters", button.closest("form"));
    filters.hidden = !filters.hidden;
    button.setAttribute("aria-expanded", !filters.hidden);
    filters.dispatchEvent(new CustomEvent("shown", { bubbles: true }));
  }));
  const boxes = () => $$("input[name=rowid]");
  const count = () => $$("form[data-bulk] button").forEach((b) => { b.disabled = !boxes().some((box) => box.checked); });
  $("#all")?.addEventListener("change", (event) => { boxes().forEach((box) => { box.checked = event.target.checked; }); count(); });
  document.addEventListener("change", (event) => { if (event.target.name === "rowid") count(); });
  $$("[data-fill]").forEach((button) => button.addEventListener("click", () => {
    $("#username").value = button.dataset.fill; $("#password").value = "tiema-demo"; $("#password").form.requestSubmit();
  }));

  // a page that looks again while work is under way, and shows the whole new page when it is over
  const look = (block) => window.setTimeout(async () => {
    let answer;
    try {
      answer = await fetch(block.dataset.poll, { credentials: "same-origin" });
    } catch { look(block); return; }
    if (!answer.ok || answer.redirected) { window.location.reload(); return; }
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(block.id);
    if (!fresh) return;
    if (!fresh.dataset.poll) { window.location.reload(); return; }
    block.replaceWith(fresh);
    look(fresh);
  }, 1000);
  $$("[data-poll]").forEach(look);

  // menus that drop down from a button: one at a time, closed by Esc and by a click beside them
  const menus = () => $$("details[data-menu],details.person");
  document.addEventListener("click", (event) => menus().forEach((menu) => { if (menu.open && !menu.contains(event.target)) menu.open = false; }));
  $$("[data-move]").forEach((button) => button.addEventListener("click", () => {
    const item = button.closest("li"), step = Number(button.dataset.move);
    const other = step < 0 ? item.previousElementSibling : item.nextElementSibling;
    if (other) { if (step < 0) other.before(item); else other.after(item); button.focus(); }
  }));
  $$("form[data-density]").forEach((form) => form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const low = document.body.classList.toggle("compact"), sent = new FormData(form);
    sent.set("compact", low ? "1" : "0");
    $("button", form).setAttribute("aria-pressed", low);
    await fetch(form.action, { method: "POST", body: sent, headers: { "X-Requested-With": "fetch", "X-CSRFToken": token } });
  }));

  // keyboard: Ctrl+S saves, / searches, Alt+N makes a new one, Enter goes on, Esc closes
  document.addEventListener("keydown", (event) => {
    const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement?.tagName || "");
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s" && $("form.document .save .primary")) {
      event.preventDefault(); $("form.document .save .primary").click();
    } else if (event.key === "/" && !typing && ($("#find") || $("#q"))) {
      event.preventDefault();
      ($("#find")?.offsetParent ? $("#find") : $("#q"))?.focus();
    } else if (event.key === "Escape") {
      menus().forEach((menu) => { if (menu.open) { menu.open = false; $("summary", menu).focus(); } });
      slide(false);
    } else if (event.altKey && event.key.toLowerCase() === "n" && $(".tools .add")) {
      $(".tools .add").click();
    } else if (event.key === "Enter" && event.target.matches?.("form.document input")) {
      event.preventDefault();
      const fields = $$("form.document input:not([type=hidden]),form.document select,form.document textarea").filter((f) => f.offsetParent);
      const section = event.target.closest("[data-lines]"), row = event.target.closest("[data-line]");
      const inRow = row ? fields.filter((f) => row.contains(f)) : [];
      if (section && !row.nextElementSibling && event.target === inRow[inRow.length - 1]) {
        $("[data-add]", section).click();  // Enter in the last cell of the last row makes the next row
        return;
      }
      const next = fields[fields.indexOf(event.target) + 1];
      if (next) next.focus();
    }
  });

  // order lines: rows come from a template, figures from the server
  const form = $("form.document");
  // fields that only matter for one choice of another field, which has to matter itself; a part without any is not there
  const matters = (part) => {
    const [name, values] = part.dataset.when.split("="), row = part.closest("[data-line]");
    const field = row ? row.querySelector(`[name$="-${name}"]`) : document.getElementById(name);
    const above = field && !row && field.closest("[data-when]");
    return !field || (values.split(" ").includes(field.value) && (!above || matters(above)));
  };
  // a panel goes only when it has something to fill in and none of it matters; a table of lines is something as well
  const isIdle = (panel) => {
    const controls = $$("input:not([type=hidden]),select,textarea,button", panel);
    return controls.length > 0 && controls.every((control) => control.closest("[data-when].off"));
  };
  const sift = () => {
    $$("[data-when]", form).forEach((part) => {
      const fits = matters(part);
      part.classList.toggle("off", !fits);
      if (fits && !part.closest("[data-line]")) part.dispatchEvent(new CustomEvent("shown", { bubbles: true }));
    });
    $$("section.panel:not([data-when])", form).forEach((panel) => panel.classList.toggle("off", isIdle(panel)));
  };
  if (form) { sift(); form.addEventListener("change", sift); document.addEventListener("shown", (event) => { if (event.target.matches?.("tr")) sift(); }); }

  let waiting = 0;
  const compute = () => {
    if (!form?.dataset.compute) return;
    window.clearTimeout(waiting);
    waiting = window.setTimeout(async () => {
      const answer = await fetch(form.dataset.compute, {
        method: "POST", body: new FormData(form), headers: { "X-CSRFToken": token, "X-Requested-With": "fetch" },
      });
      if (!answer.ok) return;
      Object.entries(await answer.json()).forEach(([name, text]) => {
        const output = document.getElementById("sum-" + name) || document.getElementById(name);
        if (output) output.value = text;
      });
    }, 150);
  };
  $$("[data-lines]").forEach((section) => {
    const body = $("tbody", section), template = $("template", section);
    let next = body.children.length;
    $("[data-add]", section).addEventListener("click", () => {
      const row = template.content.cloneNode(true);
      const swap = (text) => text.replace(/__i__/g, next);
      $$("[name],[id],[data-url]", row).forEach((field) => {
        ["name", "id"].forEach((a) => { if (field.hasAttribute(a)) field.setAttribute(a, swap(field.getAttribute(a))); });
      });
      next += 1;
      body.appendChild(row);
      const added = body.lastElementChild;
      added.dispatchEvent(new CustomEvent("shown", { bubbles: true }));
      $("input:not([type=hidden]),select", added)?.focus();
    });
    // a block copied from Excel fills cells to the right and rows below; references are looked up by their code
    section.addEventListener("paste", async (event) => {
      const cells = event.clipboardData.getData("text").replace(/\r/g, "").replace(/\n$/, "").split("\n").map((line) => line.split("\t"));
      const start = event.target.closest("[data-line]");
      if (!start || (cells.length === 1 && cells[0].length === 1)) return;
      event.preventDefault();
      const inputs = (row) => $$("td input:not([type=hidden]),td select", row);
      const first = inputs(start).indexOf(event.target);
      let row = start;
      for (const [index, line] of cells.entries()) {
        if (index) {
          if (!row.nextElementSibling) $("[data-add]", section).click();
          row = row.nextElementSibling;
        }
        for (const [offset, text] of line.entries()) {
          const field = inputs(row)[first + offset];
          if (!field) continue;
          if (field.classList.contains("pick")) await window.tiemaPick(field, text.trim());
          else if (field.tagName === "SELECT") {
            const option = $$("option", field).find((o) => o.textContent.trim() === text.trim());
            if (option) field.value = option.value;
          } else field.value = text.trim();
        }
      }
      form.setAttribute("data-dirty", "");
      sift(); compute();
    });
    section.addEventListener("click", (event) => {
      if (!event.target.closest("[data-drop]")) return;
      event.target.closest("tr").remove(); form.setAttribute("data-dirty", ""); compute();
    });
  });
  // a chosen quotation writes its customer and lines into the form; what was typed goes along and comes back
  form?.addEventListener("change", (event) => {
    const name = event.target.name;
    if (!name || !event.target.value || !(form.dataset.fills || "").split(" ").includes(name)) return;
    const fill = Object.assign(document.createElement("input"), { type: "hidden", name: "fill", value: name });
    form.append(fill);
    form.removeAttribute("data-dirty");
    form.submit();
  });
  form?.addEventListener("change", () => { form.setAttribute("data-dirty", ""); compute(); });
  form?.addEventListener("blur", (event) => {
    const field = event.target;
    if (!field.classList?.contains("num") || !/^-?[\d,]+\.?\d*$/.test(field.value)) return;
    const [whole, cents] = field.value.replace(/,/g, "").split(".");
    field.value = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ",") + (cents === undefined ? "" : "." + cents);
  }, true);

  // nothing typed is lost by accident
  form?.addEventListener("input", () => form.setAttribute("data-dirty", ""));
  window.addEventListener("beforeunload", (event) => {
    if (form?.hasAttribute("data-guard") && form.hasAttribute("data-dirty")) event.preventDefault();
  });
  const wrong = $("[aria-invalid=true]"), told = wrong || (form && $(".error", form));
  if (told) told.scrollIntoView({ block: "center" });
  if (wrong) wrong.focus({ preventScroll: true });
  // who works by keyboard begins in the first field; on a phone that would bring up the keys before anything was read
  const begin = () => {
    const field = $$("input:not([type=hidden]),select,textarea", form).find((f) => !f.disabled && !f.readOnly && f.getClientRects().length);
    const box = field?.classList.contains("select2-hidden-accessible") ? $(".select2-selection", field.parentElement) : field;
    box?.focus({ preventScroll: true });
  };
  if (form && !told && window.matchMedia("(pointer: fine)").matches) begin();
})();
