"""The steps from a card to a hand-off, as the tests of paying take them."""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from redis.asyncio import Redis

from sandbox.slack import Message, Person, View, text_of
from tests.town import Bot, Town
from tests.waiting import until

CHECKING = "Checking your access"


@dataclass
class Unpaid:
    """An unpaid invoice's card in the channel, the bot behind it and people in front of it.

    ``posted`` is the card as it was first posted: a screen that has not caught up since.
    """

    town: Town
    bot: Bot
    number: str
    posted: Message
    people: dict[str, Person] = field(default_factory=dict)

    @property
    def card(self) -> Message:
        """The card as it stands."""
        return card_of(self.town, self.number)

    @property
    def can_be_paid(self) -> bool:
        """Whether the card has its Pay now button."""
        return self.town.button(self.card, "pay.open") is not None

    async def person(self, user: str = "U0ADA") -> Person:
        """The person, always the same one for the same user id."""
        if user not in self.people:
            self.people[user] = await self.town.person(user, self.bot)
        return self.people[user]

    async def press(
        self, user: str = "U0ADA", *, seen: Message | None = None, within: float = 5.0
    ) -> View:
        """Press Pay now on the card, or on an earlier copy of it; the modal it ends in."""
        person = await self.person(user)
        before = len(person.modals())
        receipt = await person.press_stale(seen or self.card, "pay.open")
        assert (receipt.status, receipt.trouble) == (200, "")
        return await answered(person, modals=before + 1, within=within)

    async def offer(self, user: str = "U0ADA") -> View:
        """Press Pay now; the confirmation, which must come."""
        view = await self.press(user)
        assert view.callback_id == "pay.confirm", text_of(view)
        return view

    async def confirm(self, view: View) -> View:
        """Submit a confirmation; the modal it ends in, once the bot has done all that follows."""
        person = await self.person(view.user)
        receipt = await person.submit(view.id)
        assert (receipt.status, receipt.trouble) == (200, "")
        final = await answered(person, modals=len(person.modals()))
        await self.bot.settle()
        return final

    async def hand_off(self, user: str = "U0ADA") -> View:
        """Press and confirm; the modal with the link, which must come."""
        view = await self.confirm(await self.offer(user))
        assert "reserved for you" in text_of(view)
        return view


async def refusals(invoice: Unpaid, users: Iterable[str]) -> dict[str, str]:
    """What each of them reads after pressing Pay now in vain, all at once; no offer was made."""
    people = list(users)
    views = await asyncio.gather(*(invoice.press(user) for user in people))
    assert not [view for view in views if view.submit]
    assert await offers(invoice.town) == {}
    return {user: text_of(view) for user, view in zip(people, views, strict=True)}


async def unpaid(town: Town, **settings: Any) -> Unpaid:
    """An overdue invoice of 12,340.00 EUR, its card posted by a bot with these settings."""
    number = town.invoice()
    bot = await town.bot(**settings)
    await bot.scan()
    return Unpaid(town, bot, number, card_of(town, number))


def card_of(town: Town, number: str) -> Message:
    """The one card of an invoice, by its metadata: a summary may name the number, too."""
    alert = f"invoice:{number}"
    (found,) = [
        m
        for m in town.posts()
        if (m.metadata or {}).get("event_payload", {}).get("alert_id") == alert
    ]
    return found


async def answered(person: Person, *, modals: int, within: float = 5.0) -> View:
    """The last of that many modals once it no longer says that the bot is still checking."""

    def shown() -> View | None:
        there = person.modals()
        known = len(there) == modals and CHECKING not in text_of(there[-1])
        return there[-1] if known else None

    found: View = await until(shown, within)
    return found


@contextmanager
def screens(town: Town, user: str) -> Iterator[list[View]]:
    """Collects every modal as it comes onto the person's screen, in order."""
    seen: list[View] = []

    def look(change: dict[str, Any]) -> None:
        if change["kind"] == "view" and change["user"] == user:
            found = town.workspace.modals.find(change["view"])
            assert found is not None
            seen.append(found)

    town.workspace.on_change.append(look)
    yield seen
    town.workspace.on_change.remove(look)


def store(town: Town) -> Any:
    """A client of the town's Redis that answers in text; use it as a context."""
    return Redis.from_url(town.redis_url, decode_responses=True)


def key(town: Town, *parts: str) -> str:
    """The name of one of the bot's keys."""
    return ":".join((f"aib:{{{town.workspace.team_id}}}", *parts))


async def offers(town: Town) -> dict[str, dict[str, str]]:
    """The pending confirmations in Redis: token -> the hash's fields."""
    start = key(town, "offer", "")
    async with store(town) as redis:
        names = [name async for name in redis.scan_iter(f"{start}*", count=1000)]
        return {name.removeprefix(start): await redis.hgetall(name) for name in names}


async def journal(town: Town, event: str) -> list[dict[str, str]]:
    """The fields of the audit trail's entries on this event, oldest first."""
    async with store(town) as redis:
        entries = await redis.xrange(key(town, "journal"))
    return [fields for _, fields in entries if fields["event"] == event]


async def nothing_started(town: Town) -> bool:
    """Whether no payment was ever handed off here; asked of the audit trail and of the payments."""
    async with store(town) as redis:
        payments = [k async for k in redis.scan_iter(key(town, "payment", "*"), count=1000)]
    return not payments and not await journal(town, "payment.handed_off")


async def lose_everything(town: Town) -> None:
    """Delete all of the town's keys, as a Redis that kept nothing would."""
    async with store(town) as redis:
        names = [name async for name in redis.scan_iter(key(town, "*"), count=1000)]
        await redis.delete(*names)
