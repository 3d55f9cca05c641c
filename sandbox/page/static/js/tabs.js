// A row of tabs; arrow keys go along it.

import { h } from "./dom.js";

/**
 * @param {string} name unique in the page.
 * @param {string} label the row's name for a screen reader.
 * @param {Array<{id: string, words: any}>} all
 * @param {string} chosen the open tab's id.
 * @param {(id: string) => void} open
 */
export function tabs(name, label, all, chosen, open) {
  return h(
    "div",
    { class: "tabs", role: "tablist", "aria-label": label, onkeydown: along },
    all.map(({ id, words }) =>
      h(
        "button",
        {
          key: id,
          type: "button",
          class: "tab",
          role: "tab",
          id: `tab-${name}-${id}`,
          "aria-selected": id === chosen,
          "aria-controls": `${name}-${id}`,
          tabindex: id === chosen ? "0" : "-1",
          onclick: () => open(id),
        },
        words,
      ),
    ),
  );
}

function along(event) {
  const all = [...event.currentTarget.children];
  const at = all.indexOf(document.activeElement);
  const to = {
    ArrowRight: (at + 1) % all.length,
    ArrowLeft: (at - 1 + all.length) % all.length,
    Home: 0,
    End: all.length - 1,
  }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  all[to].focus();
  all[to].click();
}
