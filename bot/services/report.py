"""What a scan found and did, for people to read."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.domain.alert import Kind
from bot.domain.card import Card
from bot.domain.invoice import Invoice
from bot.domain.profile import Flag
from bot.ports import Account, Unreadable
from bot.services.records import SPOILT


@dataclass(slots=True)
class AccountRead:
    """One billing account in a scan: how many invoices were read, or the sentence why not."""

    account: Account
    invoices: int = 0
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One invoice that needs attention and what was (or, in a dry run, would be) done about it.

    ``done`` is one of ``posted``, ``reminded``, ``found again``, ``updated``, ``closed``, ``unchanged``,
    ``not yet``, ``not chased``, ``failed``.
    """

    invoice: Invoice
    done: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Want:
    """A new card or a reminder that an invoice calls for; ``card`` is its record, if any.

    ``flag`` is what Azure has done to the billing profile.
    """

    kind: Kind
    invoice: Invoice
    milestone: int
    card: Card | None = None
    flag: Flag | None = None


@dataclass(slots=True)
class ScanReport:
    """The outcome of one scan.

    Attributes:
        wants: what it found to be said, not said yet.
        spoilt: the invoice numbers of records in the store that make no sense.
        flags: what Azure has done to billing profiles, by account and profile in lower case; an
            account whose profiles could not be read is not in it.
    """

    dry_run: bool
    accounts: list[AccountRead] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    unreadable: list[Unreadable] = field(default_factory=list)
    wants: list[Want] = field(default_factory=list)
    spoilt: set[str] = field(default_factory=set)
    flags: dict[str, Mapping[str, Flag]] = field(default_factory=dict)

    def count(self, done: str) -> int:
        """How many invoices ended this way."""
        return sum(1 for line in self.lines if line.done == done)

    def flag(self, invoice: Invoice, known: Flag | None) -> Flag | None:
        """What Azure has done to the invoice's billing profile; ``known`` where it was not read."""
        flags = self.flags.get(invoice.billing_account.lower())
        return known if flags is None else flags.get(invoice.billing_profile.lower())

    @property
    def failures(self) -> list[str]:
        """One sentence for each thing that could not be done, naming what it concerns."""
        found: dict[str, list[str]] = defaultdict(list)
        for read in self.accounts:
            if read.failure:
                found[read.failure].append(read.account.display_name or read.account.name)
        for line in self.lines:
            if line.done == "failed":
                found[line.why].append(line.invoice.number)
        if self.spoilt:
            found[SPOILT] = sorted(self.spoilt)
        return [f"{why} ({_some(names)})" for why, names in found.items()]

    @property
    def is_complete(self) -> bool:
        """Whether every account was read and every card dealt with."""
        return not self.failures


def _some(names: list[str], most: int = 5) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
