// 照片: every photo is made smaller and sent by itself as soon as it is taken; without a network it waits on the phone.
(function () {
  "use strict";
  const box = window.tiemaOutbox, form = document.querySelector("form.photos"), list = document.getElementById("pictures");
  if (!box || !form) return;
  const page = location.pathname + location.search, key = form.elements.request_key.value;
  let taken = 0, open = 0, waits = 0;

  const tile = (file, kind) => {
    const item = document.createElement("li"), image = document.createElement("img"), name = document.createElement("b"), how = document.createElement("small");
    const reader = new FileReader();
    reader.addEventListener("load", () => { image.src = reader.result; });
    reader.readAsDataURL(file);
    image.alt = name.textContent = kind;
    how.textContent = form.dataset.sending;
    item.append(image, name, how);
    list.prepend(item);
    return how;
  };
  const send = async (file, input) => {
    open += 1;
    taken += 1;
    const own = `${key}p${taken}`, small = await window.tiemaShrunk(file, 2000, 0.82);
    const how = tile(small, input.closest("label").textContent.trim());
    const fields = [["csrf_token", form.elements.csrf_token.value], ["request_key", own], ["kind", input.dataset.kind], ["photo", small, small.name || "photo.jpg"]];
    const item = { key: own, user: box.user, path: page, page, label: form.dataset.task, fields, at: Date.now() };
    const said = await box.post(item);
    if (said.lost || said.login) {
      try { await box.keep(item); how.textContent = form.dataset.waits; } catch (_full) { how.textContent = box.words.large; }
      waits += 1;
    } else how.textContent = said.done || said.fault;
    how.className = said.fault ? "error" : "";
    if (said.fault) waits += 1;
    open -= 1;
    if (!open && !waits) box.leave(said);
  };
  form.querySelectorAll("input[type=file]").forEach((input) => input.addEventListener("change", () => {
    Array.from(input.files).forEach((file) => send(file, input));
    input.value = "";
  }));
})();
