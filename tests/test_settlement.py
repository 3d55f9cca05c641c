"""How a payment ends, in words: on the card and, once, in its thread."""

from decimal import Decimal

import pytest

from bot.domain.payment import Payment, State
from tests.charging import plain, thread, watch
from tests.paying import Unpaid, journal, unpaid
from tests.town import Town


@pytest.fixture
async def paying(contoso: Town) -> Unpaid:
    """An invoice of 12,340.00 EUR that Ada is paying in the portal."""
    invoice = await unpaid(contoso)
    await invoice.hand_off()
    return invoice


async def ended(invoice: Unpaid, state: State) -> Payment:
    """The payment, which has this end exactly once in the audit trail and in the thread.

    Scans and the worker look several more times first: nothing comes twice.
    """
    for _ in range(2):
        await watch(invoice, minutes=5)
        await invoice.bot.scan()
        await invoice.bot.house.cashier.tell()
    assert len(thread(invoice)) == 1
    assert len(await journal(invoice.town, f"payment.{state}")) == 1
    payment = (await invoice.bot.outside.payments.current([invoice.number]))[invoice.number]
    assert payment.state is state
    return payment


async def test_a_payment_can_settle_with_all_there_is_to_tell(paying: Unpaid) -> None:
    """Paid what, by what, on which day, so long after whom; and no buttons are left."""
    paying.town.clock.advance(hours=3, minutes=10)
    paying.town.tenant.pay(paying.number)
    today = paying.town.today()

    await watch(paying, seconds=1)

    await ended(paying, State.SETTLED)
    day = f"{today.day} {today:%b %Y}"
    told = f"Paid 12,340.00 EUR by Visa on {day}, 3 h 10 min after <@U0ADA> confirmed."
    assert told in plain(paying.card)
    assert not [block for block in paying.card.blocks if block["type"] == "actions"]
    (said,) = thread(paying)
    assert "12,340.00 EUR paid by Visa, 3 h 10 min after <@U0ADA> confirmed." in said


async def test_a_payment_by_the_scan_can_settle_the_same_way(paying: Unpaid) -> None:
    """Whoever sees it first: the words are the same."""
    paying.town.clock.advance(days=1, hours=2)
    paying.town.tenant.pay(paying.number)
    await paying.bot.scan()
    await ended(paying, State.SETTLED)
    assert "1 d 2 h after <@U0ADA> confirmed" in plain(paying.card)


REASONS = {
    "CardExpired": "the card has expired.",
    "BankDeclined": "the bank declined it.",
    "IncorrectCardDetails": "the card details are wrong.",
    "Other": "Azure gives no reason.",
    "SomethingNew": "Azure says SomethingNew.",
}


@pytest.mark.parametrize("reason", REASONS)
async def test_a_failed_payment_can_name_its_reason(paying: Unpaid, reason: str) -> None:
    """The thread says why, and Pay now is back."""
    paying.town.tenant.decline(paying.number, reason)
    await watch(paying, minutes=1)

    await ended(paying, State.FAILED)
    (said,) = thread(paying)
    assert f"The payment that <@U0ADA> started failed: {REASONS[reason]} It can be paid" in said
    assert f"failed: {REASONS[reason]}" in plain(paying.card)
    assert paying.can_be_paid


async def test_a_failed_payment_can_be_followed_by_another(paying: Unpaid) -> None:
    """The next try has its own end and its own word in the thread."""
    paying.town.tenant.decline(paying.number, "CardExpired")
    await watch(paying, minutes=1)
    await paying.hand_off()
    paying.town.tenant.decline(paying.number, "BankDeclined")
    await watch(paying, minutes=1)

    first, second = thread(paying)
    assert "the card has expired" in first
    assert "the bank declined it" in second


async def test_a_part_paid_can_show_what_is_left(paying: Unpaid) -> None:
    """The payment is over; the card has the new amount, and it can be paid."""
    paying.town.tenant.pay(paying.number, amount=Decimal("5000.00"))
    await watch(paying, minutes=1)

    await ended(paying, State.SUPERSEDED)
    told = "A part has been paid since <@U0ADA> confirmed 12,340.00 EUR; 7,340.00 EUR is still due."
    assert told in thread(paying)[0]
    assert told in plain(paying.card)
    assert "*Amount due*\n7,340.00 EUR" in plain(paying.card)
    assert "Confirming charges nothing yet" in plain(await paying.offer())


async def test_an_amount_that_rose_can_be_seen(paying: Unpaid) -> None:
    """Old and new amount, and a warning to look before anybody pays again."""
    paying.town.tenant.change_amount(paying.number, Decimal("13000.00"))
    await watch(paying, minutes=1)

    await ended(paying, State.SUPERSEDED)
    (said,) = thread(paying)
    assert "changed from 12,340.00 EUR, which <@U0ADA> confirmed, to 13,000.00 EUR" in said
    assert "Check what was paid before anybody pays again" in said
    assert paying.can_be_paid


async def test_a_void_invoice_can_end_its_payment(paying: Unpaid) -> None:
    """There is nothing to pay any more, and that is said."""
    paying.town.tenant.void(paying.number)
    await watch(paying, minutes=1)

    await ended(paying, State.SUPERSEDED)
    assert "is not to be paid any more, so the payment of <@U0ADA> is void" in thread(paying)[0]
    assert not paying.can_be_paid


async def test_a_rebilled_invoice_can_name_its_successor(paying: Unpaid) -> None:
    """The card and the thread lead to the invoice that took its place."""
    new = paying.town.tenant.rebill(paying.number, Decimal("12000.00"))
    await watch(paying, minutes=1)

    await ended(paying, State.SUPERSEDED)
    assert f"Invoice {new} has taken its place" in thread(paying)[0]
    assert f"Replaced by invoice {new}" in plain(paying.card)
    assert not paying.can_be_paid


async def test_a_payment_not_made_in_time_can_stall_once(paying: Unpaid) -> None:
    """After a day the card is back, louder; if it was paid after all, that still settles it."""
    await watch(paying, hours=24, seconds=1)
    await ended(paying, State.STALLED)
    assert "but Azure still shows no payment" in thread(paying)[0]
    paying.town.tenant.pay(paying.number)
    await paying.bot.scan()
    await watch(paying)

    assert "1 d 0 h after <@U0ADA> confirmed" in plain(paying.card)
    assert len(thread(paying)) == 2


async def test_a_payment_made_elsewhere_cannot_be_claimed_for_anybody(contoso: Town) -> None:
    """Nobody had confirmed here: the card says paid, and no thread tells of a payer."""
    invoice = await unpaid(contoso)
    contoso.tenant.pay(invoice.number)
    await invoice.bot.scan()
    await watch(invoice)
    assert "Paid 12,340.00 EUR by Visa on" in plain(invoice.card)
    assert "confirmed" not in plain(invoice.card)
    assert thread(invoice) == []


async def test_a_payment_can_settle_while_nobody_is_looking(paying: Unpaid) -> None:
    """The worker was away for two days: it settles by what Azure shows, and does not stall."""
    paying.town.tenant.pay(paying.number)
    paying.town.clock.advance(days=2)
    await watch(paying, seconds=1)
    await ended(paying, State.SETTLED)
    assert "still shows no payment" not in plain(paying.card)
