"""Take the README's pictures: the demo in a real Chromium, light and dark (`make screenshots`).

``python -m sandbox.screenshots --locale fr-FR --to FOLDER`` takes them in another language, to be
looked at.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

IMAGES = Path(__file__).parents[1] / "docs" / "images"
_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
_OWNER, _CHANNEL = "U0ADA", "C0FINANCE"
_PATIENCE = 20_000  # milliseconds


@contextmanager
def _demo(locale: str) -> Iterator[str]:
    """The demo as its own process, its channel in this language; its address."""
    given = {**os.environ, "LOCALE": locale.partition("-")[0]}
    command = [sys.executable, "-m", "sandbox", "--no-browser", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=given) as process:  # noqa: S603
        try:
            lines = process.stdout or ()
            yield next(found[0] for line in lines if (found := re.search(r"http://[\d.:]+", line)))
        finally:
            process.terminate()


def _window(browser: Browser, url: str, scheme: str, locale: str) -> Page:
    """The owner's window in one colour scheme and language."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 760},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    context.set_default_timeout(_PATIENCE)
    page = context.new_page()
    page.request.post(f"{url}/api/act", data={"as": _OWNER, "do": "speak", "locale": locale})
    page.goto(f"{url}/?as={_OWNER}#{_CHANNEL}")
    return page


def _pay(page: Page, url: str, shot: Callable[[str], None]) -> None:
    """From the card to the paid card, a picture at each step."""
    pay = page.locator('[data-action-id="pay.open"]')
    card = page.get_by_test_id("message").filter(has=pay).last
    expect(card).to_be_visible(timeout=_PATIENCE)
    ts = card.get_attribute("data-ts")
    card = page.locator(f'[data-testid="message"][data-ts="{ts}"]')
    shot("card")
    card.locator(pay).click()
    modal, submit = page.get_by_test_id("modal").last, page.get_by_test_id("modal-submit")
    expect(submit).to_be_visible(timeout=_PATIENCE)
    shot("confirm")
    submit.click()
    portal = modal.locator('[data-action-id="portal.open"]')
    expect(portal).to_be_visible(timeout=_PATIENCE)
    expect(submit).to_have_count(0)
    shot("reserved")
    with page.context.expect_page() as opened:
        portal.click()
    for what in ("pay", "settle_now"):
        opened.value.locator(f'[data-do="{what}"]').click()
    expect(opened.value.get_by_test_id("outcome")).to_contain_text("Nothing more is due")
    page.keyboard.press("Escape")
    page.request.post(f"{url}/api/scan", data={})
    expect(card.locator("[data-action-id^='pay.']")).to_have_count(0, timeout=_PATIENCE)
    card.scroll_into_view_if_needed()
    shot("paid")


def _look_around(page: Page, _: str, shot: Callable[[str], None]) -> None:
    """The digest with its picture, and the Home tab."""
    digests = page.get_by_test_id("message").filter(has=page.locator("table"))
    before = digests.count()
    page.locator('[data-do="digest"]').click()
    expect(digests).to_have_count(before + 1, timeout=_PATIENCE)
    digests.last.locator(".replies").click()
    picture = page.get_by_test_id("thread").locator("img.file-picture")
    expect(picture).to_be_visible(timeout=_PATIENCE)
    picture.evaluate("image => image.decode()")
    picture.scroll_into_view_if_needed()
    notice = page.get_by_test_id("notice")
    expect(notice).not_to_have_text("", timeout=_PATIENCE)  # that it was posted
    expect(notice).to_have_text("", timeout=_PATIENCE)
    shot("digest")
    page.get_by_test_id("sidebar").locator('[data-place="home"]').click()
    expect(page.locator('[data-action-id="home.refresh"]')).to_be_attached(timeout=_PATIENCE)
    shot("home")


def main() -> None:
    """Take them all."""
    asked = _arguments()
    asked.to.mkdir(parents=True, exist_ok=True)
    with _demo(asked.locale) as url, sync_playwright() as playwright:
        chromium = shutil.which("chromium") or sys.exit(
            "Chromium is needed: apt-get install chromium"
        )
        browser = playwright.chromium.launch(executable_path=chromium, args=_FLAGS)
        for play in (_pay, _look_around):
            for scheme in ("light", "dark"):
                page = _window(browser, url, scheme, asked.locale)
                play(page, url, partial(_shoot, page, scheme, asked.to))
        browser.close()


def _shoot(page: Page, scheme: str, to: Path, name: str) -> None:
    """Take one picture, without a ring around what has the focus."""
    page.evaluate("document.activeElement?.blur()")
    page.screenshot(path=to / f"{name}-{scheme}.png")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Takes the pictures of the README.")
    parser.add_argument("--locale", default="en-US", help="such as fr-FR; en-US unless told")
    parser.add_argument("--to", type=Path, default=IMAGES, help="a folder; docs/images unless told")
    return parser.parse_args()


if __name__ == "__main__":
    main()
