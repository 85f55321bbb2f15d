// References that are searched while typing, on the framework's select2, in Chinese.
(function () {
  "use strict";
  if (!window.jQuery || !jQuery.fn.select2) return;
  const words = {
    errorLoading: () => "没有取到结果，请重试",
    loadingMore: () => "正在读取更多…",
    noResults: () => "没有找到，换个词试试",
    searching: () => "正在查找…",
    inputTooShort: () => "请输入名称、编号或拼音首字母",
    removeAllItems: () => "清除",
  };
  const depended = (select) => {
    const given = {};
    (select.dataset.depends || "").split(",").filter(Boolean).forEach((name) => {
      const row = select.closest("[data-line]");
      const near = row && row.querySelector(`[name$="-${name}"]`);
      const field = near || document.getElementById(name);
      if (field && field.value) given[name] = field.value;
    });
    return given;
  };
  // a customer with whom no business is done is red
  const tinted = (row) => (row.tone || /【.+】$/.test(row.text || "") ? jQuery("<b class='bad'></b>").text(row.text) : row.text);
  const dress = (root) => {
    root.querySelectorAll("select.pick:not(.select2-hidden-accessible)").forEach((select) => {
      if (select.closest("template") || select.closest("[hidden]")) return;
      jQuery(select).select2({
        width: "100%", language: words, templateResult: tinted, templateSelection: tinted, allowClear: !select.dataset.required, placeholder: select.dataset.placeholder,
        ajax: {
          url: select.dataset.url, delay: 200, dataType: "json", headers: { "X-Requested-With": "fetch" },
          data: (params) => ({ q: params.term || "", page: params.page || 1, ...depended(select) }),
        },
      });
      // the box that is shown bears the name of the field behind it
      const shown = select.nextElementSibling.querySelector("[role=textbox],[role=combobox] .select2-selection__rendered");
      shown?.setAttribute("aria-label", select.getAttribute("aria-label") || select.labels[0]?.textContent.replace("*", "").trim() || select.dataset.placeholder);
      jQuery(select).on("select2:select select2:clear", () => select.dispatchEvent(new Event("change", { bubbles: true })));
    });
  };
  // the one row a code or name stands for, or nothing: used when a block is pasted
  window.tiemaPick = async (select, term) => {
    const given = new URLSearchParams({ q: term, ...depended(select) });
    const answer = term && await fetch(`${select.dataset.url}${select.dataset.url.includes("?") ? "&" : "?"}${given}`, { headers: { "X-Requested-With": "fetch" } });
    const found = answer && answer.ok ? (await answer.json()).results : [];
    const exact = found.filter((row) => row.text.split(/[\s（]/).includes(term));
    const row = exact.length === 1 ? exact[0] : found.length === 1 ? found[0] : null;
    if (!row) return;
    jQuery(select).append(new Option(row.text, row.id, true, true)).trigger("change");
  };
  dress(document);
  document.addEventListener("shown", (event) => dress(event.target));
  jQuery(document).on("select2:open", () => document.querySelector(".select2-container--open .select2-search__field")?.focus());
})();
