// Modals: one dialog for each open view, the newest on top.

import { act, isWaiting, troubleAt } from "./acts.js";
import { drawBlocks } from "./blocks.js";
import { dialog } from "./dialog.js";
import { h } from "./dom.js";
import { forget, valueOf } from "./elements.js";
import { icon, spinner } from "./icons.js";
import { pressed } from "./message.js";
import { draw, page } from "./page.js";
import { plain } from "./texts.js";

const own = new Map(); // view id → {block_id: words}: what the form itself objected to

/** What is sent off waits as long as its view stays as it was: a new content can be closed. */
const whereOf = (view) => `modal/${view.id}/${view.hash}`;

/** The open modals, the one on top last. */
export function drawModals() {
  const views = page.state.modals;
  return views.map((view, i) => drawModal(view, i === views.length - 1));
}

function drawModal(view, top) {
  const where = whereOf(view);
  const busy = isWaiting(where);
  const title = plain(view.title);
  const trouble = troubleAt(where);
  const errors = { ...view.errors, ...own.get(view.id) };
  return dialog({
    id: `modal-${view.id}`,
    title,
    close: () => !busy && close(view),
    submit: () => view.submit && !busy && submit(view),
    body: [
      trouble && h("p", { class: "banner wrong", role: "alert" }, icon("warning"), trouble),
      h(
        "div",
        { class: "blocks", "aria-live": "polite", "aria-busy": String(busy) },
        drawBlocks(view.blocks, placeOf(view, errors)),
      ),
    ],
    foot: buttons(view, busy),
    class: top ? "front" : "behind",
    props: {
      "data-testid": "modal",
      "data-view-id": view.id,
      "data-callback-id": view.callback_id,
    },
    gone: () => {
      forget(`view/${view.id}`);
      own.delete(view.id);
    },
  });
}

/** Where a view's elements send what is done in them. */
export function placeOf(view, errors) {
  return {
    id: `view/${view.id}`,
    errors,
    press: ({ where, element, block, option, words }) => {
      const typed = /input$/.test(element.type);
      const said = option === undefined ? {} : typed ? { value: option } : { option };
      return act(where, pressed(words), {
        do: "press_in_modal",
        view_id: view.id,
        action_id: element.action_id,
        block_id: block.block_id,
        ...said,
      });
    },
  };
}

function buttons(view, busy) {
  const leave = h(
    "button",
    { type: "button", class: "button", disabled: busy, onclick: () => close(view) },
    plain(view.close) || (view.submit ? "Cancel" : "Close"),
  );
  if (!view.submit) return leave;
  return [
    leave,
    h(
      "button",
      {
        type: "submit",
        class: `button primary ${busy ? "waiting" : ""}`,
        "aria-disabled": busy ? "true" : undefined,
        "data-testid": "modal-submit",
      },
      h("span", { class: "button-face" }, plain(view.submit)),
      busy && spinner(),
    ),
  ];
}

function close(view) {
  act(whereOf(view), `Closed “${plain(view.title)}”`, { do: "close", view_id: view.id });
}

/** Send what is filled in, once the form's own checks let it through. */
function submit(view) {
  const place = placeOf(view);
  const inputs = view.blocks.filter((block) => block.type === "input");
  const values = {};
  const wrong = {};
  for (const block of inputs) {
    const value = valueOf(place, block, block.element);
    const objection = objectionTo(block, value);
    if (objection) wrong[block.block_id] = objection;
    values[block.element.action_id] = value === "" ? null : value;
  }
  own.set(view.id, wrong);
  if (Object.keys(wrong).length) {
    draw();
    queueMicrotask(() => focusWrong(view));
    return;
  }
  act(whereOf(view), pressed(plain(view.submit)), { do: "submit", view_id: view.id, values });
}

function focusWrong(view) {
  const wrong = `dialog[data-view-id="${view.id}"] .block-input.wrong`;
  document.querySelector(`${wrong} :is(input, textarea, button)`)?.focus();
}

/** What Slack's own form check says, or "". */
function objectionTo(block, value) {
  const { type, min_length: least = 0, min_value: low, max_value: high } = block.element;
  if (value === "" || value.length === 0) {
    return block.optional ? "" : "Please complete this required field.";
  }
  if (value.length < least) return `Please enter at least ${least} characters.`;
  if (type !== "number_input") return "";
  const number = Number(value);
  if (Number.isNaN(number)) return "Please enter a number.";
  if (low !== undefined && number < Number(low)) return `Please enter ${low} or more.`;
  return high !== undefined && number > Number(high) ? `Please enter ${high} or less.` : "";
}
