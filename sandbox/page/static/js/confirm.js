// "Are you sure?": Block Kit's confirmation dialog, asked before an act is sent.

import { dialog } from "./dialog.js";
import { h } from "./dom.js";
import { draw } from "./page.js";
import { drawText, plain } from "./texts.js";

let question = null; // {confirm, answer}

/** Ask; resolves to whether the person goes on. */
export function ask(confirm) {
  question?.answer(false);
  return new Promise((answer) => {
    question = { confirm, answer };
    draw();
  });
}

/** The open question, or null. */
export function confirmation() {
  if (!question) return null;
  const { confirm, answer } = question;
  const say = (yes) => {
    question = null;
    answer(yes);
    draw();
  };
  const style = confirm.style === "danger" ? "danger" : "primary";
  const buttons = [
    h(
      "button",
      { type: "button", class: "button", onclick: () => say(false) },
      plain(confirm.deny) || "Cancel",
    ),
    h(
      "button",
      { type: "button", class: `button ${style}`, onclick: () => say(true), "data-first": "" },
      plain(confirm.confirm) || "Yes",
    ),
  ];
  return dialog({
    id: "confirmation",
    class: "small",
    title: plain(confirm.title) || "Are you sure?",
    close: () => say(false),
    body: drawText(confirm.text ?? { type: "plain_text", text: "" }),
    foot: buttons,
    props: { role: "alertdialog", "data-testid": "confirmation" },
  });
}
