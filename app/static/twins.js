// Who has the same number already: asked when a field is left, said beside it; the box to tick comes up where one may save all the same.
(function () {
  "use strict";
  const form = document.querySelector("form[data-twins]");
  if (!form) return;
  const box = form.querySelector("[data-confirm-box]");
  const say = (field, found) => {
    const control = field.closest(".control");
    control.querySelectorAll(".twin").forEach((line) => line.remove());
    found.forEach((one) => {
      const line = document.createElement("p");
      line.className = one.stops ? "error twin" : "warn twin";
      line.setAttribute("role", "status");
      line.textContent = one.text;
      control.append(line);
      if (!one.stops && box) box.hidden = false;
    });
  };
  form.dataset.watches.split(" ").forEach((name) => {
    const field = form.querySelector(`[name=${name}]`);
    if (!field) return;
    const first = field.value;
    field.addEventListener("change", async () => {
      const text = field.value.trim();
      if (!text || text === first) { say(field, []); return; }
      const address = new URL(form.dataset.twins, window.location.origin);
      address.searchParams.set("field", name);
      address.searchParams.set("text", text);
      const answer = await fetch(address, { credentials: "same-origin", headers: { "X-Requested-With": "fetch" } });
      if (answer.ok && field.value.trim() === text) say(field, await answer.json());
    });
  });
})();
