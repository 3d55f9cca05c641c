// The pretend Azure's invoices: a list with a filter, and what can happen to each.

import { happening } from "./azure.js";
import {
  isUnpaid,
  methodsOf,
  methodWords,
  portalAddress,
  REASONS,
  secondsLeft,
  settles,
  statusPill,
} from "./billing.js";
import { h } from "./dom.js";
import { count, day, money } from "./format.js";
import { icon } from "./icons.js";
import { draw, page, show } from "./page.js";

const FILTERS = {
  open: ["Open", (invoice) => !["Paid", "Void"].includes(invoice.status)],
  overdue: ["Overdue", (invoice) => invoice.status === "OverDue"],
  posted: ["Posted in Slack", (invoice) => invoice.card],
  paid: ["Paid", (invoice) => invoice.status === "Paid"],
  void: ["Void", (invoice) => invoice.status === "Void"],
  all: ["All", () => true],
};

const chosen = { filter: "open", text: "", open: "" };
const filled = new Map(); // "<number>/<what>" → what is typed or chosen there

const choose = (changes) => {
  Object.assign(chosen, changes);
  draw();
};

/** The list. */
export function drawInvoices() {
  const sought = chosen.text.trim().toLowerCase();
  const [, fits] = FILTERS[chosen.filter];
  const found = page.state.azure.invoices.filter(
    (one) =>
      fits(one) &&
      `${one.number} ${one.profile_name} ${one.status} ${one.currency}`
        .toLowerCase()
        .includes(sought),
  );
  if (chosen.filter !== "all") found.reverse(); // the longest due first
  return [
    h(
      "div",
      { class: "filters" },
      h("input", {
        type: "search",
        class: "field",
        placeholder: "Find an invoice",
        "aria-label": "Look for an invoice",
        value: chosen.text,
        oninput: (event) => choose({ text: event.target.value }),
      }),
      h(
        "select",
        {
          class: "field",
          "aria-label": "Show which invoices",
          value: chosen.filter,
          onchange: (event) => choose({ filter: event.target.value }),
        },
        Object.entries(FILTERS).map(([id, [words]]) => h("option", { key: id, value: id }, words)),
      ),
    ),
    h("p", { class: "found", role: "status" }, count(found.length, "invoice")),
    h("ul", { class: "invoices" }, found.map(drawInvoice)),
  ];
}

function drawInvoice(invoice) {
  const open = chosen.open === invoice.number;
  const id = `invoice-${invoice.number}`;
  return h(
    "li",
    {
      key: invoice.number,
      class: `invoice ${open ? "open" : ""}`,
      "data-testid": "invoice",
      "data-number": invoice.number,
    },
    h(
      "button",
      {
        type: "button",
        class: "invoice-row",
        "aria-expanded": open,
        "aria-controls": id,
        onclick: () => choose({ open: open ? "" : invoice.number }),
      },
      h("span", { class: "invoice-number" }, invoice.number),
      h("span", { class: "invoice-amount" }, money(invoice.amount_due, invoice.currency)),
      h("span", { class: "invoice-about" }, invoice.profile_name, " · due ", day(invoice.due)),
      statusPill(invoice),
    ),
    open && h("div", { class: "invoice-more", id }, facts(invoice), deeds(invoice)),
  );
}

function facts(invoice) {
  return h(
    "dl",
    { class: "facts" },
    fact("Billed", money(invoice.total, invoice.currency)),
    fact("Issued", day(invoice.issued)),
    invoice.payments > 0 && fact("Payments booked", String(invoice.payments)),
    invoice.failed > 0 && fact("Payments failed", String(invoice.failed)),
    settles(invoice) && fact("Payment under way", `Azure shows it in ${secondsLeft(invoice)} s`),
    h(
      "div",
      { class: "invoice-links" },
      h(
        "a",
        { class: "link", href: portalAddress(invoice), target: "_blank" },
        "Portal page",
        icon("external"),
      ),
      invoice.card &&
        h(
          "button",
          { type: "button", class: "link", onclick: () => goToCard(invoice.card) },
          "Card in Slack",
        ),
    ),
  );
}

const fact = (name, words, key = name) => h("div", { key }, h("dt", {}, name), h("dd", {}, words));

function goToCard({ channel, ts }) {
  show({ place: channel, sheet: "slack" });
  queueMicrotask(() => {
    const card = document.querySelector(`.channel [data-ts="${ts}"]`);
    card?.scrollIntoView({ block: "center" });
    card?.focus({ preventScroll: true });
  });
}

/** What can happen to an invoice; only what makes sense for it as it stands. */
function deeds(invoice) {
  const { number } = invoice;
  const deed = (words, what, more = {}, look = "") =>
    happening(words, `small ${look}`, "/api/azure", { do: what, number, ...more });
  if (settles(invoice))
    return h("div", { class: "deeds" }, deed("Skip the wait", "settle_now", {}, "primary"));
  if (!isUnpaid(invoice)) return null;
  const methods = methodsOf(invoice);
  const cards = methods.filter((one) => one.family !== "CheckWire");
  const method = filled.get(`${number}/method`) ?? cards[0]?.name;
  const reason = filled.get(`${number}/reason`) ?? REASONS[0][0];
  const amount = filled.get(`${number}/amount`) ?? "";
  return h(
    "div",
    { class: "deeds" },
    cards.length > 0 &&
      h(
        "div",
        { class: "deed" },
        pick(
          number,
          "method",
          "Pay with",
          cards.map((one) => [one.name, methodWords(one)]),
          method,
        ),
        deed("Pay", "pay", { method }, "primary"),
      ),
    cards.length > 0 &&
      h(
        "div",
        { class: "deed" },
        pick(number, "reason", "Why a card is declined", REASONS, reason),
        deed("Decline", "decline", { reason }),
      ),
    h(
      "div",
      { class: "deed" },
      h("input", {
        class: "field",
        inputmode: "decimal",
        placeholder: `New amount in ${invoice.currency}`,
        "aria-label": `New amount in ${invoice.currency}`,
        value: amount,
        oninput: (event) => keep(number, "amount", event.target.value),
      }),
      deed("Change", "change_amount", { amount: amount.trim() }),
    ),
    h(
      "div",
      { class: "deed" },
      cards.length < methods.length && deed("Send a wire", "wire"),
      deed("Void", "void"),
      deed("Re-bill", "rebill"),
    ),
  );
}

function pick(number, what, label, options, value) {
  return h(
    "select",
    {
      class: "field",
      "aria-label": label,
      value,
      onchange: (event) => keep(number, what, event.target.value),
    },
    options.map(([id, words]) => h("option", { key: id, value: id }, words)),
  );
}

function keep(number, what, value) {
  filled.set(`${number}/${what}`, value);
  draw();
}
