// The traffic tab: each request between bot, Slack and Azure, and what one click costs.

import { clickLog } from "./acts.js";
import { h } from "./dom.js";
import { count, duration, moment } from "./format.js";
import { draw, page } from "./page.js";

const QUIET_MS = 3000; // a group ends with the first silence of this length

const chosen = { server: "", after: 0 }; // the server shown, the last request cleared away

const choose = (changes) => {
  Object.assign(chosen, changes);
  draw();
};

/** The tab. */
export function drawTraffic() {
  const all = page.state.traffic.filter((one) => one.id > chosen.after);
  const servers = [...new Set(page.state.traffic.map((one) => one.server))].sort();
  const fits = (one) => !chosen.server || one.server === chosen.server;
  const groups = grouped(all, clickLog())
    .map(({ click, requests }) => ({ click, requests: requests.filter(fits) }))
    .filter(({ requests }) => requests.length)
    .reverse();
  return [
    h(
      "div",
      { class: "filters" },
      h(
        "select",
        {
          class: "field",
          "aria-label": "Show which server's requests",
          value: chosen.server,
          onchange: (event) => choose({ server: event.target.value }),
        },
        h("option", { value: "" }, "All servers"),
        servers.map((name) => h("option", { key: name, value: name }, name)),
      ),
      h(
        "button",
        {
          type: "button",
          class: "button",
          onclick: () => choose({ after: all.at(-1)?.id ?? chosen.after }),
        },
        "Clear",
      ),
    ),
    groups.length
      ? groups.map(drawGroup)
      : h(
          "p",
          { class: "empty" },
          "No requests yet. Press something in Slack and see what it costs.",
        ),
  ];
}

/**
 * Requests in groups, oldest first: those that followed a click, up to a silence, and the rest.
 * @param {object[]} requests oldest first.
 * @param {Array<{label: string, after: number}>} clicks `after` is the last request before it.
 */
export function grouped(requests, clicks) {
  const groups = [];
  let last = null;
  for (const request of requests) {
    const click = clicks.findLast((one) => one.after < request.id);
    const fresh = last === null || click !== last.cause;
    const silent = last && startOf(request) - last.end > QUIET_MS;
    if (fresh || silent) {
      last = { cause: click, click: fresh ? click : null, requests: [], end: 0 };
      groups.push(last);
    }
    last.requests.push(request);
    last.end = Math.max(last.end, endOf(request));
  }
  return groups;
}

const startOf = ({ at }) => Date.parse(at);
const endOf = (request) => startOf(request) + request.ms;

const unclicked = ([first]) =>
  first.path === "/slack/events" ? "From another window" : "In the background";

function drawGroup({ click, requests }) {
  const start = Math.min(...requests.map(startOf));
  const span = Math.max(...requests.map(endOf)) - start;
  const sum = requests.reduce((total, one) => total + one.ms, 0);
  return h(
    "section",
    {
      class: `requests ${click ? "of-click" : ""}`,
      key: requests[0].id,
      "data-testid": "requests",
    },
    h(
      "header",
      {},
      h("h3", {}, click?.label ?? unclicked(requests)),
      h("time", { class: "quiet" }, moment("seconds", new Date(start))),
    ),
    h(
      "p",
      { class: "cost", "data-testid": "cost" },
      h("b", {}, count(requests.length, "request")),
      ` · ${duration(sum)} in sum · ${duration(span)} start to end`,
    ),
    h(
      "div",
      { class: "table-frame", tabindex: "0", role: "region", "aria-label": "Requests" },
      h(
        "table",
        { class: "request-table" },
        h(
          "thead",
          {},
          h(
            "tr",
            {},
            ["+ms", "Server", "Request", "Status", "ms"].map((name) =>
              h("th", { scope: "col" }, name),
            ),
          ),
        ),
        h(
          "tbody",
          {},
          requests.map((one) => row(one, start)),
        ),
      ),
    ),
  );
}

/** A path in which long ids are cut: Azure's account names alone have 80 characters. */
const brief = (path) =>
  path
    .replace("/providers/Microsoft.Billing/", "…/")
    .replace(/[^/]{16,}/g, (id) => (/\d/.test(id) ? `${id.slice(0, 6)}…` : id))
    .split(/(?<=\/)/)
    .map((step) => [step, h("wbr")]);

function row(one, start) {
  const look = one.status >= 400 || one.status === 0 ? "bad" : "good";
  return h(
    "tr",
    { key: one.id },
    h(
      "td",
      { class: "number", title: one.at },
      `+${Math.max(0, Math.round(startOf(one) - start))}`,
    ),
    h(
      "td",
      {},
      h(
        "span",
        { class: `server server-${one.server.toLowerCase().replace(/\W/g, "")}` },
        one.server,
      ),
    ),
    h("td", { class: "path", title: one.path }, h("b", {}, one.method), " ", brief(one.path)),
    h("td", { class: `status ${look}` }, one.status === 0 ? "cut" : String(one.status)),
    h("td", { class: "number" }, String(Math.round(one.ms))),
  );
}
