// The one button of the label page.
document.querySelector("[data-print]").addEventListener("click", () => window.print());
