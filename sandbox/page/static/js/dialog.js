// A dialog over everything else, on the browser's own: the rest of the page is out of reach, Tab
// goes round inside, Escape closes, and the focus returns to where it came from.

import { h } from "./dom.js";
import { rememberUnlessTaken } from "./focus.js";
import { iconButton } from "./icons.js";

const openers = new WeakMap(); // dialog → what gives the focus back when it closes
const REACHABLE =
  'a[href], button:not([disabled]):not([tabindex="-1"]), input:not([disabled]), textarea, select';

/**
 * @param {object} view
 * @param {string} view.id unique in the page.
 * @param {string} view.title
 * @param {() => void} view.close what Escape and the cross do.
 * @param {any} view.body
 * @param {any} view.foot the buttons, or null.
 * @param {string} [view.class]
 * @param {object} [view.props] further properties of the dialog element.
 * @param {() => void} [view.submit] what the form's submit button and Enter in a field do.
 * @param {() => void} [view.gone] called when the dialog has left the page.
 */
export function dialog({ id, title, close, body, foot, class: look = "", props, submit, gone }) {
  const keys = (event) => {
    if (event.key === "Tab") goRound(event);
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    close();
  };
  const sent = (event) => {
    event.preventDefault();
    submit?.();
  };
  return h(
    "dialog",
    {
      key: id,
      class: `dialog ${look}`,
      role: "dialog",
      tabindex: "-1",
      "aria-modal": "true",
      "aria-labelledby": `${id}-title`,
      ...props,
      ref: open,
      gone: (element) => {
        element.close();
        queueMicrotask(openers.get(element));
        gone?.();
      },
      onkeydown: keys,
      oncancel: (event) => {
        event.preventDefault(); // it leaves the page when the server says so
        close();
      },
    },
    h(
      "form",
      { class: "dialog-form", novalidate: true, onsubmit: sent },
      h(
        "header",
        { class: "dialog-head" },
        h("h2", { id: `${id}-title`, tabindex: "-1" }, title),
        iconButton("close", "Close", { onclick: close }),
      ),
      h("div", { class: "dialog-body" }, body),
      foot && h("footer", { class: "dialog-foot" }, foot),
    ),
  );
}

function open(element) {
  openers.set(element, rememberUnlessTaken());
  element.showModal();
  const first =
    element.querySelector("[autofocus], [data-first]") ??
    element.querySelector(".dialog-body :is(input, textarea)") ??
    element.querySelector("h2");
  first.focus();
}

function goRound(event) {
  const all = [...event.currentTarget.querySelectorAll(REACHABLE)].filter((one) =>
    one.checkVisibility(),
  );
  if (!all.length) return;
  const [first, last] = [all[0], all.at(-1)];
  const leaving = event.shiftKey ? first : last;
  const outside = !all.includes(document.activeElement);
  if (document.activeElement !== leaving && !(event.shiftKey && outside)) return;
  event.preventDefault();
  (event.shiftKey ? last : first).focus();
}
