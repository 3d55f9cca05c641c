"""Home tab, digest and exported files in a browser, as a finance lead sees them in the demo."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, expect

from bot.domain.extract import COLUMNS
from tests import demo as demos
from tests.browser import PATIENCE, Screen, browser, digest_read, screen
from tests.demo import Demo
from tests.workbooks import read_book

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    """One browser for all tests; each opens fresh windows in it."""
    with browser() as started:
        yield started


@pytest.fixture(scope="module")
def demo(chrome: Browser) -> Iterator[Demo]:
    """One demo for all tests, in whose channel the bot speaks French."""
    started = demos.start(LOCALE="fr")
    yield started
    demos.end(started, signal.SIGTERM)


def opened(window: Screen, words: str) -> Locator:
    """The Home tab, opened in the sidebar, once it says these words."""
    window.page.get_by_test_id("sidebar").locator('[data-place="home"]').click()
    tab = window.page.get_by_test_id("home")
    expect(tab).to_contain_text(words, timeout=PATIENCE)
    return tab


def speak(window: Screen, language: str) -> None:
    """Choose the language of one's Slack."""
    switch = window.page.get_by_test_id("language")
    switch.get_by_role("button").first.click()
    switch.get_by_role("option", name=language, exact=True).click()
    expect(switch.get_by_role("button").first).to_contain_text(language)


def test_an_owner_can_pay_from_their_home_tab(demo: Demo, chrome: Browser) -> None:
    """What presses most comes first; narrowed to a profile; paid: it moves to what is in flight."""
    with screen(chrome, demo.url, "U0ADA") as ada:
        tab = opened(ada, "What needs you")
        expect(tab).to_contain_text("may pay")
        expect(tab).to_contain_text("What is owed, by age")
        tab.locator('[data-action-id="home.profile"]').click()
        tab.get_by_role("option", name="Japan").click()
        expect(tab).not_to_contain_text("· Production", timeout=PATIENCE)
        rows = tab.locator('[data-action-id="pay.open"]')
        before = rows.count()
        assert before > 1
        rows.first.click()
        ada.modal("You may pay it")
        ada.confirm()
        ada.page.keyboard.press("Escape")
        expect(tab).to_contain_text("Payments in flight", timeout=PATIENCE)
        expect(rows).to_have_count(before - 1)
        expect(tab).to_contain_text("is being paid in the Azure portal")


def test_somebody_without_a_role_can_read_one_sentence(demo: Demo, chrome: Browser) -> None:
    """Nothing is on their tab besides."""
    with screen(chrome, demo.url, "U0FARAH") as farah:
        tab = opened(farah, "Azure")
        expect(tab.locator(".block")).to_have_count(1, timeout=PATIENCE)
        assert tab.locator("[data-action-id]").count() == 0


def test_a_finance_lead_can_read_their_home_tab_on_a_phone(demo: Demo, chrome: Browser) -> None:
    """At 360 pixels nothing scrolls sideways."""
    with screen(chrome, demo.url, "U0JUN", viewport={"width": 360, "height": 740}) as phone:
        phone.page.locator("#drawer-button").click()
        opened(phone, "What needs you")
        assert phone.page.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_finance_lead_can_read_their_home_tab_in_french(demo: Demo, chrome: Browser) -> None:
    """As soon as their Slack speaks it, in Microsoft's terms; nothing English is left."""
    with screen(chrome, demo.url, "U0CHIYO") as chiyo:
        speak(chiyo, "Français")
        tab = opened(chiyo, "Ce qui vous attend")
        for words in ("Ce qui est dû, par ancienneté", "profil de facturation", "Payer maintenant"):
            expect(tab).to_contain_text(words)
        said = tab.inner_text()
        assert not [word for word in ("overdue", "Pay now", "billing", "days") if word in said]


def test_a_finance_lead_can_read_the_digest_in_french(demo: Demo, chrome: Browser) -> None:
    """What the channel is told comes in the channel's language, whoever reads it."""
    with screen(chrome, demo.url, "U0ADA") as ada:
        digest_read(ada, "Factures Azure, ", "Diagramme à barres de ce qui est dû")


def test_a_finance_lead_can_have_files_sent_in_french(demo: Demo, chrome: Browser) -> None:
    """The words around them are French; the columns stay as programs know them."""
    with screen(chrome, demo.url, "U0JUN") as jun:
        speak(jun, "Français")
        jun.command("/invoices export overdue")
        said = jun.page.get_by_test_id("message").filter(has_text="dans vos messages avec le bot")
        expect(said).to_be_visible(timeout=PATIENCE)
        speak(jun, "English")


def test_a_finance_lead_can_keep_the_exported_files(
    demo: Demo, chrome: Browser, tmp_path: Path
) -> None:
    """``/invoices export`` puts two files under one message of the bot's; a click keeps each."""
    with screen(chrome, demo.url, "U0DANA") as dana:
        dana.command("/invoices export all")
        told = dana.page.get_by_test_id("message").filter(has_text="in your messages with the bot")
        expect(told).to_be_visible(timeout=PATIENCE)  # cards may come in below it meanwhile
        opened(dana, "")
        dana.page.get_by_role("button", name="Messages", exact=True).click()
        files = dana.page.get_by_test_id("file")
        expect(files).to_have_count(2, timeout=PATIENCE)
        kept = {}
        for at in range(2):
            with dana.page.expect_download() as download:
                files.nth(at).click()
            path = tmp_path / download.value.suggested_filename
            download.value.save_as(path)
            kept[path.suffix] = path.read_bytes()
        assert kept[".csv"].decode("utf-8-sig").startswith(",".join(COLUMNS))
        rows = read_book(kept[".xlsx"]).rows
        assert len(rows) == kept[".csv"].count(b"\r\n")
        ids = [file["id"] for dm in _dms(dana) for said in dm["messages"] for file in said["files"]]
    for file in ids:  # nobody else can fetch them
        assert (
            chrome.new_context().request.get(f"{demo.url}/api/file/{file}?as=U0ADA").status == 404
        )


def _dms(window: Screen) -> list[dict[str, list[dict[str, list[dict[str, str]]]]]]:
    answer = window.page.request.get(f"{window.url}/api/state?as=U0DANA")
    found: list[dict[str, list[dict[str, list[dict[str, str]]]]]] = answer.json()["dms"]
    return found
