// 扫码: the scan field keeps the focus, every scan goes to the server and only the changed part of the page is put in its
// place; scans that come faster than the answers wait in a row. Without this script every scan loads the page.
(function () {
  "use strict";
  const $ = (selector, root) => (root || document).querySelector(selector);
  const field = $("#scan"), work = $("#work");
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

  // what was scanned so far survives a phone that falls asleep
  const memory = work && "store:" + work.dataset.paper;
  const remember = () => {
    const kept = {};
    work.querySelectorAll("[name^=lines-][name$=-id]").forEach((id) => {
      const many = work.elements[id.name.replace(/-id$/, "-quantity")];
      if (many.value) kept[id.value] = many.value;
    });
    if (Object.keys(kept).length) localStorage.setItem(memory, JSON.stringify(kept));
    else localStorage.removeItem(memory);
  };

  let row = Promise.resolve();
  const send = (name, value, focus) => {
    const scanned = field.value;
    field.value = "";
    row = row.then(async () => {
      const data = new URLSearchParams(new FormData(work));
      data.set("scan", scanned);
      data.set(name, value);
      const answer = await fetch(work.action || location.href, { method: "POST", body: data, headers: { "X-Requested-With": "fetch" } });
      if (answer.redirected || !(answer.headers.get("Content-Type") || "").startsWith("text/html")) { location.href = answer.redirected ? answer.url : location.href; return; }
      const live = $("#live", new DOMParser().parseFromString(await answer.text(), "text/html"));
      if (!live) { location.reload(); return; }
      const top = document.documentElement.scrollTop;
      $("#live").replaceWith(document.adoptNode(live));
      document.documentElement.scrollTop = top;
      if ($(".say.bad", live) && navigator.vibrate) navigator.vibrate(200);
      remember();
      const many = $("#many");
      if (focus === "many" && many) { many.focus({ preventScroll: true }); many.select(); } else field.focus({ preventScroll: true });
    }).catch(() => { field.value = field.value || scanned; $(".say").className = "say bad"; $(".say").textContent = work.dataset.lost; });
  };
  work?.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (button && button.value === "confirm") { localStorage.removeItem(memory); return; }
    event.preventDefault();
    event.stopPropagation();
    send("do", button ? button.value : "scan", button && button.value.startsWith("hand:") ? "many" : "scan");
  });
  if (work && field.value === "" && !work.querySelector("[name$=-quantity][value]:not([value=''])")) {
    const kept = JSON.parse(localStorage.getItem(memory) || "{}");
    let some = false;
    work.querySelectorAll("[name^=lines-][name$=-id]").forEach((id) => {
      if (kept[id.value]) { work.elements[id.name.replace(/-id$/, "-quantity")].value = kept[id.value]; some = true; }
    });
    if (some) send("do", "scan", "scan");
  }

  // the camera, where the browser itself can read codes
  const eye = $("#eye"), video = $("#video"), button = $("[data-camera]");
  if (!("BarcodeDetector" in window) || !navigator.mediaDevices) return;
  $("[data-blind]").hidden = true;
  button.hidden = false;
  let stream = null;
  const close = () => { stream?.getTracks().forEach((track) => track.stop()); stream = null; eye.hidden = true; field.focus({ preventScroll: true }); };
  $("[data-close]").addEventListener("click", close);
  button.addEventListener("click", async () => {
    try {
      const detector = new BarcodeDetector();
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      video.srcObject = stream;
      eye.hidden = false;
      await video.play();
      while (stream) {
        const found = await detector.detect(video);
        if (found.length) { close(); field.value = found[0].rawValue; field.form.requestSubmit($(".go", field.form)); break; }
        await new Promise((wait) => setTimeout(wait, 150));
      }
    } catch (_fault) { close(); $("[data-blind]").hidden = false; button.hidden = true; }
  });
})();
