// Addresses of messages in this workspace: as in Slack, they lead to the message, not out of it.

import { message, show } from "./page.js";

const ADDRESS = /^https:\/\/[^/]+\.slack\.com\/archives\/([A-Z0-9]+)\/p(\d+)(\d{6})$/;

/** The {channel, ts} that an address leads to, or null where it leads elsewhere. */
export function placeOf(address) {
  const [, channel, seconds, rest] = ADDRESS.exec(address) ?? [];
  const ts = `${seconds}.${rest}`;
  return channel && message(channel, ts) ? { channel, ts } : null;
}

/** Show the message with its thread. */
export const goTo = ({ channel, ts }) =>
  show({ place: channel, sheet: "slack", drawer: false, thread: { channel, ts } });
