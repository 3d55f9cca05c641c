"""The people of the run: they press, confirm, close and stray, through whichever web answers."""

import asyncio
import random
import re
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field

from sandbox.slack import Message, Person, View, text_of
from tests.chaos.machines import Fleet
from tests.town import FINANCE, Town
from tests.waiting import until

PAYERS, OTHERS = ("U0ADA", "U0BEN", "U0EVE", "U0FLO"), ("U0CEM", "U0GUS")
TAKEN = "is paying this invoice since"


@dataclass
class Ledger:
    """What people have seen: hand-offs by (user, invoice), and outcomes by their words."""

    handed: list[tuple[str, str]] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)


@dataclass
class Crowd:
    """Everybody who clicks."""

    town: Town
    fleet: Fleet
    dice: random.Random
    ledger: Ledger = field(default_factory=Ledger)
    stop: bool = False

    async def play(self, user: str) -> None:
        """Click until told to stop."""
        while not self.stop:
            await asyncio.sleep(self.dice.uniform(0.05, 0.5))
            with suppress(LookupError, ValueError):
                await self._once(user)

    async def _once(self, user: str) -> None:
        payable = [m for m in self.town.posts() if self.town.button(m, "pay.open")]
        if not payable or not self.fleet.webs:
            return
        card = self.dice.choice(payable)
        web = self.dice.choice(self.fleet.webs)
        async with Person(
            self.town.workspace, user, f"{web.url}/slack/events", clock=self.town.clock.seconds
        ) as person:
            await self._pay(person, card)
            for view in reversed(person.modals()):
                await person.close(view.id)

    async def _pay(self, person: Person, card: Message) -> None:
        receipt = await person.press_stale(card, "pay.open")
        self.ledger.seen[f"press {receipt.trouble or receipt.status}"] += 1
        view = await self._view(person, "Checking your access")
        if view is None or view.callback_id != "pay.confirm":
            self.ledger.seen["no offer"] += 1
            return
        if self.dice.random() < 0.2:
            return  # closed
        receipt = await person.submit(view.id)
        self.ledger.seen[f"confirm {receipt.trouble or receipt.status}"] += 1
        view = await self._view(person, "Checking your access")
        if view is not None and "reserved for you" in text_of(view):
            (number,) = set(re.findall(r"G\d{9}", text_of(view)))
            self.ledger.handed.append((person.user.id, number))
            self.ledger.seen["handed off"] += 1
        elif view is not None and TAKEN in text_of(view):
            self.ledger.seen["taken"] += 1

    async def _view(self, person: Person, not_yet: str) -> View | None:
        """The modal on top once it says more than ``not_yet``; None where it never does."""

        def shown() -> View | None:
            modals = person.modals()
            return modals[-1] if modals and not_yet not in text_of(modals[-1]) else None

        try:
            found: View = await until(shown, within=6)
        except AssertionError:
            self.ledger.seen["unanswered"] += 1
            return None
        return found


def settle_in(town: Town) -> None:
    """Four may pay, Cem reads, Gus is a guest."""
    for user in PAYERS[1:]:
        town.colleague(user, user.lower())
        town.holds(user, "billing-profile-contributor")
    town.colleague("U0CEM", "cem")
    town.holds("U0CEM", "billing-profile-reader")
    town.colleague("U0GUS", "gus", is_restricted=True)
    town.holds("U0GUS", "billing-profile-contributor")
    assert FINANCE in town.workspace.channels
