// A list that stays at its end while the person is there, and stays still while they are not.

import { draw } from "./page.js";

const NEAR_PX = 60;
const lists = new WeakMap(); // element → {atEnd, top: where it was last put}

/** Properties for a scrolling list; call `settle()` after each drawing. */
export const following = () => ({
  ref: (element) => {
    lists.set(element, { atEnd: true });
    element.scrollTop = element.scrollHeight;
    element.addEventListener("load", () => keep(element), true); // an image has got its size
    new ResizeObserver(() => keep(element)).observe(element);
  },
  onscroll: (event) => noticed(event.currentTarget),
});

/** Keep each list where its reader is, now that its content may have changed. */
export function settle() {
  for (const element of document.querySelectorAll(".following")) keep(element);
}

/** Whether the reader of the list that holds this selector's element has scrolled away from its end. */
export const isAway = (selector) => {
  const element = document.querySelector(selector);
  return Boolean(element && lists.has(element) && !lists.get(element).atEnd);
};

/** Go to the end. */
export function toEnd(selector) {
  const element = document.querySelector(selector);
  lists.set(element, { atEnd: true });
  keep(element);
  draw();
}

function keep(element) {
  const list = lists.get(element);
  if (!list?.atEnd) return;
  if (element.scrollTop < list.top && !isNearEnd(element)) {
    noticed(element); // the reader has just left; the browser's own word comes a little later
    return;
  }
  element.scrollTop = element.scrollHeight;
  list.top = element.scrollTop;
}

function noticed(element) {
  const atEnd = isNearEnd(element);
  const before = lists.get(element)?.atEnd;
  lists.set(element, { atEnd, top: element.scrollTop });
  if (before !== atEnd) draw();
}

const isNearEnd = (element) =>
  element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_PX;
