// The language of this person's Slack, which the bot answers them in.

import { act } from "./acts.js";
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { menu } from "./menu.js";
import { page } from "./page.js";

const bare = (locale) => locale.split("-")[0];
const name = (locale) => new Intl.DisplayNames([locale], { type: "language" }).of(locale);
const capital = (words) => words[0].toUpperCase() + words.slice(1);

/** The language without its country. */
const words = (locale) => capital(name(bare(locale)));

/** The switch: those the bot speaks, and the person's own. */
export function drawLanguageSwitch() {
  const { me, languages } = page.state;
  const others = languages.filter((one) => bare(one) !== bare(me.locale));
  const offered = [me.locale, ...others];
  return h(
    "div",
    { class: "language-switch", "data-testid": "language" },
    menu({
      id: "language",
      role: "listbox",
      label: "Language of my Slack",
      button: {
        class: "person-button language-button",
        "aria-label": `Language of my Slack: ${words(me.locale)}`,
      },
      face: [h("span", { class: "person-name", lang: me.locale }, words(me.locale)), icon("down")],
      items: offered.map((one) => ({ value: one, words: words(one), extra: { lang: one } })),
      chosen: [me.locale],
      pick: (locale) =>
        locale !== me.locale &&
        act("language", "Change the language", { do: "speak", locale }),
    }),
  );
}
