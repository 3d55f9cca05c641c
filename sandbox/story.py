"""``python -m sandbox --story``: one payment from the scan to the closed card, in the terminal."""

import asyncio
import re
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from html import unescape
from typing import TypeVar

from rich.console import Console
from rich.padding import Padding
from rich.panel import Panel
from rich.text import Text

from sandbox.azure import Invoice
from sandbox.bot_process import BotProcess, bot_process
from sandbox.company import PRODUCTION
from sandbox.slack import Message, Person, View, text_of
from sandbox.stage import CAST, Stage, stage

_WITHIN = 10.0  # seconds for each thing to happen
_FAILED = 1
_MENTION, _DATE = re.compile(r"<@(\w+)>"), re.compile(r"<!date\^[^|>]*\|([^>]*)>")
_EMOJI, _FIELD = re.compile(r":[a-z_]+: ?"), re.compile(r"\*([^*\n]+)\*\n(?!•)")
_Found = TypeVar("_Found")


class StoryBroken(Exception):
    """A step did not come out as told; the text says which."""


async def tell() -> int:
    """Tell the whole story; 0, or 1 after a sentence where it took another turn."""
    console = Console(highlight=False, soft_wrap=False)
    try:
        async with stage() as town, bot_process() as bot, AsyncExitStack() as visitors:
            await bot.start(town.environment(), "web")
            await Story(town, bot, visitors, console).play()
    except StoryBroken as broken:
        console.print(Text(f"The story broke off: {broken}"), style="red")
        return _FAILED
    return 0


