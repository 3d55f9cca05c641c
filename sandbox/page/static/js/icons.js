// The page's own line icons, 20 × 20.

import { h } from "./dom.js";

const PATHS = {
  hash: "M7.5 3 6 17M14 3l-1.5 14M3.5 7.5h13M3 12.5h13",
  lock: "M5 9h10v8H5zM7 9V6.5a3 3 0 0 1 6 0V9",
  home: "M3.5 9.5 10 4l6.5 5.5M5.5 8.5V16h9V8.5",
  menu: "M3 5.5h14M3 10h14M3 14.5h14",
  close: "m5 5 10 10M15 5 5 15",
  back: "M12.5 4 6.5 10l6 6",
  more: "M5 10h.01M10 10h.01M15 10h.01",
  down: "m5.5 8 4.5 4.5L14.5 8",
  check: "m4.5 10.5 3.5 3.5 7.5-8",
  warning: "M10 3.5 17.5 16.5h-15zM10 8.5v3.5M10 14.3v.01",
  eye: "M2 10c2-3.7 4.7-5.5 8-5.5s6 1.8 8 5.5c-2 3.7-4.7 5.5-8 5.5S4 13.7 2 10zM10 7.8a2.2 2.2 0 1 1 0 4.4 2.2 2.2 0 0 1 0-4.4z",
  reply: "M3.5 4.5h13v9H10l-4 3v-3H3.5z",
  send: "M3.5 10 16.5 4l-4 12.5-3-5z",
  sun: "M10 6.5a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7zM10 1.5v2M10 16.5v2M1.5 10h2M16.5 10h2M4 4l1.4 1.4M14.6 14.6 16 16M16 4l-1.4 1.4M5.4 14.6 4 16",
  moon: "M16.5 11.8A7 7 0 1 1 8.2 3.5a5.5 5.5 0 0 0 8.3 8.3z",
  external: "M11.5 4H16v4.5M16 4l-7 7M13.5 11.5V16H4V6.5h4.5",
  panel: "M3 4.5h14v11H3zM12 4.5v11",
  people:
    "M7.5 9.5a2.75 2.75 0 1 1 0-5.5 2.75 2.75 0 0 1 0 5.5zM2.5 16c.5-3 2.3-4.5 5-4.5s4.5 1.5 5 4.5M12.5 4.3a2.7 2.7 0 0 1 0 5M14 11.7c2 .4 3.2 1.8 3.5 4.3",
  file: "M5 2.5h6.5L15.5 6.5V17.5H5zM11 2.5V7h4.5",
  calendar: "M3.5 5h13v11.5h-13zM3.5 8.5h13M7 3v3.5M13 3v3.5",
};

/** An icon that says nothing by itself: what it stands for is in words beside it. */
export const icon = (name) =>
  h(
    "svg",
    { class: `icon icon-${name}`, viewBox: "0 0 20 20", "aria-hidden": "true", focusable: "false" },
    h("path", { d: PATHS[name] }),
  );

/** A button that is only an icon, called `label`. */
export const iconButton = (name, label, props = {}) =>
  h(
    "button",
    {
      type: "button",
      title: label,
      "aria-label": label,
      ...props,
      class: `icon-button ${props.class ?? ""}`,
    },
    icon(name),
  );

/** A small turning ring while something is under way. */
export const spinner = () => h("span", { class: "spinner", "aria-hidden": "true" });
