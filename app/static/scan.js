// The field that is scanned into: a scanner types and presses Enter, the camera reads where the browser can, else the server
// reads a photo. Whatever was read is put into the field and its form is sent.
(function () {
  "use strict";
  const $ = (selector, root) => (root || document).querySelector(selector);
  const field = $("#scan");
  if (!field) return;

  // a scanner types by itself: the keyboard on the screen may stay away
  const keyboard = $("[data-keyboard]");
  const quiet = (on) => { field.inputMode = on ? "none" : "text"; keyboard.setAttribute("aria-pressed", on); };
  keyboard.hidden = !("ontouchstart" in window);
  quiet(localStorage.getItem("scanner") === "1");
  keyboard.addEventListener("click", () => {
    const on = keyboard.getAttribute("aria-pressed") !== "true";
    localStorage.setItem("scanner", on ? "1" : "0");
    quiet(on); field.blur(); field.focus();
  });
  field.focus({ preventScroll: true });

  // the camera: the browser reads codes itself where it can, else the server reads a photo
  const eye = $("#eye"), video = $("#video"), button = $("[data-camera]"), photo = $("#photo");
  const take = (text) => { field.value = text; field.form.requestSubmit($(".go", field.form)); };
  const complain = (words) => { const say = $(".say"); say.className = "say bad"; say.textContent = words; };
  button.hidden = false;
  photo.addEventListener("change", async () => {
    if (!photo.files.length) return;
    button.disabled = true;
    try {
      const file = photo.files[0], data = new FormData();
      data.set("photo", await window.tiemaShrunk(file, 1600, 0.8), "photo.jpg");
      const answer = await fetch(photo.dataset.read, { method: "POST", body: data, headers: { "X-CSRFToken": $("meta[name=csrf-token]").content } });
      const said = await answer.json();
      if (answer.ok) take(said.text); else complain(said.fault);
    } catch (_fault) { complain(photo.dataset.lost); }
    photo.value = "";
    button.disabled = false;
  });
  let stream = null;
  const close = () => { stream?.getTracks().forEach((track) => track.stop()); stream = null; eye.hidden = true; field.focus({ preventScroll: true }); };
  $("[data-close]").addEventListener("click", close);
  button.addEventListener("click", async () => {
    if (!("BarcodeDetector" in window) || !navigator.mediaDevices) { photo.click(); return; }
    try {
      const detector = new BarcodeDetector();
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      video.srcObject = stream;
      eye.hidden = false;
      await video.play();
      while (stream) {
        const found = await detector.detect(video);
        if (found.length) { close(); take(found[0].rawValue); break; }
        await new Promise((wait) => setTimeout(wait, 150));
      }
    } catch (_fault) { close(); photo.click(); }
  });
})();
