// What a screen reader is told: new messages in what is open, and trouble.

import { onTrouble } from "./acts.js";
import { h } from "./dom.js";
import { mrkdwn } from "./mrkdwn.js";
import { conversation, draw, me, ui } from "./page.js";

let seen = null; // {where, words: ts → text} of the open conversation as last looked at
const SILENT_AGAIN_MS = 5000;

let said = null; // the description to read out

onTrouble((words) => {
  say(h("p", { key: `${words} ${Date.now()}` }, words));
});

/** Compare the open conversation with what it was and choose what to read out. */
export function listen() {
  const messages = conversation(ui.place)?.messages ?? [];
  const where = `${me()}/${ui.place}`;
  const words = new Map(messages.map((one) => [one.ts, one.text]));
  const before = seen?.where === where ? seen.words : null;
  seen = { where, words };
  if (!before) return;
  const news = messages.filter(
    (one) => !before.has(one.ts) || (one.ephemeral && before.get(one.ts) !== one.text),
  );
  if (news.length) say(news.map(spoken));
}

/** Read out what is new and then take it away: nobody should meet it twice. */
function say(words) {
  said = words;
  draw();
  setTimeout(() => {
    if (said === words) said = null;
    draw();
  }, SILENT_AGAIN_MS);
}

const spoken = (one) =>
  h("div", { key: `${one.ts} ${one.text}` }, `${one.name}: `, mrkdwn(one.text));

/** The place that is read out. */
export const drawAnnouncer = () =>
  h("div", { class: "hidden", "aria-live": "polite", "data-testid": "announcer" }, said);
