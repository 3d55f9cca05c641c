"""The demo's page in a real Chromium, played as a person would."""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Error,
    Locator,
    Page,
    expect,
    sync_playwright,
)

FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--renderer-process-limit=1", "--disable-site-isolation-trials"),  # lighter on two cores
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
PATIENCE = 15_000  # milliseconds
_AGAIN = re.compile("try again", re.IGNORECASE)
_PRESSES = 3  # a person gives up, too


def chromium() -> str:
    """Where Debian's Chromium is; skips loudly without one, except in CI, which must have it."""
    found = shutil.which("chromium") or ""
    if not found and os.environ.get("CI") != "true":
        pytest.skip("NO CHROMIUM: the browser tests did not run (apt-get install chromium)")
    assert found, "CI needs Chromium: apt-get install chromium"
    return found


@contextmanager
def browser() -> Iterator[Browser]:
    """A headless browser."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium(), args=list(FLAGS))
        yield started
        started.close()


@dataclass
class Screen:
    """One person's browser window on the demo."""

    page: Page
    url: str
    complaints: list[str] = field(default_factory=list)

    def message(self, invoice: dict[str, Any]) -> Locator:
        """The invoice's card in the channel."""
        ts = invoice["card"]["ts"]
        return self.page.locator(f'[data-testid="message"][data-ts="{ts}"]')

    def pay_button(self, invoice: dict[str, Any]) -> Locator:
        """Pay now on the card."""
        return self.message(invoice).locator('[data-action-id="pay.open"]')

    @property
    def modals(self) -> Locator:
        """All modals, the one on top last."""
        return self.page.get_by_test_id("modal")

    def modal(self, words: str) -> Locator:
        """The modal once it says these words."""
        shown = self.modals.last
        expect(shown).to_contain_text(words, timeout=PATIENCE)
        return shown

    @property
    def asked_again(self) -> Locator:
        """Where Slack (at the button) or the bot (in a message) has asked to try again."""
        return self.page.locator(".trouble, .message.ephemeral").filter(has_text=_AGAIN)

    def press(self, invoice: dict[str, Any], words: str = "You may pay it") -> Locator:
        """Press Pay now and wait for what the modal says.

        A bot on a busy machine may miss the 3 s that Slack gives it for a modal. Then it asks to
        press again, and so one does.
        """
        for _ in range(_PRESSES):
            asked = self.asked_again.count()
            self.pay_button(invoice).click()
            answer = self.modals.or_(self.asked_again.nth(asked)).first
            expect(answer).to_be_visible(timeout=PATIENCE)
            if self.modals.count():
                break
            expect(self.page.locator(".trouble")).to_have_count(0, timeout=PATIENCE)
        return self.modal(words)

    def choose(self, invoice: dict[str, Any], option: str, words: str) -> Locator:
        """Choose something in the card's menu and wait for what the modal says."""
        self.message(invoice).locator('[data-action-id="card.menu"]').click()
        self.page.get_by_role("menuitem", name=option).click()
        return self.modal(words)

    def confirm(self, words: str = "reserved for you") -> Locator:
        """Press Confirm and wait for what the modal says."""
        self.page.get_by_test_id("modal-submit").click()
        return self.modal(words)

    def command(self, text: str) -> None:
        """Type a slash command into the composer."""
        box = self.page.get_by_test_id("composer").locator("textarea")
        box.fill(text)
        box.press("Escape")
        box.press("Enter")

    def state(self) -> dict[str, Any]:
        """What the page's server says."""
        return dict(self.page.request.get(f"{self.url}/api/state").json())

    def post(self, path: str, **body: Any) -> str:
        """Ask the page's server for something; its sentence."""
        answer = self.page.request.post(f"{self.url}/api/{path}", data=body).json()
        assert answer["ok"], answer
        return str(answer["message"])


def digest_read(window: Screen, title: str, alt: str) -> None:
    """Have the digest posted: it has this title, and in its thread the picture with this alt text."""
    digests = window.page.get_by_test_id("message").filter(has_text=title)
    before = digests.count()
    window.page.locator('[data-do="digest"]').click()
    expect(digests).to_have_count(before + 1, timeout=PATIENCE)
    digests.last.get_by_role("button", name="1 reply").click()
    picture = window.page.get_by_test_id("thread").get_by_role("img", name=alt)
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") == 1120


@contextmanager
def screen(on: Browser, url: str, user: str, **context: Any) -> Iterator[Screen]:
    """A fresh window of a person in the finance channel; no console error goes unseen."""
    usual = {"viewport": {"width": 1280, "height": 900}, "reduced_motion": "reduce"}
    made = on.new_context(**{**usual, **context})
    made.set_default_timeout(PATIENCE)
    page = made.new_page()
    shown = Screen(page, url)

    def listen(message: ConsoleMessage) -> None:
        if message.type == "error":
            shown.complaints.append(message.text)

    page.on("console", listen)
    page.on("pageerror", lambda error: shown.complaints.append(str(error)))
    for left in page.request.get(f"{url}/api/state?as={user}").json()["modals"]:
        # Slack keeps a modal open until somebody closes it, an earlier test's, too.
        close = {"as": user, "do": "close", "view_id": left["id"]}
        page.request.post(f"{url}/api/act", data=close)
    try:
        page.goto(f"{url}/?as={user}#C0FINANCE")
        expect(page.get_by_test_id("message").first).to_be_visible(timeout=PATIENCE)
        yield shown
        assert shown.complaints == []
    except Exception as error:
        with suppress(Error):
            error.add_note(f"What {user} saw:\n{page.locator('#app').inner_text()}")
        raise
    finally:
        made.close()
