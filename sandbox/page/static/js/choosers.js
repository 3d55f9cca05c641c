// Elements in which one chooses: selects, radio buttons, checkboxes.

import { h } from "./dom.js";
import { icon } from "./icons.js";
import { menu } from "./menu.js";
import { conversations, page } from "./page.js";
import { drawText, plain } from "./texts.js";

const fromOptions = (element) =>
  (element.option_groups ?? [{ options: element.options ?? [] }]).flatMap((group) =>
    group.options.map((option) => ({
      value: option.value,
      words: plain(option.text),
      note: option.description && plain(option.description),
      group: group.label && plain(group.label),
    })),
  );
const fromPeople = () => page.state.people.map((one) => ({ value: one.id, words: one.name }));
const fromChannels = () => conversations().map((one) => ({ value: one.id, words: `#${one.name}` }));

/** Element type → (element, field) → description; see elements.js for the field. */
export const choosers = {
  static_select: select(fromOptions),
  users_select: select(fromPeople),
  channels_select: select(fromChannels),
  conversations_select: select(fromChannels),
  multi_static_select: select(fromOptions, true),
  multi_users_select: select(fromPeople, true),
  multi_channels_select: select(fromChannels, true),
  multi_conversations_select: select(fromChannels, true),
  radio_buttons: boxes("radio"),
  checkboxes: boxes("checkbox"),
};

function select(source, many = false) {
  return (element, field) => {
    const items = source(element);
    const chosen = [field.value].flat().filter(Boolean);
    const words = items.filter((item) => chosen.includes(item.value)).map((item) => item.words);
    const hint = plain(element.placeholder) || "Choose an option";
    return menu({
      id: field.id,
      role: "listbox",
      label: field.label ?? hint,
      button: {
        id: field.id,
        class: `button select ${words.length ? "" : "empty"}`,
        "data-action-id": element.action_id,
        "aria-label": field.label && `${field.label}: ${words.join(", ") || "nothing chosen"}`,
        "aria-describedby": field.describedBy,
        "aria-invalid": field.invalid ? "true" : undefined,
      },
      face: [h("span", { class: "button-face" }, words.join(", ") || hint), icon("down")],
      items,
      chosen,
      many,
      pick: (value) => field.set(many ? toggled(chosen, value) : value),
    });
  };
}

function boxes(kind) {
  return (element, field) => {
    const chosen = [field.value].flat();
    const one = (option) =>
      h(
        "label",
        { class: "choice", key: option.value },
        h("input", {
          type: kind,
          name: field.id,
          value: option.value,
          checked: chosen.includes(option.value),
          onchange: () =>
            field.set(kind === "radio" ? option.value : toggled(chosen, option.value)),
        }),
        h(
          "span",
          {},
          drawText(option.text),
          option.description && drawText(option.description, { class: "quiet" }),
        ),
      );
    return h(
      "div",
      {
        class: "choices",
        id: field.id,
        role: kind === "radio" ? "radiogroup" : "group",
        "aria-label": field.label,
        "aria-labelledby": field.label ? undefined : `${field.id}-label`,
        "aria-describedby": field.describedBy,
        "data-action-id": element.action_id,
      },
      element.options.map(one),
    );
  };
}

const toggled = (chosen, value) =>
  chosen.includes(value) ? chosen.filter((one) => one !== value) : [...chosen, value];
