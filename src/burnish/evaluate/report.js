"use strict";
// Search, filter and sort the answers. Nothing is loaded, sent or kept; without this script the page shows all of them.
(() => {
  const list = document.getElementById("items");
  if (!list) return;
  const items = Array.from(list.children);
  const words = new Map(items.map((item) => [item, item.textContent.toLowerCase()]));
  const one = (id) => document.getElementById(id);
  const [tools, search, fate, suite, order, told] = ["tools", "search", "fate", "suite", "order", "told"].map(one);
  const number = (item, key) => Number(item.dataset[key]);
  const orders = {
    asked: (a, b) => number(a, "number") - number(b, "number"),
    worse: (a, b) => number(a, "change") - number(b, "change"),
    better: (a, b) => number(b, "change") - number(a, "change"),
    lowest: (a, b) => number(a, "after") - number(b, "after"),
    longest: (a, b) => number(b, "tokens") - number(a, "tokens"),
    prompt: (a, b) => a.dataset.prompt.localeCompare(b.dataset.prompt),
  };

  function show() {
    const wanted = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const item of items) {
      const text = words.get(item);
      item.hidden =
        (fate.value !== "" && item.dataset.fate !== fate.value) ||
        (suite.value !== "" && item.dataset.suite !== suite.value) ||
        !wanted.every((word) => text.includes(word));
      shown += item.hidden ? 0 : 1;
    }
    told.textContent = shown === items.length ? `${shown} answers` : `${shown} of ${items.length} answers`;
  }

  function sort() {
    const sorted = items.slice().sort((a, b) => orders[order.value](a, b) || orders.asked(a, b));
    list.append(...sorted);
  }

  function openTarget() {
    const target = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
    if (target && target.tagName === "DETAILS") {
      target.hidden = false;
      target.open = true;
      target.scrollIntoView();
    }
  }

  search.addEventListener("input", show);
  fate.addEventListener("change", show);
  suite.addEventListener("change", show);
  order.addEventListener("change", sort);
  one("all").addEventListener("click", () => {
    const open = items.some((item) => !item.hidden && !item.open);
    for (const item of items) if (!item.hidden) item.open = open;
  });
  window.addEventListener("hashchange", openTarget);
  tools.hidden = false;
  show();
  openTarget();
})();
