"""Take sections of the README into pages, so that nothing is written twice."""

import re
from pathlib import Path
from typing import Any

README = Path(__file__).parents[1] / "README.md"
_WANTED = re.compile(r"^<!-- README: (.+) -->$", re.MULTILINE)


def on_page_markdown(markdown: str, **_: Any) -> str:  # noqa: ANN401  # MkDocs' own
    """Replace ``<!-- README: Heading -->`` by that section; a heading there is none of is an error."""
    return _WANTED.sub(lambda match: section(match[1]), markdown).replace(
        "../README.md", "index.md"
    )


def section(heading: str) -> str:
    """The section of the README under ``## heading``, with links that hold inside ``docs/``.

    Raises:
        KeyError: the README has no such heading.
    """
    parts = re.split(r"^## (.+)$", README.read_text(encoding="utf-8"), flags=re.MULTILINE)
    sections = dict(zip(parts[1::2], parts[2::2], strict=True))
    text = sections[heading].strip()
    elsewhere = {"](docs/": "](", '="docs/': '="', "](LICENSE)": "](#)", "](SECURITY.md)": "](#)"}
    for here, there in (elsewhere | {"](CONTRIBUTING.md)": "](#)"}).items():
        text = text.replace(here, there)
    return text
