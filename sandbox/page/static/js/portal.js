// The pretend Azure portal: one invoice.

import { statusPill } from "./billing.js";
import { h, render } from "./dom.js";
import { day, money } from "./format.js";
import { icon } from "./icons.js";
import { follow } from "./live.js";
import { draw, drawWith, page } from "./page.js";
import { drawWays, refusal, slack } from "./portalpay.js";
import { applyTheme, drawThemeSwitch } from "./theme.js";

const asked = Object.fromEntries(new URLSearchParams(location.search));

function drawPortal() {
  const invoice = page.state?.azure.invoices.find((one) => one.number === asked.invoice);
  document.title = `${asked.invoice ?? "Invoices"} · Pretend Azure portal`;
  render(
    document.getElementById("app"),
    h(
      "div",
      { class: "portal", "data-testid": "portal" },
      h("header", { class: "portal-bar" }, h("p", {}, "Pretend Azure portal"), drawThemeSwitch()),
      page.lost &&
        h("p", { class: "banner wrong", role: "alert" }, "Connection lost. Trying again …"),
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
    refusal(),
    drawWays(invoice),
  ];
}

const accountOf = ({ account }) =>
  page.state.azure.accounts.find((one) => one.name === account)?.display_name ?? account;

function facts(invoice) {
  const fact = (name, words, look) =>
    h("div", { class: look, key: name }, h("dt", {}, name), h("dd", {}, words));
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
