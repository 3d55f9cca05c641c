// The files that hang on a message.

import { h } from "./dom.js";
import { icon } from "./icons.js";
import { me } from "./page.js";

const KINDS = { csv: "CSV", xlsx: "Excel workbook", png: "PNG picture" };

/** A message's files, each a link that downloads it; pictures are shown. */
export function drawFiles(said) {
  if (!said.files?.length) return null;
  return h("ul", { class: "files", "aria-label": "Files" }, said.files.map(drawFile));
}

function drawFile(file) {
  const link = `/api/file/${encodeURIComponent(file.id)}?as=${encodeURIComponent(me())}`;
  const about = `${KINDS[file.filetype] ?? file.filetype} · ${size(file.size)}`;
  return h(
    "li",
    { key: file.id },
    file.mimetype.startsWith("image/") &&
      h("img", { class: "file-picture", src: link, alt: file.alt_txt ?? file.title }),
    h(
      "a",
      { class: "file", href: link, download: file.name, "data-testid": "file" },
      icon("file"),
      h(
        "span",
        { class: "file-words" },
        h("span", { class: "file-name" }, file.title || file.name),
        h("span", { class: "file-about" }, about),
      ),
    ),
  );
}

const size = (bytes) => (bytes < 1024 ? `${bytes} bytes` : `${Math.round(bytes / 1024)} KB`);
