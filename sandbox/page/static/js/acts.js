// What the person does in Slack: sent to the server, with "waiting" and "trouble" shown where it
// was done.

import { remember } from "./last.js";
import { post } from "./live.js";
import { draw, me, page } from "./page.js";

const TROUBLE_MS = 12_000;

const waiting = new Map(); // where → how many acts are under way there
const troubles = new Map(); // where → words
const clicks = []; // {label, after: id of the last request before it, at: ms}
const heard = new Set();

/**
 * Do something as the person at this screen.
 * @param {string} where names the spot on the screen that shows the waiting and the trouble.
 * @param {string} label what was done, in words, for the traffic view.
 * @param {object} body the act itself.
 * @returns {Promise<{ok: boolean, trouble: string}>}
 */
export async function act(where, label, body) {
  waiting.set(where, (waiting.get(where) ?? 0) + 1);
  troubles.delete(where);
  clicked(label);
  remember(me());
  draw();
  const answer = await post("/api/act", { as: me(), ...body });
  waiting.set(where, waiting.get(where) - 1);
  if (!answer.ok && answer.trouble) trouble(where, answer.trouble);
  draw();
  return answer;
}

/** Do something to the pretend Azure, the faults or the bot's scan; the same answer shape. */
export async function backstage(where, label, path, body) {
  waiting.set(where, (waiting.get(where) ?? 0) + 1);
  clicked(label);
  draw();
  const answer = await post(path, body);
  waiting.set(where, waiting.get(where) - 1);
  draw();
  return answer;
}

/** Show trouble at a spot for a while. */
export function trouble(where, words) {
  troubles.set(where, words);
  for (const listen of heard) listen(words);
  setTimeout(() => {
    if (troubles.get(where) === words) troubles.delete(where);
    draw();
  }, TROUBLE_MS);
  draw();
}

/** Let `listen(words)` hear of every trouble. */
export const onTrouble = (listen) => heard.add(listen);

/** Whether something done at this spot is still under way. */
export const isWaiting = (where) => (waiting.get(where) ?? 0) > 0;

/** The trouble at this spot, or undefined. */
export const troubleAt = (where) => troubles.get(where);

/** What was done at this screen, oldest first. */
export const clickLog = () => clicks;

function clicked(label) {
  const after = page.state?.traffic.at(-1)?.id ?? 0;
  clicks.push({ label, after, at: Date.now() });
  if (clicks.length > 50) clicks.shift();
}
