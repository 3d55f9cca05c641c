// Light and dark: the system's wish, or the person's own, remembered on this machine.

import { iconButton } from "./icons.js";
import { draw } from "./page.js";

const KEY = "theme";
const wishesDark = matchMedia("(prefers-color-scheme: dark)");

const kept = () => {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null; // storage may be closed to us
  }
};

const isDark = () => (kept() ? kept() === "dark" : wishesDark.matches);

/** Take over what was chosen earlier. */
export function applyTheme() {
  if (kept()) document.documentElement.dataset.theme = kept();
  wishesDark.addEventListener("change", draw);
}

/** The switch between the two. */
export function drawThemeSwitch() {
  const dark = isDark();
  const turn = () => {
    const wanted = dark ? "light" : "dark";
    document.documentElement.dataset.theme = wanted;
    try {
      localStorage.setItem(KEY, wanted);
    } catch {
      // then it lasts as long as the page
    }
    draw();
  };
  const words = dark ? "Switch to light" : "Switch to dark";
  return iconButton(dark ? "sun" : "moon", words, { onclick: turn, "data-testid": "theme" });
}
