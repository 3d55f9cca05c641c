"""The demo in a browser: what a finance lead sees before adopting the bot."""

import os
import re
import signal
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import APIResponse, Browser, Route, expect

from tests import demo as demos
from tests.browser import PATIENCE, Screen, browser, digest_read, screen
from tests.demo import Demo
from tests.waiting import until_now

pytestmark = pytest.mark.timeout(120)
Invoice = dict[str, Any]


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    """One browser for all tests; each opens fresh windows in it."""
    with browser() as started:
        yield started


@pytest.fixture(scope="module")
def demo(chrome: Browser) -> Iterator[Demo]:
    """One demo for all tests; each takes an invoice of its own."""
    started = demos.start()
    yield started
    demos.end(started, signal.SIGTERM)


@pytest.fixture(scope="module")
def invoice(demo: Demo) -> Callable[[], Invoice]:
    """Finds an unpaid invoice with a card that no test has used."""
    taken: set[str] = set()

    def free() -> list[Invoice]:
        unpaid = [one for one in _carded(demo) if one["status"] in ("Due", "OverDue")]
        return [one for one in unpaid if one["number"] not in taken]

    def fresh() -> Invoice:
        found: Invoice = until_now(free, within=20)[0]  # cards come one a second, as Slack wants it
        taken.add(found["number"])
        return found

    return fresh


@pytest.fixture(scope="module")
def refused(invoice: Callable[[], Invoice]) -> Invoice:
    """The invoice that nobody gets to pay."""
    return invoice()


@pytest.fixture
def ada(demo: Demo, chrome: Browser) -> Iterator[Screen]:
    """The account owner's window."""
    with screen(chrome, demo.url, "U0ADA") as window:
        yield window


def test_an_owner_can_pay_from_card_to_paid(ada: Screen, invoice: Callable[[], Invoice]) -> None:
    """Pay now, Confirm, the portal, skip the wait: the card closes by itself."""
    mine = invoice()
    ada.press(mine)
    ada.confirm()
    expect(ada.message(mine)).to_contain_text("is paying since", timeout=PATIENCE)
    assert ada.pay_button(mine).count() == 0
    with ada.page.context.expect_page() as opened:
        ada.page.get_by_test_id("modal").get_by_role("link", name="Open the Azure portal").or_(
            ada.page.get_by_test_id("modal").get_by_role("button", name="Open the Azure portal")
        ).click()
    portal = opened.value
    portal.locator('[data-do="pay"]').click()
    portal.locator('[data-do="settle_now"]').click()
    expect(portal.get_by_test_id("outcome")).to_contain_text(
        "Nothing more is due", timeout=PATIENCE
    )
    ada.post("scan")
    expect(ada.message(mine)).to_contain_text("paid", timeout=PATIENCE)
    assert ada.message(mine).locator("[data-action-id]").count() == 0


@pytest.mark.parametrize(
    ("user", "words"),
    [
        ("U0DANA", "paying needs owner or contributor"),
        ("U0GUS", "Guests cannot do this"),
        ("U0HANA", "belongs to another one"),
    ],
)
def test_the_wrong_person_cannot_pay(
    demo: Demo, chrome: Browser, refused: Invoice, user: str, words: str
) -> None:
    """A reader, a guest and a stranger are told no, and why, and nothing happens."""
    with screen(chrome, demo.url, user) as window:
        window.press(refused, words)
        assert window.page.get_by_test_id("modal-submit").count() == 0
        expect(window.message(refused)).not_to_contain_text("is paying")


def test_an_owner_can_press_again_when_the_bot_was_too_slow(
    demo: Demo, ada: Screen, invoice: Callable[[], Invoice]
) -> None:
    """Slack says so at the button after 3 s, no modal comes late, and the next press works."""
    mine = invoice()
    (web,) = [pid for pid, command in demo.left().items() if "-m bot web" in command]
    os.kill(web, signal.SIGSTOP)
    try:
        ada.pay_button(mine).click()
        expect(ada.message(mine)).to_contain_text("Try again in a moment", timeout=PATIENCE)
    finally:
        os.kill(web, signal.SIGCONT)
    ada.press(mine)
    expect(ada.modals).to_have_count(1)


