// Block Kit's layout blocks.

import { h } from "./dom.js";
import { drawElement, placeholder, spot } from "./elements.js";
import { markdown } from "./markdown.js";
import { isWeb } from "./mentions.js";
import { richText } from "./richtext.js";
import { drawTable } from "./table.js";
import { drawText, plain } from "./texts.js";

const BLOCKS = {
  header: (block) => h("h3", { class: "block-header" }, plain(block.text)),
  section,
  context,
  actions: (block, place) =>
    h(
      "div",
      { class: "block-actions" },
      block.elements.map((element) =>
        h("span", { class: "element", key: element.action_id }, drawElement(element, block, place)),
      ),
    ),
  input,
  divider: () => h("hr", { class: "block-divider" }),
  image,
  table: drawTable,
  rich_text: (block) => h("div", { class: "text block-rich" }, richText(block)),
  markdown: (block) => h("div", { class: "text block-markdown" }, markdown(block.text)),
};

/**
 * Blocks as elements.
 * @param {object[]} blocks
 * @param {object} place where they are: `id` names the place, `press({where, element, block,
 *   option, words})` tells the app of an act, `errors` holds notes under inputs by block id.
 */
export function drawBlocks(blocks, place) {
  const many = {};
  return blocks.map((block) => {
    many[block.type] = (many[block.type] ?? 0) + 1;
    // Not by block_id: where the app gives none, Slack invents other ones with each update.
    const key = `${block.type} ${many[block.type]}`;
    return h("div", { class: `block block-of-${block.type}`, key }, drawBlock(block, place));
  });
}

/** One block; what this page does not know, or cannot make sense of, is said to be there. */
function drawBlock(block, place) {
  const make = Object.hasOwn(BLOCKS, block.type) && BLOCKS[block.type];
  if (!make) return placeholder(block.type, "block");
  try {
    return make(block, place);
  } catch {
    return placeholder(block.type, "malformed block");
  }
}

function section(block, place) {
  const words = [
    block.text && drawText(block.text),
    block.fields &&
      h(
        "div",
        { class: "fields" },
        block.fields.map((field) => drawText(field, { class: "field-of" })),
      ),
  ];
  const { accessory } = block;
  if (!accessory) return h("div", { class: "block-section" }, words);
  const side =
    accessory.type === "image" ? thumbnail(accessory) : drawElement(accessory, block, place);
  const wide = ["radio_buttons", "checkboxes"].includes(accessory.type) ? "wide" : "";
  return h(
    "div",
    { class: `block-section with-accessory ${wide}` },
    h("div", { class: "section-words" }, words),
    h("div", { class: "accessory" }, side),
  );
}

const thumbnail = (image) =>
  h("img", { class: "thumbnail", src: web(image.image_url), alt: image.alt_text, loading: "lazy" });

const web = (address) => (address && isWeb(address) ? address : undefined);

function context(block) {
  return h(
    "div",
    { class: "block-context" },
    block.elements.map((element) =>
      element.type === "image"
        ? h("img", { class: "context-image", src: web(element.image_url), alt: element.alt_text })
        : drawText(element),
    ),
  );
}

function image(block) {
  const size = { width: block.image_width, height: block.image_height };
  return h(
    "figure",
    { class: "block-image" },
    block.title && h("figcaption", {}, plain(block.title)),
    h("img", { src: web(block.image_url), alt: block.alt_text, loading: "lazy", ...size }),
  );
}

/** A labelled input; the label is tied to it, and so are its hint and what the app objected to. */
function input(block, place) {
  const id = spot(place, block, block.element).replace(/[^\w-]/g, "_");
  const error = place.errors?.[block.block_id];
  const grouped = ["radio_buttons", "checkboxes"].includes(block.element.type);
  const label = [
    plain(block.label),
    block.optional && h("span", { class: "optional" }, " (optional)"),
  ];
  const props = { class: "input-label", id: `${id}-label` };
  const told = [block.hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ");
  return h(
    "div",
    { class: `block-input ${error ? "wrong" : ""}` },
    grouped ? h("div", props, label) : h("label", { ...props, for: id }, label),
    drawElement(block.element, block, { ...place, describedBy: told || undefined }),
    error && h("p", { class: "input-error", id: `${id}-error`, role: "alert" }, error),
    block.hint && h("p", { class: "input-hint", id: `${id}-hint` }, plain(block.hint)),
  );
}
