// A person's picture: initials on a colour of their own. The app has a picture of its own.

import { h } from "./dom.js";

const HUES = 8;

/** A picture that says nothing by itself: the name stands beside it. */
export function avatar(id, name, look = "") {
  if (id === "bot") {
    return h("img", {
      class: `avatar ${look}`,
      src: "/static/icon.svg",
      alt: "",
      width: 36,
      height: 36,
    });
  }
  const words = name.split(/[\s'’]+/).filter(Boolean);
  const initials = [words[0], words.length > 1 ? words.at(-1) : ""].map((word) => word?.[0] ?? "");
  const hue = [...id].reduce((sum, character) => (sum * 31 + character.codePointAt(0)) % 997, 7);
  return h(
    "span",
    { class: `avatar hue-${hue % HUES} ${look}`, "aria-hidden": "true" },
    initials.join("").toUpperCase(),
  );
}
