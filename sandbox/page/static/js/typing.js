// Elements in which one types, and the date and time pickers, which are the browser's own.

import { h } from "./dom.js";
import { plain } from "./texts.js";

/** Element type → (element, field) → description; see elements.js for the field. */
export const typing = {
  plain_text_input: (element, field) =>
    element.multiline ? area(element, field) : input("text", element, field),
  email_text_input: (element, field) => input("email", element, field),
  url_text_input: (element, field) => input("url", element, field),
  number_input: (element, field) =>
    input("text", element, field, {
      inputmode: element.is_decimal_allowed ? "decimal" : "numeric",
    }),
  datepicker: (element, field) => input("date", element, field, { class: "field short" }),
  timepicker: (element, field) => input("time", element, field, { class: "field short" }),
};

function input(type, element, field, more = {}) {
  const enter = (event) => {
    if (event.key === "Enter") field.enter();
  };
  return h("input", { type, class: "field", ...common(element, field), onkeydown: enter, ...more });
}

function area(element, field) {
  return h("textarea", { class: "field", rows: "4", ...common(element, field) });
}

function common(element, field) {
  const heard = element.type.endsWith("picker") ? "onchange" : "oninput";
  return {
    id: field.id,
    value: field.value,
    placeholder: plain(element.placeholder) || undefined,
    maxlength: element.max_length,
    autocomplete: "off",
    "aria-label": field.label,
    "aria-describedby": field.describedBy,
    "aria-invalid": field.invalid ? "true" : undefined,
    "data-action-id": element.action_id,
    autofocus: element.focus_on_load || undefined,
    [heard]: (event) => field.set(event.target.value),
  };
}
