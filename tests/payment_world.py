# ruff: noqa: ARG002  # the ports name what a play does not need
"""A world in which payments live fast: the real services on a real Valkey, people and Azure played.

Azure, Slack and Entra stand behind the ports here, so that a step takes a millisecond.
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from redis.exceptions import ConnectionError as LineLost

from bot.adapters.redis_payments import RedisPayments
from bot.adapters.redis_store import RedisStore
from bot.adapters.redis_together import Together
from bot.domain.card import Card
from bot.domain.invoice import Invoice, PaymentFailed, PaymentMade, Status
from bot.domain.money import Money
from bot.domain.people import Presence
from bot.domain.policy import Grant, Reason, Refusal
from bot.domain.roles import Holding, Role, Scope
from bot.domain.ways import PaymentMethod
from bot.errors import AzureUnavailable
from bot.ports import Account, InvoicePage
from bot.services.approvals import Approvals
from bot.services.checking import Checking
from bot.services.payments import PaymentDesk
from bot.services.settlement import Settlement
from bot.services.stepping import Stepping
from bot.services.takeover import TakeOver
from tests.town import HandClock

ROLE = Role("billing-profile-owner", Scope.PROFILE, "Billing profile owner")
ACCOUNT, PROFILE = "account", "profile"


@dataclass
class FlakyScript:
    """A script that goes over a flaky line."""

    made: Any
    line: "FlakyLine"

    def __getattr__(self, name: str) -> Any:
        return getattr(self.made, name)

    async def __call__(self, **how: Any) -> Any:
        """Run it."""
        return await self.line.carry(self.made(**how))


class FlakyLine:
    """A Redis client whose next step may be lost on its way there, or its answer on the way back."""

    def __init__(self, client: Together) -> None:
        self._client = client
        self.lose = ""  # "", "question" or "answer"

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    async def carry(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Do ``work`` as the line allows."""
        lost, self.lose = self.lose, ""
        if lost == "question":
            work.close()
            raise LineLost
        answer = await work
        if lost == "answer":
            raise LineLost
        return answer

    def register_script(self, text: str) -> Any:
        """A script that goes over this line."""
        return FlakyScript(self._client.register_script(text), self)

    async def durably(self, *command: Any, within: int) -> Any:
        """A step that goes over this line and is waited for."""
        return await self.carry(self._client.durably(*command, within=within))


@dataclass
class Azure:
    """The ports ``Invoices`` and the paying part of ``Access``, played."""

    clock: HandClock
    invoices: dict[str, Invoice] = field(default_factory=dict)
    payers: set[str] = field(default_factory=set)
    checks: list[tuple[str, datetime]] = field(default_factory=list)
    down: bool = False
    slow: float = 0.0
    """Seconds that pass while a question is answered."""

    async def _answer(self) -> None:
        await asyncio.sleep(0)
        self.clock.advance(seconds=self.slow)
        if self.down:
            raise AzureUnavailable("Azure did not answer in time.")

    async def accounts(self) -> tuple[Account, ...]:
        """One."""
        return (Account(ACCOUNT),)

    async def stream(self, account: str, *, following: object = None) -> AsyncIterator[InvoicePage]:
        """All of them."""
        yield InvoicePage(len(self.invoices), tuple(self.invoices.values()))

    async def read(self, account: str, number: str) -> Invoice:
        """One invoice as it is."""
        await self._answer()
        return self.invoices[number]

    async def find(self, number: str) -> Invoice:
        """The same by number alone."""
        return await self.read(ACCOUNT, number)

    async def methods(self, account: str, profile: str) -> tuple[PaymentMethod, ...]:
        """A card."""
        return (PaymentMethod("creditcard", "Visa", "4242"),)

    async def payer(self, presence: Presence, account: str, profile: str) -> Grant | Refusal:
        """Whether this person may pay now; who asked when is kept."""
        asked = self.clock.now()
        await self._answer()
        if presence.user not in self.payers:
            return Refusal(Reason.NO_ROLE)
        self.checks.append((presence.user, asked))
        return Grant(f"entra-{presence.user}", Holding(ROLE, through_group=False))

    # What happens there without the bot

    def bill(self, number: str, amount: str = "100.00") -> None:
        """A new unpaid invoice."""
        due = Money(Decimal(amount), "EUR")
        self.invoices[number] = Invoice(number, ACCOUNT, PROFILE, "Finance", Status.OVERDUE, due)

    def change(self, number: str, **changes: Any) -> None:
        """Any change of an invoice."""
        self.invoices[number] = replace(self.invoices[number], **changes)

    def pay(self, number: str) -> None:
        """Somebody has paid it."""
        invoice = self.invoices[number]
        made = PaymentMade(self.clock.now(), invoice.amount_due, "Visa")
        nothing = Money(Decimal(0), "EUR")
        self.change(
            number, status=Status.PAID, amount_due=nothing, payments=(*invoice.payments, made)
        )

    def decline(self, number: str) -> None:
        """A card was declined."""
        failed = PaymentFailed(self.clock.now(), "BankDeclined")
        told = self.invoices[number].failed_payments
        self.change(number, failed_payments=(*told, failed))


class Cards:
    """As much of the cards as paying needs: where an invoice lies, and what has to be shown anew."""

    def __init__(self, azure: Azure) -> None:
        self._azure = azure

    async def load(self, numbers: Iterable[str]) -> dict[str, Card]:
        """A card for every invoice."""
        return {n: Card(self._azure.invoices[n], "C1", ts="1.0") for n in numbers}

    async def refresh(self, number: str, invoice: Invoice | None = None) -> None:
        """Shown."""


class Process:
    """One process of the bot: its services over one line to the store.

    Args:
        url: the Valkey.
        team: whose keys.
        azure: everything outside.
    """

    def __init__(self, client: Together, team: str, azure: Azure, **settings: Any) -> None:
        self.line, self._azure = FlakyLine(client), azure
        self._work: list[Coroutine[Any, Any, None]] = []
        self.store = RedisPayments(self.line, team, azure.clock)
        cards: Any = Cards(azure)
        access: Any = azure
        self.settle = Settlement(payments=self.store, clock=azure.clock)
        self.check = Checking(
            invoices=azure,
            cards=cards,
            journal=RedisStore(client, team, azure.clock),
            access=access,
            desk=cards,
            clock=azure.clock,
            later=self._later,
        )
        self.desk = PaymentDesk(
            offers=self.store,
            payments=self.store,
            ledger=self.store,
            check=self.check,
            settle=self.settle,
            desk=cards,
            tell=self._tell,  # type: ignore[arg-type]  # nobody listens
            clock=azure.clock,
            later=self._later,
            ttl=600,
            four_eyes_above=settings.get("four_eyes_above", {}),
            card_limit={},
        )
        make = Stepping(
            payments=self.store,
            settle=self.settle,
            desk=cards,
            tell=self._tell,  # type: ignore[arg-type]
            clock=azure.clock,
            later=self._later,
        )
        charging: Any = None  # the bot itself pays nothing here
        self.approvals = Approvals(check=self.check, access=access, make=make, submit=charging)
        self.takeover = TakeOver(
            check=self.check,
            make=make,
            clock=azure.clock,
            four_eyes_above=settings.get("four_eyes_above", {}),
            card_limit={},
        )

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        work.close()  # cards are of no matter here

    async def _tell(self) -> None:
        """Nobody."""

    async def look(self, number: str) -> None:
        """What a scan and a watch do: read the invoice and end its payment if Azure has."""
        payment = (await self.store.current([number])).get(number)
        await self.settle(payment, await self._azure.read(ACCOUNT, number))
