"""What the services need to keep of payments, and of what is told of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.domain.card import Card
from bot.domain.offer import Offer
from bot.domain.payment import Payment
from bot.domain.remark import Remark


class Offers(Protocol):
    """Pending confirmations. Every method may raise ``StoreUnavailable``."""

    async def make(
        self, offer: Offer, ttl: int, *, replaces: Offer | None = None, **facts: str
    ) -> Payment | None:
        """Keep the offer for ``ttl`` seconds, in place of another one where ``replaces`` is given.

        Returns the invoice's latest payment; where that is in flight no offer was made. ``facts``
        go into the audit entry. Raises ``StoreForgot``.
        """

    async def read(self, token: str) -> Offer | None:
        """The offer, or None once it was used, withdrawn or has expired."""

    async def withdraw(self, offer: Offer, **facts: str) -> bool:
        """End the offer; whether there was one."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A payment as it stands after a step, and whether the step is known to be on disk."""

    payment: Payment
    durable: bool


class Payments(Protocol):
    """Payments and their steps, each one atomic. May raise ``StoreUnavailable``.

    ``facts`` go into the audit entry of the step; ``story`` has it told in the card's thread.
    """

    async def current(self, numbers: Iterable[str]) -> Mapping[str, Payment]:
        """The latest payment of each invoice that ever had one."""

    async def claim(
        self, offer: Offer, payment: Payment, *, story: bool = False, **facts: str
    ) -> Claimed | None:
        """Spend the offer and give the invoice to this payer, in one step.

        Returns the payment in flight afterwards: the given one, or the rival's that came first;
        None where the offer is spent or has expired. Resending the same operation is harmless.
        Raises ``StoreForgot``.
        """

    async def move(
        self, before: Payment, after: Payment, *, event: str = "", story: bool = True, **facts: str
    ) -> Claimed | None:
        """Put ``after`` in the place of ``before`` if it still stands like that.

        Returns the payment as it stands afterwards: ``after`` if its operation is there, else
        whatever came first; None where there is none any more. Resending is harmless.
        """

    async def restore(self, payment: Payment) -> bool:
        """Store a payment found elsewhere; False where the invoice has one."""


class Stories(Protocol):
    """Steps of payments to be told in their cards' threads. May raise ``StoreUnavailable``."""

    async def untold(self) -> Sequence[tuple[str, str]]:
        """(invoice number, operation) of the steps that are not in the outbox yet."""

    async def story(self, operation: str) -> Payment | None:
        """The payment as it stood after this step; None once it is forgotten (30 days)."""

    async def taken_up(self, number: str, operation: str) -> None:
        """The step waits in the outbox now."""

    async def told(self, operation: str, ts: str) -> None:
        """The step was told in the message with this ts."""

    async def told_at(self, operation: str) -> str:
        """The ts of the message that told the step, or ""."""


class Remarks(Protocol):
    """What people have said of invoices. Every method may raise ``StoreUnavailable``."""

    async def keep(self, remark: Remark, card: Card | None = None, **facts: str) -> bool:
        """Keep it, its audit entry with ``facts``, and the card's record it changes, in one step.

        False where it was kept before: then nothing has changed. Resending is harmless.
        """

    async def read(self, step: str) -> Remark | None:
        """The remark; None once it is forgotten (30 days)."""

    async def amend(self, remark: Remark) -> None:
        """Keep how far its telling has got."""

    async def untold(self) -> Sequence[tuple[str, str]]:
        """(invoice number, step) of those that are not in the outbox yet."""

    async def taken_up(self, number: str, step: str) -> None:
        """It waits in the outbox now."""


class Letters(Protocol):
    """Which direct messages were sent. Every method may raise ``StoreUnavailable``."""

    async def begin_letter(self, identity: str) -> bool:
        """It is being sent now; False where it was before."""

    async def unsent(self, identity: str) -> None:
        """It surely was not sent after all."""


class Ledger(Protocol):
    """Whether the store's payments are all there are. May raise ``StoreUnavailable``."""

    async def is_whole(self) -> bool:
        """False on a new store, and on one that lost everything."""

    async def lost_at(self) -> datetime | None:
        """When payments were found lost (aware UTC), if that was within a week."""

    async def begin_ledger(self, *, lost: bool = False) -> None:
        """All payments are known from now on."""


class Watches(Protocol):
    """What is to be looked at when. Every method may raise ``StoreUnavailable``."""

    async def due_payments(self, most: int) -> Sequence[str]:
        """The invoice numbers of payments in flight whose time has come, oldest first."""

    async def watch_payment(self, number: str, when: datetime | None) -> None:
        """Look at this payment then (aware UTC), or never again."""

    async def expired_offers(self, most: int) -> Sequence[tuple[str, str]]:
        """(token, view id) of offers that have run out unused while they were shown."""

    async def forget_offer(self, token: str, view: str) -> None:
        """The offer needs no more looking after."""
