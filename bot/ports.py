"""What the services need of the world: Protocols of at most five methods.

Every method may raise the errors of ``bot.errors`` named in its docstring and no vendor's own.
Every call has a time-out inside its adapter.
"""

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from bot.domain.card import Card, CardState, Message
from bot.domain.invoice import Invoice
from bot.domain.payment import Offer, Payment, PaymentMethod, State
from bot.domain.people import EntraUser, SlackPerson
from bot.domain.roles import Assignment


@dataclass(frozen=True, slots=True)
class Account:
    """A billing account: its name (``guid:guid_date``), what people call it, its agreement type."""

    name: str
    display_name: str = ""
    agreement: str = ""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An invoice whose JSON made no sense: its number as far as it could be told, and why."""

    number: str
    why: str


class Clock(Protocol):
    """The only source of the present moment."""

    def now(self) -> datetime:
        """Now, aware UTC."""


class Invoices(Protocol):
    """Azure's billing API, read only. Every method may raise ``AzureError``."""

    async def accounts(self) -> tuple[Account, ...]:
        """The billing accounts to watch: the configured ones, or all the bot can read."""

    def stream(self, account: str) -> AsyncIterator[Invoice | Unreadable]:
        """Every invoice of the account whose billing period is within the last two years and more."""

    async def read(self, account: str, number: str) -> Invoice:
        """One invoice, fresh. ``AzureNotFound`` where there is none."""

    async def find(self, number: str) -> Invoice:
        """One invoice by its number alone, in whichever watched account it lies."""

    async def methods(self, account: str, profile: str) -> tuple[PaymentMethod, ...]:
        """The active payment methods of a billing profile."""


class Roles(Protocol):
    """Who holds which billing role. May raise ``AzureError``."""

    async def at_account(self, account: str) -> tuple[Assignment, ...]:
        """The assignments made at the billing account itself."""

    async def at_profile(self, account: str, profile: str) -> tuple[Assignment, ...]:
        """The assignments made at the billing profile itself."""


class Directory(Protocol):
    """Microsoft Entra through Graph. Every method may raise ``AzureError``."""

    async def matches(self, email: str) -> tuple[EntraUser, ...]:
        """The users whose UPN or mail is this address; failing those, one of whose proxy addresses is."""

    async def groups_of(self, user: str, candidates: Iterable[str]) -> frozenset[str]:
        """Those of the candidate ids that are groups the user belongs to, also through other groups."""

    async def user(self, user: str) -> EntraUser | None:
        """A user by object id, or None."""

    async def tenant(self) -> str:
        """The directory's tenant id in lower case, or "" where it cannot be told."""


class People(Protocol):
    """Slack's users. Every method may raise ``SlackError``."""

    async def person(self, user: str) -> SlackPerson:
        """A Slack account, fresh."""

    async def user_by_email(self, email: str) -> str | None:
        """The Slack user id of a full member with this address, or None."""


class Channels(Protocol):
    """Messages in Slack channels. Every method may raise ``SlackError``."""

    async def post(self, channel: str, message: Message) -> str:
        """Post once and return the message's ts.

        ``SlackUnclear``: look before posting again; ``SlackLate``: and give it time before that.
        """

    async def update(self, channel: str, ts: str, message: Message) -> None:
        """Show ``message`` in place of the one posted at ``ts``; safe to repeat."""

    async def alerts(self, channel: str, since: float) -> Mapping[str, str]:
        """``{alert id: ts}`` of the bot's own alerts in the channel since then (epoch seconds)."""


class Offers(Protocol):
    """Pending confirmations. Every method may raise ``StoreUnavailable``."""

    async def make(self, offer: Offer, ttl: int) -> None:
        """Keep the offer for ``ttl`` seconds."""

    async def read(self, token: str) -> Offer | None:
        """The offer, or None once it was used, withdrawn or has expired."""

    async def withdraw(self, token: str, user: str) -> bool:
        """End the offer if it is this user's; whether there was one."""


class Payments(Protocol):
    """Payments and their transitions, each one atomic step. May raise ``StoreUnavailable``."""

    async def current(self, numbers: Iterable[str]) -> Mapping[str, Payment]:
        """The latest payment of each invoice that ever had one."""

    async def claim(self, offer: Offer, payment: Payment) -> Payment | None:
        """Spend the offer and hand the invoice to this payer, in one step.

        Returns the payment in flight afterwards: the given one, or the rival's that came first;
        None where the offer is spent or has expired. Resending the same operation is harmless.
        """

    async def end(self, payment: Payment, state: State, operation: str) -> bool:
        """Move a payment in flight to an end state; False where it is no longer in that state."""


class Cards(Protocol):
    """The records of cards. Every method may raise ``StoreUnavailable``."""

    async def load(self, numbers: Iterable[str]) -> Mapping[str, Card]:
        """The records of these invoices that have one."""

    async def begin(self, card: Card) -> bool:
        """Write the intent to post this card; False where the invoice has a record already."""

    async def forget(self, number: str) -> None:
        """Take back the intent to post: it is certain that there is no message."""

    async def save(self, card: Card) -> None:
        """Keep the record; an open card also joins the index of open cards."""

    async def open_numbers(self) -> frozenset[str]:
        """The invoice numbers of all open cards."""


class StaleCards(Protocol):
    """Which cards no longer show the truth. Every method may raise ``StoreUnavailable``."""

    async def stale(self) -> frozenset[str]:
        """The invoice numbers whose cards are to be shown anew."""

    async def touch(self, number: str, *, stale: bool) -> None:
        """Say that a card must be shown anew, or no longer."""


class Memory(Protocol):
    """What the store knows of its own completeness. May raise ``StoreUnavailable``."""

    async def remembers_since(self) -> str:
        """When the store began to serve (ISO, UTC), or "" where it is new or lost everything."""

    async def begin_memory(self) -> None:
        """From now on the store's records are known to be whole."""


class Locks(Protocol):
    """Mutual exclusion between processes. May raise ``StoreUnavailable``."""

    def hold(self, name: str, *, wait: float) -> AbstractAsyncContextManager[bool]:
        """Hold the lock while inside; False where it was not to be had within ``wait`` seconds.

        A holder that dies loses it within 15 s.
        """


class Journal(Protocol):
    """The audit trail. May raise ``StoreUnavailable``."""

    async def note(self, event: str, **fields: str) -> None:
        """Append one entry; the time is the journal's own, aware UTC."""


class Modals(Protocol):
    """What one person sees alone. Every method may raise ``SlackError``."""

    async def open_modal(self, trigger: str, view: dict[str, Any]) -> str:
        """Open a modal with a trigger id (good once, for 3 s); the view's id."""

    async def show_modal(self, view_id: str, view: dict[str, Any]) -> None:
        """Replace what an open modal shows."""

    async def reply(self, response_url: str, message: Message, *, replace: bool = False) -> None:
        """Answer a command or a click, seen by that person alone."""


class RenderCard(Protocol):
    """How a card looks (``bot.views.card``)."""

    def __call__(self, state: CardState) -> Message:
        """The message for a card in this state."""
