// "Who am I": the switch at the top, and everybody's standing in words.

import { avatar } from "./avatar.js";
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { menu } from "./menu.js";
import { me, page, person } from "./page.js";

const STANDINGS = { guest: "Guest", stranger: "Other company", deactivated: "Deactivated" };

/**
 * The switch.
 * @param {(id: string) => void} become called with the chosen person's id.
 */
export function drawPersonSwitch(become) {
  const self = person(me());
  return h(
    "div",
    { class: "person-switch", "data-testid": "person-switch" },
    menu({
      id: "person-switch",
      role: "listbox",
      label: "Who am I",
      button: {
        class: "person-button",
        "aria-label": `Who am I: ${self?.name ?? "nobody"}`,
        "data-user-id": self?.id,
      },
      face: self && [
        avatar(self.id, self.name, "small"),
        h("span", { class: "person-name" }, self.name),
        icon("down"),
      ],
      items: page.state.people.map((one) => ({
        value: one.id,
        words: [avatar(one.id, one.name, "small"), h("span", {}, one.name, " ", tag(one))],
        note: [
          h("span", { class: "standing-line" }, h("b", {}, "Slack"), " ", sentence(one.slack)),
          h("span", { class: "standing-line" }, h("b", {}, "Azure"), " ", sentence(one.azure)),
        ],
        extra: { "data-user-id": one.id },
      })),
      chosen: [self?.id],
      pick: become,
    }),
  );
}

/** The person's standing beside the switch. */
export function drawStanding() {
  const self = person(me());
  if (!self) return null;
  return h(
    "p",
    { class: "standing", "data-testid": "standing" },
    h("span", { class: "standing-line" }, h("b", {}, "Slack"), " ", sentence(self.slack)),
    h("span", { class: "standing-line" }, h("b", {}, "Azure"), " ", sentence(self.azure)),
  );
}

const sentence = (words) => words && words[0].toUpperCase() + words.slice(1);

function tag(one) {
  const words = STANDINGS[one.standing];
  return words && h("span", { class: "tag warn" }, words);
}
