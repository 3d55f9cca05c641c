"""From what was read to what one person's Home tab shows: pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from bot.domain.ageing import ageing
from bot.domain.home import PAGE, Flight, Held, Look, Need, Sheet
from bot.domain.invoice import Invoice
from bot.domain.listing import Query, select
from bot.domain.money import totals
from bot.domain.payment import Payment, State
from bot.domain.roles import Holding, Scope
from bot.services.reading import Reading

Place = tuple[str, str]
"""A billing account's name and a billing profile's."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was read for one person.

    Attributes:
        user: their Slack id.
        visible: all invoices where they hold a role.
        unpaid: those of them on which something is owed.
        payments: the latest payment of each invoice that ever had one.
        held: the roles they hold, by place.
        payer_roles: the role keys that may pay.
        assigned: the numbers of the invoices that are theirs to look after.
        today: the day "overdue" is judged by.
    """

    user: str
    visible: tuple[Invoice, ...]
    unpaid: tuple[Invoice, ...]
    payments: Mapping[str, Payment]
    held: Mapping[Place, tuple[Holding, ...]]
    payer_roles: frozenset[str]
    assigned: frozenset[str]
    today: date

    def may_pay(self, invoice: Invoice) -> bool:
        """Whether a role they hold lets them pay it; it is asked again when they do."""
        held = self.held[invoice.billing_account, invoice.billing_profile]
        return any(holding.role.key in self.payer_roles for holding in held)


def sheet(seen: Seen, look: Look, reading: Reading, scanned_at: datetime | None) -> Sheet:
    """The whole Home tab."""
    flights = list(_flights(seen))
    flying = {flight.invoice.number for flight in flights}
    free = [i for i in seen.unpaid if i.number not in flying]
    asked = [i for i in free if look.profile in ("", i.billing_profile)]
    found = select(asked, Query(look.filter), seen.today)
    # Their own first, the odd ones last.
    found.sort(key=lambda i: (not i.is_payable, i.number not in seen.assigned))
    page = min(look.page, max(0, (len(found) - 1) // PAGE))
    shown = found[page * PAGE : (page + 1) * PAGE]
    approvals = [flight for flight in flights if _waits_for(seen, flight)]
    return Sheet(
        look=replace(look, page=page),
        needs=tuple(_need(seen, i) for i in shown),
        count=len(found),
        sums=totals(i.amount_due for i in found),
        approvals=tuple(approvals),
        flights=tuple(flight for flight in flights if flight not in approvals),
        ageing=ageing(seen.unpaid, seen.today),
        roles=tuple(_roles(seen, reading.names)),
        profiles=_profiles(seen.visible),
        today=seen.today,
        read_at=reading.read_at,
        scanned_at=scanned_at,
        unread=reading.unread,
    )


def _need(seen: Seen, invoice: Invoice) -> Need:
    may_pay = invoice.is_payable and seen.may_pay(invoice)
    return Need(invoice, may_pay, invoice.number in seen.assigned)


def _flights(seen: Seen) -> Iterator[Flight]:
    """The payments in flight, the oldest first."""
    by_number = {i.number: i for i in seen.unpaid}
    flying = (p for n, p in seen.payments.items() if p.is_in_flight and n in by_number)
    for payment in sorted(flying, key=lambda payment: payment.since):
        yield Flight(by_number[payment.invoice], payment)


def _waits_for(seen: Seen, flight: Flight) -> bool:
    """Whether this person is one who may approve it."""
    payment = flight.payment
    waits = payment.state is State.AWAITING_APPROVAL and payment.payer != seen.user
    return waits and seen.may_pay(flight.invoice)


def _roles(seen: Seen, accounts: Mapping[str, str]) -> Iterator[Held]:
    """Each role once: those of an account reach all its profiles."""
    names = {(i.billing_account, i.billing_profile): i.billing_profile_name for i in seen.visible}
    told = set()
    for (account, profile), held in sorted(seen.held.items()):
        for holding in held:
            on_account = holding.role.scope is Scope.ACCOUNT
            where = account if on_account else profile
            if (holding, account, where) not in told:
                told.add((holding, account, where))
                name = accounts.get(account) if on_account else names.get((account, profile))
                yield Held(holding.role, name or where, holding.through_group)


def _profiles(visible: Iterable[Invoice]) -> tuple[tuple[str, str], ...]:
    """Id and name of each profile, by name."""
    named = {i.billing_profile: i.billing_profile_name or i.billing_profile for i in visible}
    return tuple(sorted(named.items(), key=lambda one: (one[1].casefold(), one[0])))
