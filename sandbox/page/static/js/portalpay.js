// The pretend Azure portal: what can be done about an invoice: paying it, by card or wire, or
// letting the card be declined.

import { isUnpaid, methodsOf, methodWords, REASONS, secondsLeft, settles } from "./billing.js";
import { h } from "./dom.js";
import { money } from "./format.js";
import { icon, spinner } from "./icons.js";
import { lastActor } from "./last.js";
import { post } from "./live.js";
import { draw } from "./page.js";

const chosen = { method: "", reason: REASONS[0][0] };
let waiting = ""; // what is being done
let answer = null; // {ok, message} of the last thing done

/** The address of the Slack page, as whoever acted there last. */
export const slack = () => `/?as=${encodeURIComponent(lastActor())}`;

async function perform(number, what, more) {
  waiting = what;
  draw();
  answer = await post("/api/azure", { do: what, number, ...more });
  waiting = "";
  draw();
}

/** Why the last thing was not done, or nothing. */
export const refusal = () =>
  answer &&
  !answer.ok &&
  h("p", { class: "banner wrong", role: "alert" }, icon("warning"), answer.message);

/** What one can do about the invoice as it stands. */
export function drawWays(invoice) {
  if (settles(invoice)) return underWay(invoice);
  if (invoice.status === "Paid") return ended("Paid. Nothing more is due on this invoice.");
  if (!isUnpaid(invoice)) return ended(`Nothing is to be paid: this invoice is ${invoice.status}.`);
  return [paying(invoice), declining(invoice)];
}

const ended = (words) =>
  h(
    "section",
    { class: "sheet outcome", role: "status", "data-testid": "outcome" },
    h("p", { class: "large" }, icon("check"), words),
    h("a", { class: "button", href: slack() }, "Back to Slack"),
  );

function underWay(invoice) {
  const left = secondsLeft(invoice);
  return h(
    "section",
    { class: "sheet outcome", "data-testid": "outcome" },
    h(
      "div",
      { class: "outcome-words" },
      h("p", { class: "large", role: "status" }, icon("check"), "Paid."),
      h("p", {}, `Azure shows it in ${left} s. In real life: 24 hours by card, ten days by wire.`),
    ),
    button(invoice, "Skip the wait", "settle_now", {}, "primary"),
  );
}

function paying(invoice) {
  const methods = methodsOf(invoice);
  const method =
    methods.find((one) => one.name === chosen.method) ??
    methods.find((one) => one.family !== "CheckWire") ??
    methods[0];
  if (!method)
    return h("section", { class: "sheet" }, "This billing profile has no payment method.");
  const wire = method.family === "CheckWire";
  const amount = money(invoice.amount_due, invoice.currency);
  return h(
    "section",
    { class: "sheet", "aria-labelledby": "pay" },
    h("h2", { id: "pay" }, "Pay now"),
    h(
      "fieldset",
      { class: "methods" },
      h("legend", {}, "Payment method"),
      methods.map((one) => choice(one, one === method)),
    ),
    wire && instructions(invoice),
    h(
      "div",
      { class: "pay-row" },
      wire
        ? button(invoice, "I sent the wire", "wire", {}, "primary")
        : button(invoice, `Pay ${amount}`, "pay", { method: method.name }, "primary"),
    ),
  );
}

function choice(method, on) {
  return h(
    "label",
    { class: "choice method", key: method.name },
    h("input", {
      type: "radio",
      name: "method",
      value: method.name,
      checked: on,
      onchange: () => {
        chosen.method = method.name;
        draw();
      },
    }),
    h(
      "span",
      {},
      h("span", { class: "method-name" }, methodWords(method)),
      method.expiration && h("span", { class: "quiet" }, ` expires ${method.expiration}`),
    ),
  );
}

/** What a wire needs; the bank is as pretended as the rest. */
const instructions = (invoice) =>
  h(
    "dl",
    { class: "facts wire-facts" },
    h("div", {}, h("dt", {}, "Beneficiary"), h("dd", {}, "Pretend Cloud Billing")),
    h("div", {}, h("dt", {}, "Amount"), h("dd", {}, money(invoice.amount_due, invoice.currency))),
    h("div", {}, h("dt", {}, "Reference"), h("dd", {}, invoice.number)),
  );

function declining(invoice) {
  if (methodsOf(invoice).every((one) => one.family === "CheckWire")) return null;
  return h(
    "section",
    { class: "sheet", "aria-labelledby": "decline" },
    h("h2", { id: "decline" }, "Or let the card be declined"),
    h(
      "div",
      { class: "decline" },
      h(
        "select",
        {
          class: "field",
          "aria-label": "Why the card is declined",
          value: chosen.reason,
          onchange: (event) => {
            chosen.reason = event.target.value;
            draw();
          },
        },
        REASONS.map(([id, words]) => h("option", { key: id, value: id }, words)),
      ),
      button(invoice, "Decline this card", "decline", { reason: chosen.reason }),
    ),
    answer?.ok && invoice.failed > 0 && h("p", { class: "quiet", role: "status" }, answer.message),
  );
}

function button({ number }, words, what, more, look = "") {
  const busy = waiting === what;
  return h(
    "button",
    {
      type: "button",
      class: `button ${look} ${busy ? "waiting" : ""}`,
      "data-do": what,
      disabled: Boolean(waiting),
      onclick: () => perform(number, what, more),
    },
    h("span", { class: "button-face" }, words),
    busy && spinner(),
  );
}