def test_an_owner_can_close_what_is_answered(ada: Screen, invoice: Callable[[], Invoice]) -> None:
    """A modal that shows what came of it closes, although the page's own request still waits."""
    waiting: list[tuple[Route, APIResponse]] = []

    def hold(route: Route) -> None:
        if '"do":"submit"' in (route.request.post_data or ""):
            waiting.append((route, route.fetch()))
        else:
            route.continue_()

    ada.page.route("**/api/act", hold)
    ada.press(invoice())
    ada.confirm()
    ada.page.keyboard.press("Escape")
    expect(ada.modals).to_have_count(0, timeout=PATIENCE)
    ((route, answer),) = waiting
    route.fulfill(response=answer)


def test_two_people_cannot_both_pay(
    demo: Demo, chrome: Browser, ada: Screen, invoice: Callable[[], Invoice]
) -> None:
    """Two open confirmations, two Confirms: one is reserved, the other is told by whom."""
    shared = invoice()
    people = {one["id"]: one for one in ada.state()["people"]}
    rival = (
        "U0JUN" if shared["account"] == ada.state()["azure"]["accounts"][0]["name"] else "U0CHIYO"
    )
    assert rival in people
    with screen(chrome, demo.url, rival) as other:
        ada.press(shared)
        other.press(shared)
        ada.page.get_by_test_id("modal-submit").click()
        other.page.get_by_test_id("modal-submit").click()
        ends = [_end_of(window) for window in (ada, other)]
    assert sorted(ends) == ["is paying this invoice since", "reserved for you"]


def _end_of(window: Screen) -> str:
    pattern = re.compile("is paying this invoice since|reserved for you")
    shown = window.page.get_by_test_id("modal").last
    expect(shown).to_contain_text(pattern, timeout=PATIENCE)
    return str(pattern.findall(shown.inner_text())[0])


def test_an_owner_can_see_an_amount_change_under_the_open_modal(
    ada: Screen, invoice: Callable[[], Invoice]
) -> None:
    """Old and new are shown, and confirming again goes through."""
    mine = invoice()
    ada.press(mine)
    ada.post("azure", do="change_amount", number=mine["number"])
    invoices = {one["number"]: one for one in ada.state()["azure"]["invoices"]}
    changed = ada.confirm("This has changed since you looked")
    for each in (mine, invoices[mine["number"]]):
        expect(changed).to_contain_text(f"{Decimal(each['amount_due']):,}")
    expect(changed).to_contain_text("→")
    ada.confirm()


def test_an_owner_cannot_use_an_expired_confirmation(chrome: Browser) -> None:
    """A confirmation that was left open says that it is no longer valid."""
    os.environ["CONFIRMATION_TTL_SECONDS"] = "3"
    try:
        quick = demos.start()
    finally:
        del os.environ["CONFIRMATION_TTL_SECONDS"]
    try:
        until_now(lambda: _carded(quick), within=20)
        with screen(chrome, quick.url, "U0ADA") as window:
            window.press(_carded(quick)[0])
            window.modal("no longer valid")  # the worker says so by itself
            assert window.page.get_by_test_id("modal-submit").count() == 0
    finally:
        demos.end(quick, signal.SIGTERM)


def _carded(demo: Demo) -> list[Invoice]:
    return [one for one in demo.state()["azure"]["invoices"] if one["card"]]


def test_a_finance_lead_can_read_the_digest(ada: Screen) -> None:
    """The table in the channel, the picture in its thread: seen, and told to a screen reader."""
    digest_read(ada, "Azure invoices, ", "Bar chart of what is owed")


def test_anybody_can_look_invoices_up(ada: Screen) -> None:
    """``/invoice`` shows one, ``/invoices`` a page of many with totals, and Next the next page."""
    number = ada.state()["azure"]["invoices"][0]["number"]
    ada.command(f"/invoice {number}")
    answer = ada.page.get_by_test_id("message").last
    expect(answer).to_contain_text(number, timeout=PATIENCE)
    expect(answer).to_contain_text("Only visible to you")
    ada.command("/invoices all")
    listing = ada.page.get_by_test_id("message").filter(has_text="invoices · all").last
    expect(listing.get_by_role("table")).to_be_visible(timeout=PATIENCE)
    first = listing.get_by_role("table").inner_text()
    listing.locator('[data-action-id="list.next"]').click()
    expect(listing.get_by_role("table")).not_to_have_text(first, timeout=PATIENCE)
    expect(listing.locator('[data-action-id="list.previous"]')).to_be_visible()


