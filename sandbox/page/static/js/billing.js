// Words for what Azure's billing knows, shared by the panel and the portal page.

import { h } from "./dom.js";
import { page } from "./page.js";

/** Azure's reasons for a failed payment and their words. */
export const REASONS = [
  ["BankDeclined", "The bank declined it"],
  ["CardExpired", "The card has expired"],
  ["IncorrectCardDetails", "The card's details are wrong"],
  ["Other", "Another reason"],
];

const STATUSES = {
  Due: ["Due", "blue"],
  OverDue: ["Overdue", "red"],
  Paid: ["Paid", "green"],
  Void: ["Void", "grey"],
  Locked: ["Locked", "amber"],
};

/** An invoice's real status; one that this page does not know is shown as Azure has it. */
export function statusPill({ status }) {
  const [words, colour] = STATUSES[status] ?? [status, "amber"];
  return h("span", { class: `pill ${colour}`, "data-status": status }, words);
}

/** A payment method in words. */
export function methodWords({ display_name: name, last_four: digits }) {
  return digits ? `${name} ending in ${digits}` : name;
}

/** The payment methods of an invoice's billing profile. */
export function methodsOf(invoice) {
  const account = page.state.azure.accounts.find((one) => one.name === invoice.account);
  return account?.profiles.find((one) => one.name === invoice.profile)?.methods ?? [];
}

/** Whether something can still be paid. */
export const isUnpaid = ({ status, amount_due: due }) =>
  ["Due", "OverDue"].includes(status) && Number(due) > 0;

/** Whether a payment is under way that Azure does not show yet. */
export const settles = (invoice) => Number.isInteger(invoice.settling_in);

/** Seconds until Azure shows the payment, counted on from the last snapshot. */
export const secondsLeft = (invoice) =>
  Math.max(0, Math.round(invoice.settling_in - (Date.now() - page.received) / 1000));

/** The pretend portal's page for an invoice. */
export const portalAddress = ({ account, profile, number }) =>
  `/portal?${new URLSearchParams({ account, profile, invoice: number })}`;
