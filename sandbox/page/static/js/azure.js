// The Azure tab: what the pretend Azure knows, and what can happen to it.

import { backstage, isWaiting } from "./acts.js";
import { h } from "./dom.js";
import { drawFaults } from "./faults.js";
import { spinner } from "./icons.js";
import { drawInvoices } from "./invoices.js";
import { draw, page } from "./page.js";
import { drawRoles } from "./roles.js";
import { tabs } from "./tabs.js";

const NOTICE_MS = 8000;
const PARTS = { invoices: drawInvoices, roles: drawRoles, faults: drawFaults };

let part = "invoices";
let notice = null; // {ok, message} of the last act

/** The tab. */
export function drawAzure() {
  const names = [
    { id: "invoices", words: "Invoices" },
    { id: "roles", words: "Roles" },
    { id: "faults", words: ["Faults", faultCount()] },
  ];
  return [
    h(
      "div",
      { class: "panel-tools" },
      happening("Scan now", "primary small", "/api/scan", {}),
      happening(
        "Digest",
        "small",
        "/api/digest",
        {},
        { title: "Have the bot post its digest now", "data-do": "digest" },
      ),
      happening(
        "Add overdue",
        "small",
        "/api/azure",
        { do: "new_overdue" },
        { title: "Add an overdue invoice" },
      ),
      happening(
        "Add due",
        "small",
        "/api/azure",
        { do: "new_due" },
        { title: "Add an invoice that is due in two days" },
      ),
    ),
    tabs("azure", "Azure", names, part, (id) => {
      part = id;
      draw();
    }),
    h(
      "div",
      {
        class: "azure-part",
        key: part,
        role: "tabpanel",
        id: `azure-${part}`,
        "aria-labelledby": `tab-azure-${part}`,
      },
      PARTS[part](),
    ),
    h(
      "p",
      {
        class: `notice ${notice ? "shown" : ""} ${notice && !notice.ok ? "wrong" : ""}`,
        role: "status",
        "data-testid": "notice",
      },
      notice?.message,
    ),
  ];
}

function faultCount() {
  const many = page.state.faults.length;
  return (
    many > 0 &&
    h("span", { class: "count" }, String(many), h("span", { class: "hidden" }, " active"))
  );
}

/**
 * A button that makes something happen behind the scenes, and tells how it went.
 * @param {string} words on the button.
 * @param {string} look its style: "", "primary", "danger", "small".
 * @param {string} path where it is posted.
 * @param {object} body what is posted.
 * @param {object} [props] further properties.
 */
export function happening(words, look, path, body, props = {}) {
  const where = `${path} ${JSON.stringify(body)}`;
  return h(
    "button",
    {
      type: "button",
      class: `button ${look} ${isWaiting(where) ? "waiting" : ""}`,
      "data-do": body.do ?? "scan",
      ...props,
      onclick: () => happen(where, words, path, body),
    },
    h("span", { class: "button-face" }, words),
    isWaiting(where) && spinner(),
  );
}

/** Make something happen and show what came of it. */
export async function happen(where, words, path, body) {
  const answer = await backstage(where, words, path, body);
  notice = {
    ok: answer.ok,
    message: answer.message || (answer.ok ? "Done." : "That did not work."),
  };
  const mine = notice;
  setTimeout(() => {
    if (notice === mine) notice = null;
    draw();
  }, NOTICE_MS);
  draw();
}
