// 附件: what was chosen is listed, and photos are made smaller before they travel. Without this script everything is sent
// as it is.
(function () {
  "use strict";
  const SIDE = 2400, SMALL_ENOUGH = 1200 * 1024, MOST = 20 * 1024 * 1024, MOST_TOGETHER = 48 * 1024 * 1024;

  const shrunk = (file) => (file.size <= SMALL_ENOUGH ? file : window.tiemaShrunk(file, SIDE, 0.85));

  const told = (size) => (size < 1048576 ? Math.ceil(size / 1024) + " KB" : (size / 1048576).toFixed(1) + " MB");

  document.querySelectorAll("form[data-upload]").forEach((form) => {
    const inputs = Array.from(form.querySelectorAll("input[type=file]"));
    const list = form.querySelector(".chosen"), button = form.querySelector("button");
    const line = (text, bad) => {
      const item = document.createElement("li");
      item.textContent = text;
      if (bad) item.className = "error";
      list.appendChild(item);
    };
    const show = () => {
      list.replaceChildren();
      const files = inputs.flatMap((input) => Array.from(input.files));
      const large = files.filter((file) => file.size > MOST);
      files.forEach((file) => line(file.name + "　" + told(file.size)));
      large.forEach((file) => line(form.dataset.large.replace("@@", () => file.name), true));
      const much = files.reduce((sum, file) => sum + file.size, 0) > MOST_TOGETHER;
      if (much) line(form.dataset.much, true);
      button.disabled = !files.length || large.length > 0 || much;
    };
    button.disabled = true;
    inputs.forEach((input) => input.addEventListener("change", async () => {
      button.disabled = true;
      const chosen = Array.from(input.files), bag = new DataTransfer();
      for (const file of chosen) bag.items.add(await shrunk(file));
      input.files = bag.files;
      show();
    }));
  });
})();
