"""Take the README's pictures: the demo in a real Chromium, light and dark (`make screenshots`)."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

IMAGES = Path(__file__).parents[1] / "docs" / "images"
_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
_OWNER, _CHANNEL = "U0ADA", "C0FINANCE"
_PATIENCE = 20_000  # milliseconds


@contextmanager
def _demo() -> Iterator[str]:
    """The demo as its own process; its address."""
    command = [sys.executable, "-m", "sandbox", "--no-browser", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        try:
            lines = process.stdout or ()
            yield next(found[0] for line in lines if (found := re.search(r"http://[\d.:]+", line)))
        finally:
            process.terminate()


def _window(browser: Browser, url: str, scheme: str) -> Page:
    """The owner's window in one colour scheme."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 760},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    context.set_default_timeout(_PATIENCE)
    page = context.new_page()
    page.goto(f"{url}/?as={_OWNER}#{_CHANNEL}")
    return page


def _play(page: Page, url: str, scheme: str) -> None:
    """From the card to the paid card, a picture at each step."""
    card = (
        page.get_by_test_id("message").filter(has=page.locator('[data-action-id="pay.open"]')).last
    )
    expect(card).to_be_visible(timeout=_PATIENCE)
    ts = card.get_attribute("data-ts")
    card = page.locator(f'[data-testid="message"][data-ts="{ts}"]')
    page.screenshot(path=IMAGES / f"card-{scheme}.png")
    card.locator('[data-action-id="pay.open"]').click()
    modal = page.get_by_test_id("modal").last
    expect(modal).to_contain_text("You may pay it", timeout=_PATIENCE)
    page.screenshot(path=IMAGES / f"confirm-{scheme}.png")
    page.get_by_test_id("modal-submit").click()
    expect(modal).to_contain_text("reserved for you", timeout=_PATIENCE)
    page.screenshot(path=IMAGES / f"reserved-{scheme}.png")
    with page.context.expect_page() as opened:
        modal.locator('[data-action-id="portal.open"]').click()
    for what in ("pay", "settle_now"):
        opened.value.locator(f'[data-do="{what}"]').click()
    expect(opened.value.get_by_test_id("outcome")).to_contain_text("Nothing more is due")
    page.keyboard.press("Escape")
    page.request.post(f"{url}/api/scan", data={})
    expect(card).to_contain_text("Paid by", timeout=_PATIENCE)
    card.scroll_into_view_if_needed()
    page.screenshot(path=IMAGES / f"paid-{scheme}.png")
    page.get_by_test_id("sidebar").locator('[data-place="home"]').click()
    expect(page.get_by_test_id("home")).to_contain_text("What needs you", timeout=_PATIENCE)
    page.screenshot(path=IMAGES / f"home-{scheme}.png")


def main() -> None:
    """Take them all."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with _demo() as url, sync_playwright() as playwright:
        chromium = shutil.which("chromium") or sys.exit(
            "Chromium is needed: apt-get install chromium"
        )
        browser = playwright.chromium.launch(executable_path=chromium, args=_FLAGS)
        for scheme in ("light", "dark"):
            _play(_window(browser, url, scheme), url, scheme)
        browser.close()


if __name__ == "__main__":
    main()
