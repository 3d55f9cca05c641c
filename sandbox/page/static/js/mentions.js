// People, channels and addresses inside text.

import { h } from "./dom.js";
import { conversation, me, person, show } from "./page.js";

const WIDE = { here: "@here", channel: "@channel", everyone: "@everyone" };

/** A link to the web; anything else than http and https stays words. */
export function safeLink(address, words) {
  const shown = words ?? address.replace(/^mailto:/, "");
  if (!isWeb(address)) return h("span", {}, shown);
  return h(
    "a",
    { class: "link", href: address, target: "_blank", rel: "noopener noreferrer" },
    shown,
  );
}

/** Whether an address is an ordinary web address. */
export function isWeb(address) {
  try {
    return ["http:", "https:"].includes(new URL(address).protocol);
  } catch {
    return false;
  }
}

/**
 * A mention: sign "@" with a user's id, "#" with a channel's, "!" with a special name.
 * @param {string} label what the text itself calls it, used where the id is unknown.
 */
export function mention(sign, id, label) {
  if (sign === "@") return userMention(id, label);
  if (sign === "#") return channelMention(id, label);
  if (id.startsWith("subteam^")) return h("span", { class: "mention" }, label ?? "@group");
  return h("span", { class: "mention wide" }, WIDE[id] ?? label ?? `@${id}`);
}

function userMention(id, label) {
  const known = person(id);
  const mine = "mention" + (known && known.id === me() ? " me" : "");
  const title = known ? `Slack: ${known.slack}. Azure: ${known.azure}.` : undefined;
  return h("span", { class: mine, title, "data-user-id": id }, `@${known?.name ?? label ?? id}`);
}

function channelMention(id, label) {
  const known = conversation(id);
  const words = `#${known?.name ?? label ?? id}`;
  if (!known) return h("span", { class: "mention" }, words);
  const open = () => show({ place: id, sheet: "slack" });
  return h("button", { class: "mention", type: "button", onclick: open }, words);
}
