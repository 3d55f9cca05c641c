// Block Kit's interactive elements. What is chosen or typed in them is kept per place until it is
// sent, as Slack's client does.

import { ask } from "./confirm.js";
import { isWaiting, troubleAt } from "./acts.js";
import { choosers } from "./choosers.js";
import { h } from "./dom.js";
import { icon, spinner } from "./icons.js";
import { menu } from "./menu.js";
import { isWeb } from "./mentions.js";
import { draw } from "./page.js";
import { goTo, placeOf } from "./permalinks.js";
import { plain } from "./texts.js";
import { typing } from "./typing.js";

const kept = new Map(); // "<place>/<block>/<action>" → what is chosen or typed there

/** The name of one element's spot on the screen. */
export const spot = (place, block, element) => `${place.id}/${block.block_id}/${element.action_id}`;

/** What is chosen or typed in an element: a value, a list of values, or "". */
export function valueOf(place, block, element) {
  const name = spot(place, block, element);
  return kept.has(name) ? kept.get(name) : initial(element);
}

/** Forget what was chosen and typed at a place, e.g. in a modal that is closed. */
export function forget(placeId) {
  for (const name of kept.keys()) if (name.startsWith(`${placeId}/`)) kept.delete(name);
}

/**
 * One element of a block.
 * @param {object} element
 * @param {object} block the block that holds it.
 * @param {object} place where it is: see blocks.js.
 * @returns a description; a visible note for a kind this page does not know.
 */
export function drawElement(element, block, place) {
  const name = spot(place, block, element);
  const field = {
    id: name.replace(/[^\w-]/g, "_"),
    value: valueOf(place, block, element),
    label: block.label ? undefined : plain(element.placeholder) || element.action_id,
    invalid: Boolean(place.errors?.[block.block_id]),
    describedBy: place.describedBy,
    set: (value) => change(name, value, element, block, place),
    enter: () => dispatched(element, block, place, "on_enter_pressed"),
  };
  const make = { button, overflow, workflow_button: button, ...choosers, ...typing }[element.type];
  if (!make) return placeholder(element.type, "element");
  return [make(element, { ...field, block, place, name }), warning(name)];
}

/** The visible stand-in for what this page cannot draw. */
export const placeholder = (type, what) =>
  h("div", { class: "placeholder", role: "note" }, `This page cannot show the ${what} “${type}”.`);

/** Trouble at an element, as a small sign with its words. */
export function warning(name) {
  const words = troubleAt(name);
  return words && h("span", { class: "trouble", role: "alert" }, icon("warning"), words);
}

function button(element, { block, place, name }) {
  const words = plain(element.text);
  const look = `button ${element.style ?? ""}`;
  const props = {
    class: isWaiting(name) ? `${look} waiting` : look,
    "aria-label": element.accessibility_label,
    "aria-busy": isWaiting(name) ? "true" : undefined,
    "data-action-id": element.action_id,
  };
  const face = [h("span", { class: "button-face" }, words), isWaiting(name) && spinner()];
  if (element.url && isWeb(element.url)) return urlButton(element, { props, face, block, place });
  const press = () => send(element, block, place, undefined, words);
  return h("button", { type: "button", ...props, onclick: press }, face);
}

/** Opens its address in a new tab, or shows the message it leads to, and tells the app too. */
function urlButton(element, { props, face, block, place }) {
  const inside = placeOf(element.url);
  const press = async (event) => {
    if (element.confirm || inside) event.preventDefault();
    if (!(await send(element, block, place, undefined, plain(element.text)))) return;
    if (inside) goTo(inside);
    else if (element.confirm) window.open(element.url, "_blank", "noopener,noreferrer");
  };
  const link = { href: element.url, target: "_blank", rel: "noopener noreferrer" };
  return h("a", { ...props, ...link, onclick: press }, face, !inside && icon("external"));
}

function overflow(element, { block, place, name }) {
  return menu({
    id: name,
    role: "menu",
    label: "More actions",
    button: {
      class: `button square ${isWaiting(name) ? "waiting" : ""}`,
      "aria-label": "More actions",
      "data-action-id": element.action_id,
    },
    face: isWaiting(name) ? spinner() : icon("more"),
    items: element.options.map((option) => ({
      value: option.value,
      words: plain(option.text),
      note: option.description && plain(option.description),
    })),
    pick: (value) => {
      const option = element.options.find((one) => one.value === value);
      if (option.url && isWeb(option.url)) window.open(option.url, "_blank", "noopener,noreferrer");
      return send(element, block, place, value, plain(option.text));
    },
  });
}

/** Keep a choice; outside of forms the app is told at once, after its own "are you sure". */
async function change(name, value, element, block, place) {
  const before = kept.get(name);
  kept.set(name, value);
  draw();
  const types = element.type in typing && !element.type.endsWith("picker");
  if (types) {
    if (block.dispatch_action) dispatched(element, block, place, "on_character_entered");
    return;
  }
  if (block.type === "input" && !block.dispatch_action) return;
  if (await send(element, block, place, value, plain(block.label) || element.action_id)) return;
  if (before === undefined) kept.delete(name);
  else kept.set(name, before);
  draw();
}

/** Typing that the app wants to hear of: after Enter, or after each character. */
function dispatched(element, block, place, moment) {
  const wanted = element.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
  if (!block.dispatch_action || !wanted.includes(moment)) return;
  tell(element, block, place, valueOf(place, block, element), plain(block.label));
}

/** Tell the app, unless the person takes it back; returns whether they went on. */
async function send(element, block, place, option, words) {
  if (element.confirm && !(await ask(element.confirm))) return false;
  tell(element, block, place, option, words);
  return true;
}

const tell = (element, block, place, option, words) =>
  place.press({ where: spot(place, block, element), element, block, option, words });

function initial(element) {
  const options = element.initial_options ?? element.initial_users ?? element.initial_channels;
  if (options) return options.map((one) => one.value ?? one);
  if (element.type.startsWith("multi_") || element.type === "checkboxes") return [];
  const one =
    element.initial_option?.value ??
    element.initial_value ??
    element.initial_date ??
    element.initial_time ??
    element.initial_date_time ??
    element.initial_user ??
    element.initial_channel ??
    element.initial_conversation;
  return one === undefined || one === null ? "" : String(one);
}
