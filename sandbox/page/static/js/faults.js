// What can go wrong on demand.

import { happen, happening } from "./azure.js";
import { isWaiting } from "./acts.js";
import { h } from "./dom.js";
import { page } from "./page.js";

const FAULTS = [
  ["azure_slow", "Azure is slow", "Each answer from Azure takes four seconds longer."],
  ["azure_down", "Azure is down", "Azure answers every request with 503."],
  [
    "slack_429",
    "Slack says “too many requests”",
    "Slack takes no message and no update: each is answered with 429.",
  ],
  [
    "slack_lost_response",
    "Slack’s answer gets lost",
    "The next message is posted, but the bot never hears of it.",
  ],
  [
    "redis_restart",
    "Redis restarts",
    "Once, at the press: the bot’s memory is killed and comes back.",
  ],
];

/** A switch for each fault, and one that makes all well again. */
export function drawFaults() {
  const { faults } = page.state;
  return [
    h(
      "ul",
      { class: "faults" },
      FAULTS.map((fault) => entry(fault, faults)),
    ),
    h(
      "div",
      { class: "deeds" },
      happening("All well again", "small", "/api/faults", { do: "clear" }),
    ),
  ];
}

function entry([id, words, note], active) {
  const on = active.includes(id);
  const body = { do: id };
  const where = `/api/faults ${id}`;
  return h(
    "li",
    { key: id, class: "fault" },
    h(
      "button",
      {
        type: "button",
        class: `fault-switch ${on ? "on" : ""}`,
        "aria-pressed": on,
        "aria-describedby": `fault-${id}`,
        "aria-busy": isWaiting(where) ? "true" : undefined,
        "data-do": id,
        onclick: () => happen(where, words, "/api/faults", body),
      },
      h("span", { class: "fault-light", "aria-hidden": "true" }),
      words,
    ),
    h("p", { class: "quiet", id: `fault-${id}` }, note),
  );
}
