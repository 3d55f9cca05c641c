// The table block: its first row is the heading.

import { h } from "./dom.js";
import { richText } from "./richtext.js";

/** A table that scrolls sideways by itself where it is too wide. */
export function drawTable(block) {
  const [head, ...rows] = block.rows;
  return h(
    "div",
    { class: "table-frame", tabindex: "0", role: "region", "aria-label": "Table" },
    h(
      "table",
      { class: "block-table" },
      h("thead", {}, row(head, block, "th")),
      h(
        "tbody",
        {},
        rows.map((cells) => row(cells, block, "td")),
      ),
    ),
  );
}

function row(cells, block, tag) {
  return h(
    "tr",
    {},
    cells.map((cell, column) => {
      const { align = "left", is_wrapped: wraps } = block.column_settings?.[column] ?? {};
      const look = `${align} ${wraps ? "wraps" : ""}`;
      return h(tag, { class: look, scope: tag === "th" ? "col" : undefined }, words(cell));
    }),
  );
}

function words(cell) {
  if (cell.type === "rich_text") return richText(cell);
  return cell.text ?? String(cell.value ?? "");
}
