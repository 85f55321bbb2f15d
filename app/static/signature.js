// 签名: what a finger, a pen or a mouse draws on the glass travels as a small PNG in a hidden field.
(function () {
  "use strict";
  document.querySelectorAll("[data-signature]").forEach((block) => {
    const canvas = block.querySelector("canvas"), field = block.querySelector("input"), again = block.querySelector("button");
    const brush = canvas.getContext("2d");
    let last = null;
    const told = () => field.dispatchEvent(new Event("change", { bubbles: true }));
    const clear = () => { brush.clearRect(0, 0, canvas.width, canvas.height); field.value = ""; told(); };
    const point = (event) => {
      const box = canvas.getBoundingClientRect();
      return [(event.clientX - box.left) * canvas.width / box.width, (event.clientY - box.top) * canvas.height / box.height];
    };
    const draw = (to) => {
      brush.lineWidth = 5; brush.lineCap = brush.lineJoin = "round"; brush.strokeStyle = "#111827";
      brush.beginPath(); brush.moveTo(...last); brush.lineTo(...to); brush.stroke();
      last = to;
    };
    const redraw = () => {  // the form came back: what was drawn is still there
      if (!field.value) return;
      const picture = new Image();
      picture.onload = () => brush.drawImage(picture, 0, 0);
      picture.src = field.value;
    };
    redraw();
    field.form.addEventListener("restored", redraw);
    canvas.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      canvas.setPointerCapture(event.pointerId);
      last = point(event);
      draw([last[0] + 0.1, last[1]]);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!last) return;
      (event.getCoalescedEvents?.() || [event]).forEach((step) => draw(point(step)));
    });
    const lift = () => { if (last) { last = null; field.value = canvas.toDataURL("image/png"); told(); } };
    canvas.addEventListener("pointerup", lift);
    canvas.addEventListener("pointercancel", lift);
    again.addEventListener("click", clear);
  });
})();
