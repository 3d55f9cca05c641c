// The whole page: who is looking, what they see, and the pieces in their places.

import { drawAnnouncer, listen } from "./announce.js";
import { settles } from "./billing.js";
import { drawChannel } from "./channel.js";
import { confirmation } from "./confirm.js";
import { h, render } from "./dom.js";
import { drawHome } from "./home.js";
import { iconButton } from "./icons.js";
import { drawLanguageSwitch } from "./language.js";
import { follow } from "./live.js";
import { drawModals } from "./modal.js";
import { conversation, draw, drawWith, me, page, show, ui } from "./page.js";
import { drawPanel } from "./panel.js";
import { drawPersonSwitch, drawStanding } from "./people.js";
import { settle } from "./scroll.js";
import { closeDrawer, drawSidebar, markRead, openDrawer } from "./sidebar.js";
import { applyTheme, drawThemeSwitch } from "./theme.js";
import { drawThread } from "./thread.js";

const SHEETS = [
  ["slack", "Slack"],
  ["azure", "Azure"],
  ["traffic", "Traffic"],
];

let leave = () => {};

const asked = () => new URLSearchParams(location.search).get("as") ?? "";

/** Be this person from now on; the address says so, for a second window or a reload. */
function become(id) {
  if (id === asked()) return;
  history.pushState(null, "", `?as=${encodeURIComponent(id)}${location.hash}`);
  join();
}

function join() {
  leave();
  leave = follow(asked(), received, (lost) => {
    page.lost = lost;
    draw();
  });
}

function received(state) {
  page.state = state;
  page.received = Date.now();
  if (!asked())
    history.replaceState(null, "", `?as=${encodeURIComponent(state.me.id)}${location.hash}`);
  draw();
}

/** The open place, or the first one there is where it has gone. */
function choosePlace() {
  if (!ui.place) ui.place = location.hash.slice(1);
  if (ui.place !== "home" && !conversation(ui.place)) {
    const { channels, dms } = page.state;
    ui.place = (channels.find((one) => one.bot) ?? channels[0] ?? dms[0])?.id ?? "home";
  }
  const hash = `#${ui.place}`;
  if (location.hash !== hash) history.replaceState(null, "", location.search + hash);
}

function drawPage() {
  if (!page.state) {
    render(document.getElementById("app"), waitingRoom());
    return;
  }
  choosePlace();
  markRead();
  listen();
  const place = conversation(ui.place);
  document.title = `${place ? `#${place.name}` : "Home"} · ${page.state.workspace.name}`;
  const look = `app sheet-${ui.sheet} ${ui.panelOpen ? "" : "no-panel"} ${ui.drawer ? "drawer" : ""}`;
  render(document.getElementById("app"), [
    h(
      "div",
      { class: look },
      drawTop(),
      page.lost &&
        h(
          "p",
          { class: "lost", role: "alert", "data-testid": "lost" },
          "Connection lost. Trying again …",
        ),
      h(
        "div",
        { class: "columns" },
        drawSidebar(),
        h("div", { class: "scrim", onclick: closeDrawer }),
        h(
          "main",
          { class: "main", id: "main", tabindex: "-1" },
          place ? drawChannel(place) : drawHome(),
          drawThread(),
        ),
        drawPanel(),
      ),
      drawSheets(),
    ),
    drawModals(),
    confirmation(),
    drawAnnouncer(),
  ]);
  settle();
}

const waitingRoom = () =>
  h(
    "div",
    { class: "waiting-room" },
    h("img", { src: "/static/icon.svg", alt: "", width: 48, height: 48 }),
    h(
      "p",
      { role: "status" },
      page.lost ? "The sandbox does not answer. Trying again …" : "Opening …",
    ),
  );

function drawTop() {
  return h(
    "header",
    { class: "top" },
    iconButton("menu", "Channels and messages", {
      class: "drawer-only",
      "aria-expanded": ui.drawer,
      "aria-controls": "sidebar",
      id: "drawer-button",
      onclick: openDrawer,
    }),
    h("span", { class: "who-label", "aria-hidden": "true" }, "Who am I"),
    drawPersonSwitch(become),
    drawLanguageSwitch(),
    drawStanding(),
    h("span", { class: "stretch" }),
    drawThemeSwitch(),
    iconButton("panel", ui.panelOpen ? "Hide the panel" : "Show the panel", {
      class: "wide-only",
      "aria-pressed": ui.panelOpen,
      onclick: () => show({ panelOpen: !ui.panelOpen }),
    }),
  );
}

/** At phone width the parts of the page are sheets, one at a time. */
function drawSheets() {
  return h(
    "nav",
    { class: "sheets", "aria-label": "Parts of the page" },
    SHEETS.map(([id, words]) => {
      const current = ui.sheet === "slack" ? id === "slack" : id === ui.panel;
      const open = () =>
        show(id === "slack" ? { sheet: "slack" } : { sheet: "panel", panel: id, drawer: false });
      return h(
        "button",
        {
          key: id,
          type: "button",
          "aria-current": current ? "page" : undefined,
          "data-sheet": id,
          onclick: open,
        },
        words,
      );
    }),
  );
}

applyTheme();
drawWith(drawPage);
setInterval(() => page.state?.azure.invoices.some(settles) && draw(), 1000); // seconds go by
addEventListener("popstate", () => {
  if (asked() !== me()) join();
});
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault(); // the address's hash names the open channel
  document.getElementById("main")?.focus();
});
draw();
join();
