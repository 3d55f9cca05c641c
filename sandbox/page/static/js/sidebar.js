// The sidebar: channels, direct messages, the app.

import { avatar } from "./avatar.js";
import { h } from "./dom.js";
import { appChat, appName, openHome } from "./home.js";
import { icon, iconButton } from "./icons.js";
import { me, page, show, ui } from "./page.js";

const read = new Map(); // "<person>/<channel>" → ts of the newest message they have seen

/** Note what is on the screen as read; in a workspace just entered, everything is. */
export function markRead() {
  for (const channel of [...page.state.channels, ...page.state.dms]) {
    const name = `${me()}/${channel.id}`;
    if (channel.id === ui.place || !read.has(name)) read.set(name, newest(channel));
  }
}

/** On a phone: let the sidebar in, and the focus with it. */
export function openDrawer() {
  show({ drawer: true, sheet: "slack" });
  queueMicrotask(() => document.getElementById("drawer-close").focus());
}

/** Put the sidebar away again. */
export function closeDrawer() {
  if (!ui.drawer) return;
  show({ drawer: false });
  queueMicrotask(() => document.getElementById("drawer-button").focus());
}

const newest = (channel) => channel.messages.at(-1)?.ts ?? "0";

const isUnread = (channel) =>
  channel.id !== ui.place && Number(newest(channel)) > Number(read.get(`${me()}/${channel.id}`));

/** The sidebar. */
export function drawSidebar() {
  const { channels, dms, workspace } = page.state;
  const chats = dms.filter((one) => one !== appChat());
  return h(
    "nav",
    {
      class: `sidebar ${ui.drawer ? "open" : ""}`,
      id: "sidebar",
      "aria-label": "Channels and messages",
      "data-testid": "sidebar",
      onkeydown: (event) => event.key === "Escape" && closeDrawer(),
    },
    h(
      "div",
      { class: "sidebar-head" },
      h("p", { class: "workspace" }, workspace.name),
      iconButton("close", "Close the sidebar", {
        class: "drawer-only",
        id: "drawer-close",
        onclick: closeDrawer,
      }),
    ),
    group("Channels", channels.map(channelEntry)),
    chats.length > 0 && group("Direct messages", chats.map(channelEntry)),
    group("Apps", [appEntry()]),
  );
}

function group(name, entries) {
  const id = `sidebar-${name.replace(/\W/g, "")}`;
  return h(
    "section",
    { key: name, "aria-labelledby": id },
    h("h2", { id }, name),
    h("ul", {}, entries),
  );
}

function channelEntry(channel) {
  const direct = channel.id.startsWith("D");
  return entry({
    id: channel.id,
    words: channel.name,
    sign: direct
      ? avatar(channel.id, channel.name, "tiny")
      : icon(channel.private ? "lock" : "hash"),
    current: ui.place === channel.id,
    unread: isUnread(channel),
    open: () => show({ place: channel.id, sheet: "slack", drawer: false }),
  });
}

/** The app: its Home tab, with its direct message as a second one. */
function appEntry() {
  const chat = appChat();
  return entry({
    id: "home",
    words: appName(),
    sign: avatar("bot", "", "tiny"),
    current: ui.place === "home" || ui.place === chat?.id,
    unread: Boolean(chat && isUnread(chat)),
    open: openHome,
  });
}

function entry({ id, words, sign, current, unread, open }) {
  return h(
    "li",
    { key: id },
    h(
      "button",
      {
        type: "button",
        class: `sidebar-entry ${unread ? "unread" : ""}`,
        "aria-current": current ? "page" : undefined,
        "data-place": id,
        onclick: open,
      },
      sign,
      h("span", { class: "sidebar-name" }, words),
      unread && h("span", { class: "unread-dot" }, h("span", { class: "hidden" }, "unread")),
    ),
  );
}
