"""What the security page says is shown by a test is shown by a test."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "security.md").read_text()
_TEST = re.compile(r"^(?:async )?def (test_\w+)", re.MULTILINE)


def test_a_reader_can_find_every_test_the_security_page_names() -> None:
    """By its name, once and for all under ``tests/``."""
    there = {
        name for file in ROOT.glob("tests/**/*.py") for name in _TEST.findall(file.read_text())
    }
    named = set(re.findall(r"`(test_\w+)`", PAGE))

    assert len(named) > 80
    assert named - there == set()


def test_a_reader_can_find_every_file_the_security_page_names() -> None:
    """Sources, and the other pages it links to with their headings."""
    for name in re.findall(r"`(bot/[\w/]+\.py)`", PAGE):
        assert (ROOT / name).is_file(), name
    for page, anchor in re.findall(r"\]\((\w+\.md)?#([\w-]+)\)", PAGE):
        text = (ROOT / "docs" / page).read_text() if page else PAGE
        headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
        anchors = {re.sub(r"[^\w -]", "", one.lower()).replace(" ", "-") for one in headings}
        assert anchor in anchors, f"{page}#{anchor}"


def test_a_reader_can_trust_the_threats_table_to_be_whole() -> None:
    """Each row says who or goes on with the one before, what, how it is stopped, and names a test."""
    table = PAGE.split("## Threats")[1].split("## ")[0]
    rows = [line.strip("|").split("|") for line in table.splitlines() if line.startswith("|")][2:]

    assert len(rows) >= 20
    for row in rows:
        assert len(row) == 4
        assert all(cell.strip() for cell in row[1:3])
        assert "`test_" in row[3], row
