// The app's Home tab.

import { act, isWaiting, troubleAt } from "./acts.js";
import { avatar } from "./avatar.js";
import { drawBlocks } from "./blocks.js";
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { placeOf } from "./modal.js";
import { me, page, show, ui } from "./page.js";

const WHERE = "home";

/** Open the Home tab and tell the app, which may draw it anew. */
export function openHome() {
  show({ place: "home", sheet: "slack", drawer: false, thread: null });
  act(WHERE, "Opened the Home tab", { do: "open_home" });
}

/** The main part of the page for the Home tab. */
export function drawHome() {
  const view = page.state.home;
  const trouble = troubleAt(WHERE);
  return h(
    "section",
    { class: "channel home", key: `home ${me()}`, "aria-label": "Home", "data-testid": "home" },
    drawAppHeading(),
    h(
      "div",
      { class: "home-body", tabindex: "0", role: "region", "aria-label": "The app's Home tab" },
      trouble && h("p", { class: "banner wrong", role: "alert" }, icon("warning"), trouble),
      view
        ? h("div", { class: "blocks" }, drawBlocks(view.blocks, placeOf(view)))
        : h(
            "p",
            { class: "empty" },
            isWaiting(WHERE) ? "Opening …" : "The app shows nothing here yet.",
          ),
    ),
  );
}

/** The app's own direct message with the person, its Messages tab; undefined where it has none. */
export const appChat = () => page.state.dms.find((one) => one.bot);

/** What the app calls itself. */
export const appName = () => appChat()?.name ?? "App";

/** The heading of the app's two tabs. */
export function drawAppHeading() {
  const chat = appChat();
  const all = [{ id: "home", words: "Home" }, chat && { id: chat.id, words: "Messages" }];
  const open = (id) => (id === "home" ? openHome() : show({ place: id, thread: null }));
  return h(
    "header",
    { class: "channel-head app-head" },
    h("h1", {}, avatar("bot", "", "small"), h("span", {}, appName())),
    h(
      "ul",
      { class: "tabs" },
      all.filter(Boolean).map(({ id, words }) =>
        h(
          "li",
          { key: id },
          h(
            "button",
            {
              type: "button",
              class: "tab",
              "aria-current": ui.place === id ? "page" : undefined,
              onclick: () => open(id),
            },
            words,
          ),
        ),
      ),
    ),
  );
}
