"""What the services need of Azure and the directory."""

from collections.abc import AsyncIterator, Container, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from bot.domain.document import SignedLink
from bot.domain.invoice import Invoice
from bot.domain.money import Money
from bot.domain.paynow import Answer, Eligibility
from bot.domain.people import EntraUser
from bot.domain.profile import Flag
from bot.domain.roles import Assignment
from bot.domain.ways import PaymentMethod


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


@dataclass(frozen=True, slots=True)
class InvoicePage:
    """Some invoices of a listing.

    Attributes:
        count: how many were listed, the unreadable ones and those left out included.
        invoices: those that were asked for.
        unreadable: those whose JSON made no sense.
    """

    count: int
    invoices: tuple[Invoice, ...]
    unreadable: tuple[Unreadable, ...] = ()


class Invoices(Protocol):
    """Azure's billing API, read only. Every method may raise ``AzureError``."""

    async def accounts(self) -> tuple[Account, ...]:
        """The billing accounts to watch: the configured ones, or all the bot can read."""

    def stream(
        self, account: str, *, following: Container[str] | None = None
    ) -> AsyncIterator[InvoicePage]:
        """Every invoice of the account whose billing period is within the last two years and more.

        Where ``following`` is given, settled invoices may be left out unless their number is in it.
        """

    async def read(self, account: str, number: str) -> Invoice:
        """One invoice, fresh. ``AzureNotFound`` where there is none."""

    async def find(self, number: str) -> Invoice:
        """One invoice by its number alone, in whichever watched account it lies."""

    async def methods(self, account: str, profile: str) -> tuple[PaymentMethod, ...]:
        """The active payment methods of a billing profile."""


class Profiles(Protocol):
    """What Azure has done to billing profiles for non-payment. May raise ``AzureError``."""

    async def flags(self, account: str) -> Mapping[str, Flag]:
        """The flagged profiles of the account, by their names in lower case."""

    async def flag(self, account: str, profile: str) -> Flag | None:
        """The flag of one profile, fresh, or None."""


class Documents(Protocol):
    """The documents of invoices. May raise ``AzureError``."""

    async def pdf(self, account: str, number: str) -> SignedLink:
        """Where the invoice's PDF can be had for a while; takes up to 22 s."""


class Paynow(Protocol):
    """Azure's pay-now preview."""

    async def eligibility(self, account: str, profile: str, invoice: str) -> Eligibility:
        """Whether the bot could pay this invoice now, and with what. May raise ``AzureError``."""

    async def pay(
        self, account: str, profile: str, invoice: str, *, amount: Money, method: str
    ) -> Answer:
        """Charge the method with this name: asked exactly once, and never an error."""

    async def follow(self, path: str) -> Answer:
        """What became of it; ``path`` is an answer's ``follow``. May raise ``AzureError``."""


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
