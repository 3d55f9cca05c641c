// The right-hand panel: what goes on behind the Slack page, in tabs.

import { drawAzure } from "./azure.js";
import { h } from "./dom.js";
import { show, ui } from "./page.js";
import { tabs } from "./tabs.js";
import { drawTraffic } from "./traffic.js";

const TABS = [
  { id: "azure", words: "Azure", draw: drawAzure },
  { id: "traffic", words: "Traffic", draw: drawTraffic },
];

/** The panel. */
export function drawPanel() {
  const open = TABS.find((tab) => tab.id === ui.panel);
  return h(
    "aside",
    { class: "panel", "aria-label": "Behind the scenes" },
    h(
      "header",
      { class: "panel-head" },
      h("h2", {}, "Behind the scenes"),
      tabs("panel", "Behind the scenes", TABS, ui.panel, (id) => show({ panel: id })),
    ),
    h(
      "div",
      {
        class: "panel-body",
        key: open.id,
        role: "tabpanel",
        id: `panel-${open.id}`,
        "aria-labelledby": `tab-panel-${open.id}`,
        "data-testid": `panel-${open.id}`,
      },
      open.draw(),
    ),
  );
}
