// Days, months and moments, typed and picked the Chinese way whatever language the browser speaks.
// <span class="day"><input data-day="day|month|moment" data-first data-last><button></span>; works for lines added later as well.
(function () {
  "use strict";
  const WEEK = ["一", "二", "三", "四", "五", "六", "日"];
  const two = (n) => String(n).padStart(2, "0");
  const iso = (day) => `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
  const make = (tag, words, more) => Object.assign(document.createElement(tag), { textContent: words || "" }, more || {});

  // what was typed: 2026-11-30, 2026/11/30, 2026.11.30, 20261130, 2026年11月30日, full width as well; null: nobody knows
  const parts = (text) => {
    const plain = text.normalize("NFKC").trim();
    const found = plain.match(/^(\d{4})[-/.年](\d{1,2})(?:[-/.月](\d{1,2})日?|月)?(?:[T\s]+(\d{1,2}):(\d{2}))?$/)
      || plain.match(/^(\d{4})(\d{2})(\d{2})?$/);
    if (!found) return null;
    const [year, month, date] = [Number(found[1]), Number(found[2]), Number(found[3] || 1)];
    const day = new Date(year, month - 1, date);
    if (day.getMonth() !== month - 1 || day.getDate() !== date) return null;
    return { day, isWhole: Boolean(found[3]), time: found[4] ? `${two(found[4])}:${found[5]}` : "" };
  };
  const written = (kind, day, time) => {
    if (kind === "month") return iso(day).slice(0, 7);
    return kind === "moment" ? `${iso(day)} ${time || "00:00"}` : iso(day);
  };
  const put = (input, text) => {
    if (input.value === text) return;
    input.value = text;
    ["input", "change"].forEach((name) => input.dispatchEvent(new Event(name, { bubbles: true })));
  };
  const tidy = (input) => {
    const told = parts(input.value), kind = input.dataset.day;
    if (told && (told.isWhole || kind === "month")) put(input, written(kind, told.day, told.time));
  };

  let box = null, input = null, at = null;  // one calendar at a time: its element, its field, the day the arrows stand on

  const isIn = (day) => {
    const [first, last] = [input.dataset.first, input.dataset.last].map((text) => (text || "").slice(0, 10));
    const told = input.dataset.day === "month" ? iso(day).slice(0, 7) : iso(day);
    return (!first || told >= first.slice(0, told.length)) && (!last || told <= last.slice(0, told.length));
  };
  const close = (back) => {
    if (!box) return;
    const field = input;
    box.remove();
    box = input = at = null;
    field.setAttribute("aria-expanded", "false");
    field.removeAttribute("aria-controls");
    if (back) field.focus();
  };
  const choose = (day) => {
    if (!isIn(day)) return;
    const time = box.querySelector("[data-time]")?.value || "";
    put(input, written(input.dataset.day, day, time));
    close(true);
  };
  const cell = (words, name, day) => {
    const told = parts(input.value), same = input.dataset.day === "month" ? 7 : 10;
    const button = make("button", words, { type: "button", disabled: !isIn(day), tabIndex: -1 });
    button.setAttribute("aria-label", name);
    button.dataset.at = iso(day);
    if (told && iso(told.day).slice(0, same) === iso(day).slice(0, same)) button.setAttribute("aria-pressed", "true");
    if (iso(new Date()).slice(0, same) === iso(day).slice(0, same)) button.classList.add("today");
    button.addEventListener("click", () => choose(day));
    return button;
  };
  const step = (years, months, days) => {
    const day = new Date(at.getFullYear() + years, at.getMonth() + months, 1);
    const last = new Date(day.getFullYear(), day.getMonth() + 1, 0).getDate();
    day.setDate(Math.min(at.getDate(), last) + days);
    at = day;
    draw(true);
  };
  const turn = (label, icon, years, months) => {
    const button = make("button", icon, { type: "button" });
    button.setAttribute("aria-label", label);
    button.addEventListener("click", () => { step(years, months, 0); box.querySelector(`[aria-label="${label}"]`).focus(); });
    return button;
  };
  const months = () => {
    const grid = make("div", "", { className: "months" });
    for (let n = 0; n < 12; n += 1) grid.append(cell(`${n + 1}月`, `${at.getFullYear()}年${n + 1}月`, new Date(at.getFullYear(), n, 1)));
    return [grid];
  };
  const days = () => {
    const week = make("div", "", { className: "week" }), grid = make("div", "", { className: "days" });
    WEEK.forEach((word) => week.append(make("span", word)));
    const first = new Date(at.getFullYear(), at.getMonth(), 1), blank = (first.getDay() + 6) % 7;
    for (let n = 0; n < blank; n += 1) grid.append(make("span"));
    for (const day = first; day.getMonth() === at.getMonth(); day.setDate(day.getDate() + 1)) {
      const own = new Date(day);
      grid.append(cell(String(own.getDate()), `${own.getFullYear()}年${own.getMonth() + 1}月${own.getDate()}日 星期${WEEK[(own.getDay() + 6) % 7]}`, own));
    }
    return [week, grid];
  };
  const foot = () => {
    const line = make("div", "", { className: "foot" });
    const today = make("button", input.dataset.day === "month" ? "本月" : "今天", { type: "button" });
    today.addEventListener("click", () => choose(new Date()));
    const none = make("button", "清空", { type: "button" });
    none.addEventListener("click", () => { put(input, ""); close(true); });
    if (input.dataset.day === "moment") {
      const time = make("input", "", { type: "text", inputMode: "numeric", maxLength: 5, value: parts(input.value)?.time || "08:00" });
      time.dataset.time = "";
      time.setAttribute("aria-label", "时间");
      line.append(time);
    }
    line.append(today, none);
    return line;
  };
  const draw = (isFocused) => {
    const isMonth = input.dataset.day === "month", head = make("div", "", { className: "head" });
    const title = make("b", isMonth ? `${at.getFullYear()}年` : `${at.getFullYear()}年${at.getMonth() + 1}月`);
    title.setAttribute("aria-live", "polite");
    head.append(turn("上一年", "«", -1, 0));
    if (!isMonth) head.append(turn("上个月", "‹", 0, -1));
    head.append(title);
    if (!isMonth) head.append(turn("下个月", "›", 0, 1));
    head.append(turn("下一年", "»", 1, 0));
    box.replaceChildren(head, ...(isMonth ? months() : days()), foot());
    const on = box.querySelector(`[data-at="${isMonth ? `${iso(at).slice(0, 7)}-01` : iso(at)}"]`);
    if (on) on.tabIndex = 0;
    if (isFocused) on?.focus();
  };
  const place = () => {
    const spot = input.getBoundingClientRect(), tall = box.offsetHeight;
    const isBelow = spot.bottom + tall < window.innerHeight || spot.top < tall;
    box.style.left = `${Math.max(4, Math.min(spot.left, document.documentElement.clientWidth - box.offsetWidth - 4)) + window.scrollX}px`;
    box.style.top = `${(isBelow ? spot.bottom + 2 : spot.top - tall - 2) + window.scrollY}px`;
  };
  const open = (field, isFocused) => {
    if (field.disabled || field.readOnly) return;
    close(false);
    input = field;
    at = parts(field.value)?.day || new Date();
    box = make("div", "", { className: "calendar", id: "calendar" });
    box.setAttribute("role", "dialog");
    box.setAttribute("aria-label", "选择日期");
    document.body.append(box);
    field.setAttribute("aria-expanded", "true");
    field.setAttribute("aria-controls", box.id);
    draw(false);
    place();
    if (isFocused) draw(true);
  };

  const KEYS = {
    ArrowLeft: (m) => step(0, m ? -1 : 0, m ? 0 : -1), ArrowRight: (m) => step(0, m ? 1 : 0, m ? 0 : 1),
    ArrowUp: (m) => step(0, m ? -3 : 0, m ? 0 : -7), ArrowDown: (m) => step(0, m ? 3 : 0, m ? 0 : 7),
    PageUp: (m) => step(m ? -1 : 0, m ? 0 : -1, 0), PageDown: (m) => step(m ? 1 : 0, m ? 0 : 1, 0),
  };
  document.addEventListener("keydown", (event) => {
    if (box && event.key === "Escape") { event.preventDefault(); event.stopPropagation(); close(true); return; }
    if (box?.contains(event.target) && event.target.dataset.at && KEYS[event.key]) {
      event.preventDefault();
      KEYS[event.key](input.dataset.day === "month");
      return;
    }
    if (event.target.matches?.("input[data-day]")) {
      if (event.altKey && event.key === "ArrowDown") { event.preventDefault(); open(event.target, true); }
      if (event.key === "Enter") tidy(event.target);
    }
  }, true);
  document.addEventListener("pointerdown", (event) => {
    if (box && !box.contains(event.target) && !event.target.closest?.(".day")) close(false);
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.(".day > button"), field = event.target.closest?.("input[data-day]");
    if (button) {
      const own = button.parentElement.querySelector("input");
      if (box && input === own) close(true); else open(own, true);
    } else if (field && event.pointerType === "touch") open(field, false);
  });
  document.addEventListener("focusin", (event) => {
    if (box && !box.contains(event.target) && event.target !== input && !event.target.closest?.(".day")) close(false);
  });
  document.addEventListener("focusout", (event) => { if (event.target.matches?.("input[data-day]")) tidy(event.target); });
})();