class Story:
    """The story, told while it happens.

    Args:
        town: where it happens.
        bot: its hero, started.
        visitors: looks after the people who come to Slack.
        console: where it is told.
    """

    def __init__(
        self, town: Stage, bot: BotProcess, visitors: AsyncExitStack, console: Console
    ) -> None:
        self._town, self._bot, self._visitors, self._console = town, bot, visitors, console
        self._step = 0

    async def play(self) -> None:
        """All of it, in order. Raises StoryBroken."""
        invoice = await self._scan_posts_cards()
        card = self._card(invoice)
        await self._reader_is_refused(card)
        await self._owner_confirms(invoice, card)
        await self._colleague_is_told(card)
        await self._azure_says_paid(invoice)
        self._console.print(Text("\nThat is all. `azure-invoice-bot demo` lets you try it."))

    async def _scan_posts_cards(self) -> Invoice:
        self._tell("The bot scans Azure and posts a card for each unpaid invoice.")
        _, summary = await asyncio.gather(self._bot.ready(), self._scan())
        self._say(summary)
        tenant = self._town.tenant
        late = [
            tenant.invoices[number]
            for number, card in self._town.cards().items()
            if tenant.invoices[number].profile == PRODUCTION and _has(card, "pay.open")
        ]
        if not late:
            raise StoryBroken("the scan posted no card that can be paid.")
        invoice = max(late, key=lambda one: one.amount_due)
        self._say(f"{len(self._town.cards())} cards in #finance. One of them:")
        self._show("#finance", self._card(invoice))
        return invoice

    async def _reader_is_refused(self, card: Message) -> None:
        self._tell("Dana, who may only read this billing account, presses Pay now.")
        dana = await self._enter("U0DANA")
        await self._press_pay(dana, card)
        await self._modal(dana, lambda view: "paying needs" in text_of(view))

    async def _owner_confirms(self, invoice: Invoice, card: Message) -> None:
        self._tell("Ada, who owns the billing account, presses it as well.")
        ada = await self._enter("U0ADA")
        await self._press_pay(ada, card)
        asking = await self._modal(ada, lambda view: view.callback_id == "pay.confirm")
        if "owner" not in text_of(asking) or "4242" not in text_of(asking):
            raise StoryBroken("the confirmation shows neither Ada's role nor the card.")
        self._tell(
            "Ada confirms. The bot checks everything again and reserves the invoice for her."
        )
        await ada.submit(asking.id)
        await self._modal(ada, lambda view: _has(view, "portal.open"))
        self._say("The card now says who is paying, and has lost its Pay now:")
        await self._card_says(invoice, "is paying since")

    async def _colleague_is_told(self, card: Message) -> None:
        self._tell("Jun, who may pay too, had the old card on the screen and presses Pay now.")
        jun = await self._enter("U0JUN")
        await self._press_pay(jun, card)
        await self._modal(jun, lambda view: "is paying this invoice" in text_of(view))

    async def _azure_says_paid(self, invoice: Invoice) -> None:
        self._tell("Ada pays in the Azure portal, and Azure books it. The next scan sees that.")
        self._town.tenant.pay(invoice.number)
        self._say(await self._scan())
        await self._card_says(invoice, "Paid")

    async def _scan(self) -> str:
        ok, summary = await self._bot.scan()
        if not ok:
            raise StoryBroken(f"the scan failed.\n{summary}")
        return summary

    async def _enter(self, user: str) -> Person:
        person = Person(self._town.workspace, user, self._bot.url)
        return await self._visitors.enter_async_context(person)

    async def _press_pay(self, person: Person, card: Message) -> None:
        receipt = await person.press_stale(card, "pay.open")
        if receipt.trouble:
            raise StoryBroken(f"Slack complained to {person.user.real_name}: {receipt.trouble}.")

    async def _modal(self, person: Person, awaited: Callable[[View], bool]) -> View:
        """The modal on top of the person's screen once it is the awaited one; shown."""

        def seen() -> View | None:
            modals = person.modals()
            return modals[-1] if modals and awaited(modals[-1]) else None

        view = await _until(seen)
        if view is None:
            now = "; ".join(text_of(view) for view in person.modals()) or "nothing"
            raise StoryBroken(f"{person.user.real_name} was not told in time, but sees {now}.")
        self._show(f"a modal on {person.user.real_name}’s screen", view)
        return view

    async def _card_says(self, invoice: Invoice, words: str) -> None:
        """Show the card once it says these words and has no Pay now."""

        def seen() -> Message | None:
            card = self._card(invoice)
            return card if words in text_of(card) and not _has(card, "pay.open") else None

        card = await _until(seen)
        if card is None:
            raise StoryBroken(f"the card does not say “{words}” in time.")
        self._show("#finance", card)

    def _card(self, invoice: Invoice) -> Message:
        return self._town.cards()[invoice.number]

    def _tell(self, sentence: str) -> None:
        self._step += 1
        self._console.print()
        self._console.print(Text(f"{self._step}. {sentence}", style="bold"))

    def _say(self, words: str) -> None:
        self._console.print(Padding(Text(words), (0, 2)))

    def _show(self, where: str, shown: Message | View) -> None:
        words = Text(_readable(text_of(shown)))
        panel = Panel(words, title=Text(where), title_align="left", width=80)
        self._console.print(Padding(panel, (0, 2)))


def _has(shown: Message | View, action: str) -> bool:
    """Whether there is something with this action id to press."""
    return any(
        element.get("action_id") == action
        for block in shown.blocks
        for element in block.get("elements", [])
    )


def _readable(text: str) -> str:
    """Slack's markup as one would read it."""
    text = _MENTION.sub(lambda found: f"@{CAST[found[1]].name}", _FIELD.sub(r"\1: ", text))
    return unescape(_EMOJI.sub("", _DATE.sub(r"\1", text)).replace("*", ""))


async def _until(condition: Callable[[], _Found | None]) -> _Found | None:
    """The first answer that is not None, or None if there is none in time."""
    deadline = time.monotonic() + _WITHIN
    while (answer := condition()) is None and time.monotonic() < deadline:  # noqa: ASYNC110
        await asyncio.sleep(0.02)
    return answer
