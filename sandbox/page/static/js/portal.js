// The pretend Azure portal: one invoice, its payment methods, and paying it.

import {
  isUnpaid,
  methodsOf,
  methodWords,
  REASONS,
  secondsLeft,
  settles,
  statusPill,
} from "./billing.js";
import { h, render } from "./dom.js";
import { day, money } from "./format.js";
import { icon, spinner } from "./icons.js";
import { lastActor } from "./last.js";
import { follow, post } from "./live.js";
import { draw, drawWith, page } from "./page.js";
import { applyTheme, drawThemeSwitch } from "./theme.js";

const asked = Object.fromEntries(new URLSearchParams(location.search));
const chosen = { method: "", reason: REASONS[0][0] };
let waiting = ""; // what is being done
let answer = null; // {ok, message} of the last thing done

/** The Slack page, as whoever acted there last. */
const slack = () => `/?as=${encodeURIComponent(lastActor())}`;

async function perform(what, more = {}) {
  waiting = what;
  draw();
  answer = await post("/api/azure", { do: what, number: asked.invoice, ...more });
  waiting = "";
  draw();
}

function drawPortal() {
  const invoice = page.state?.azure.invoices.find((one) => one.number === asked.invoice);
  document.title = `${asked.invoice ?? "Invoices"} · Pretend Azure portal`;
  render(
    document.getElementById("app"),
    h(
      "div",
      { class: "portal", "data-testid": "portal" },
      h("header", { class: "portal-bar" }, h("p", {}, "Pretend Azure portal"), drawThemeSwitch()),
      page.lost && h("p", { class: "banner wrong", role: "alert" }, "Connection lost. Trying again …"),
      h("main", { class: "portal-main", id: "main", tabindex: "-1" }, content(invoice)),
    ),
  );
}

function content(invoice) {
  if (!page.state) return h("p", { class: "empty", role: "status" }, "Opening …");
  const back = h("p", {}, h("a", { class: "link", href: slack() }, icon("back"), "Back to Slack"));
  if (!invoice) {
    return [back, h("p", { class: "sheet" }, `There is no invoice ${asked.invoice ?? ""} here.`)];
  }
  return [
    back,
    h(
      "div",
      { class: "portal-title" },
      h("h1", {}, `Invoice ${invoice.number}`),
      statusPill(invoice),
      h("p", {}, `${accountOf(invoice)} · ${invoice.profile_name}`),
    ),
    facts(invoice),
    answer && !answer.ok && h("p", { class: "banner wrong", role: "alert" }, icon("warning"), answer.message),
    ways(invoice),
  ];
}

const accountOf = ({ account }) =>
  page.state.azure.accounts.find((one) => one.name === account)?.display_name ?? account;

function facts(invoice) {
  const fact = (name, words, look) => h("div", { class: look, key: name }, h("dt", {}, name), h("dd", {}, words));
  return h(
    "section",
    { class: "sheet", "aria-label": "Facts" },
    h(
      "dl",
      { class: "facts" },
      fact("Amount due", money(invoice.amount_due, invoice.currency), "large"),
      fact("Due date", day(invoice.due), "large"),
      fact("Billed", money(invoice.total, invoice.currency)),
      fact("Invoice date", day(invoice.issued)),
      fact("Billing profile", `${invoice.profile_name} (${invoice.profile})`),
      invoice.payments > 0 && fact("Payments booked", String(invoice.payments)),
      invoice.failed > 0 && fact("Payments failed", String(invoice.failed)),
      fact("Billing account", invoice.account, "whole"),
    ),
  );
}

/** What one can do about the invoice as it stands. */
function ways(invoice) {
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
    h("p", { class: "large", role: "status" }, icon("check"), "Payment sent."),
    h("p", {}, `Azure shows it in ${left} s. In real life: 24 hours by card, ten business days by wire.`),
    button("Skip the wait", "settle_now", {}, "primary"),
  );
}

function paying(invoice) {
  const methods = methodsOf(invoice);
  const method =
    methods.find((one) => one.name === chosen.method) ??
    methods.find((one) => one.family !== "CheckWire") ??
    methods[0];
  if (!method) return h("section", { class: "sheet" }, "This billing profile has no payment method.");
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
        ? button("I sent the wire", "wire", {}, "primary")
        : button(`Pay ${amount}`, "pay", { method: method.name }, "primary"),
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
      button("Decline this card", "decline", { reason: chosen.reason }),
    ),
    answer?.ok && invoice.failed > 0 && h("p", { class: "quiet", role: "status" }, answer.message),
  );
}

function button(words, what, more, look = "") {
  const busy = waiting === what;
  return h(
    "button",
    {
      type: "button",
      class: `button ${look} ${busy ? "waiting" : ""}`,
      "data-do": what,
      disabled: Boolean(waiting),
      onclick: () => perform(what, more),
    },
    h("span", { class: "button-face" }, words),
    busy && spinner(),
  );
}

applyTheme();
drawWith(drawPortal);
draw();
follow(
  "",
  (state) => {
    page.state = state;
    page.received = Date.now();
    draw();
  },
  (lost) => {
    page.lost = lost;
    draw();
  },
);
setInterval(draw, 1000); // the seconds until a payment shows
