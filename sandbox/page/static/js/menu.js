// A list that opens at a button: menus, selects, the person switch. The browser's popover gives
// the top layer and closing by a click elsewhere; arrow keys, letters, Enter and Escape are here.

import { h } from "./dom.js";

const GAP = 4; // px between a button and its list

/**
 * A button with its list.
 * @param {object} menu
 * @param {string} menu.id unique in the page, any characters.
 * @param {"menu"|"listbox"} menu.role what the list is for a screen reader.
 * @param {string} menu.label the list's name.
 * @param {object} menu.button the button's properties.
 * @param {any} menu.face what is on the button.
 * @param {Array<{value: string, words: any, note?: any, group?: string, extra?: object}>} menu.items
 * @param {string[]} [menu.chosen] the values chosen in a listbox.
 * @param {boolean} [menu.many] several can be chosen: the list stays open.
 * @param {(value: string) => void} menu.pick
 */
export function menu({ id, role, label, button, face, items, chosen = [], many, pick }) {
  const list = `list-${id.replace(/[^\w-]/g, "_")}`;
  const groups = [...new Set(items.map((item) => item.group ?? ""))];
  const option = (item) => choice(item, { role, many, pick, on: chosen.includes(item.value) });
  const opener = {
    type: "button",
    ...button,
    popovertarget: list,
    "aria-haspopup": role,
    onkeydown: openByArrow,
  };
  return [
    h("button", opener, face),
    h(
      "div",
      {
        id: list,
        popover: "auto",
        class: `popup ${role}`,
        role,
        "aria-label": label,
        "aria-multiselectable": many ? "true" : undefined,
        onbeforetoggle: (event) => event.target.classList.remove("placed"),
        ontoggle: opened,
        onkeydown: travel,
      },
      groups.map((name) => {
        const mine = items.filter((item) => (item.group ?? "") === name).map(option);
        if (!name) return mine;
        const heading = h("div", { class: "popup-group", "aria-hidden": "true" }, name);
        return h("div", { role: "group", "aria-label": name, key: name }, heading, mine);
      }),
    ),
  ];
}

function choice(item, { role, many, pick, on }) {
  const state = role === "listbox" ? { role: "option", "aria-selected": on } : { role: "menuitem" };
  const chose = (event) => {
    if (!many) event.currentTarget.closest("[popover]").hidePopover();
    pick(item.value);
  };
  return h(
    "button",
    {
      type: "button",
      class: "popup-item",
      tabindex: "-1",
      key: item.value,
      "data-value": item.value,
      ...state,
      ...item.extra,
      onclick: chose,
    },
    h("span", { class: "popup-words" }, item.words),
    item.note && h("span", { class: "popup-note" }, item.note),
  );
}

/** Down and Up open the list, as in a native select. */
function openByArrow(event) {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  event.preventDefault();
  event.currentTarget.popoverTargetElement.showPopover({ source: event.currentTarget });
}

function opened(event) {
  const list = event.currentTarget;
  const opener = document.querySelector(`[popovertarget="${list.id}"]`);
  const open = event.newState === "open";
  opener?.setAttribute("aria-expanded", String(open));
  if (!open || !opener) return;
  put(list, opener.getBoundingClientRect());
  const first = list.querySelector('[aria-selected="true"]') ?? list.querySelector(".popup-item");
  first?.focus();
}

/** Below the button, or above it where there is more room; never out of the window. */
function put(list, at) {
  const { innerWidth: width, innerHeight: height } = window;
  list.style.minWidth = `${Math.min(at.width, width - 16)}px`;
  list.style.maxHeight = "none";
  const room = { below: height - at.bottom - GAP - 8, above: at.top - GAP - 8 };
  const below = room.below >= Math.min(list.offsetHeight, 240) || room.below >= room.above;
  const most = Math.max(120, below ? room.below : room.above);
  list.style.maxHeight = `${most}px`;
  const tall = Math.min(list.offsetHeight, most);
  list.style.top = `${below ? at.bottom + GAP : at.top - GAP - tall}px`;
  list.style.left = `${Math.max(8, Math.min(at.left, width - list.offsetWidth - 8))}px`;
  list.classList.add("placed");
}

function travel(event) {
  const list = event.currentTarget;
  const items = [...list.querySelectorAll(".popup-item")];
  const at = items.indexOf(document.activeElement);
  const to = {
    ArrowDown: (at + 1) % items.length,
    ArrowUp: (at - 1 + items.length) % items.length,
    Home: 0,
    End: items.length - 1,
  }[event.key];
  if (to !== undefined) {
    event.preventDefault();
    items[to].focus();
  } else if (event.key === "Escape" || event.key === "Tab") {
    event.preventDefault();
    event.stopPropagation();
    list.hidePopover();
  } else if (event.key.length === 1 && event.key !== " ") {
    typed(items, at, event.key.toLowerCase());
  }
}

/** A letter goes to the next item that begins with it. */
function typed(items, at, letter) {
  const turned = [...items.slice(at + 1), ...items.slice(0, at + 1)];
  turned.find((item) => item.textContent.trim().toLowerCase().startsWith(letter))?.focus();
}