def test_an_owner_can_confirm_after_redis_was_killed(
    ada: Screen, invoice: Callable[[], Invoice]
) -> None:
    """Killed between click and confirm, the store comes back with the offer in it."""
    mine = invoice()
    ada.press(mine)
    ada.post("faults", do="redis_restart")
    ada.page.get_by_test_id("modal-submit").click()
    shown = ada.page.get_by_test_id("modal").last
    expect(shown).to_contain_text(re.compile("reserved for you|try again"), timeout=PATIENCE)
    if "try again" in shown.inner_text():  # it was still starting: told so, nothing started
        ada.page.keyboard.press("Escape")
        ada.press(mine)
        ada.confirm()


def test_an_owner_can_pay_by_keyboard_alone(ada: Screen, invoice: Callable[[], Invoice]) -> None:
    """Enter on the button, Tab to Confirm, Enter; Escape closes."""
    mine = invoice()
    ada.pay_button(mine).focus()
    ada.page.keyboard.press("Enter")
    ada.modal("You may pay it")
    submit = ada.page.get_by_test_id("modal-submit")
    for _ in range(12):
        if submit.evaluate("it => it === document.activeElement"):
            break
        ada.page.keyboard.press("Tab")
    ada.page.keyboard.press("Enter")
    ada.modal("reserved for you")
    ada.page.keyboard.press("Escape")
    expect(ada.page.get_by_test_id("modal")).to_have_count(0)


def test_an_owner_can_pay_on_a_phone(
    demo: Demo, chrome: Browser, invoice: Callable[[], Invoice]
) -> None:
    """At 360 pixels nothing scrolls sideways, and paying works."""
    mine = invoice()
    with screen(chrome, demo.url, "U0ADA", viewport={"width": 360, "height": 740}) as phone:
        width = phone.page.evaluate("document.documentElement.scrollWidth")
        assert width <= 360
        phone.press(mine)
        phone.confirm()
        assert phone.page.evaluate("document.documentElement.scrollWidth") <= 360


def test_an_owner_can_assign_an_invoice_and_add_a_note(
    demo: Demo, chrome: Browser, ada: Screen, invoice: Callable[[], Invoice]
) -> None:
    """The message, in the colleague's French, leads to the card; a note is shown as written."""
    mine, note = invoice(), "Ask *them* <!channel>\n\nhttps://evil.example"
    card = ada.message(mine)
    form = ada.choose(mine, "Assign…", "gives nobody the right to pay")
    form.locator('[data-action-id="assign.user"]').click()
    form.get_by_role("option", name="Farah Haddad").click()
    ada.page.get_by_test_id("modal-submit").click()
    ada.modal("Assigned to")
    ada.page.keyboard.press("Escape")
    expect(card).to_contain_text("Assigned to @Farah Haddad", timeout=PATIENCE)
    ada.choose(mine, "Add a note…", "posted in the card").locator("textarea").fill(note)
    ada.page.get_by_test_id("modal-submit").click()
    ada.modal("Your note is in")
    with screen(chrome, demo.url, "U0FARAH") as farah:
        farah.page.get_by_test_id("sidebar").locator('[data-place="home"]').click()
        farah.page.get_by_role("button", name="Messages", exact=True).click()
        letter = farah.page.get_by_test_id("message").filter(has_text=mine["number"])
        expect(letter).to_contain_text("aucun rôle qui permette de payer", timeout=PATIENCE)
        letter.locator('[data-action-id="portal.open"]').click()
        thread = farah.page.get_by_test_id("thread")
        expect(thread).to_contain_text("has assigned this invoice to @Farah Haddad")
        expect(thread).to_contain_text("Ask *them* <!channel>")
        assert thread.locator('a[href*="evil"]').count() == 0
