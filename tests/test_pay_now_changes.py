"""Pay now while the world moves: what was shown is not what is, or somebody was quicker."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from sandbox.slack import View, text_of
from tests.paying import Unpaid, journal, lose_everything, nothing_started, offers, unpaid
from tests.town import Town


def words(view: View) -> str:
    """What the modal says, with plain spaces."""
    return text_of(view).replace("\xa0", " ")


@pytest.fixture
async def invoice(contoso: Town) -> Unpaid:
    """An overdue invoice that Ada and Ben may pay."""
    contoso.colleague("U0BEN", "ben")
    contoso.holds("U0BEN", "billing-profile-owner")
    return await unpaid(contoso)


async def test_an_owner_cannot_confirm_another_amount_than_the_one_shown(invoice: Unpaid) -> None:
    """Old and new amount are shown, nothing is started, and the new one can be confirmed."""
    view = await invoice.offer()
    invoice.town.tenant.change_amount(invoice.number, Decimal("12000.50"))

    again = await invoice.confirm(view)

    assert "This has changed since you looked." in words(again)
    assert "Amount due: 12,340.00 EUR → *12,000.50 EUR*" in words(again)
    assert await nothing_started(invoice.town)
    assert again.callback_id == "pay.confirm"
    assert again.private_metadata != view.private_metadata
    assert list(await offers(invoice.town)) == [again.private_metadata]
    assert "12,000.50 EUR" in words(await invoice.confirm(again))
    (entry,) = await journal(invoice.town, "payment.handed_off")
    assert Decimal(entry["amount"]) == Decimal("12000.50")
    assert "12,000.50 EUR" in text_of(invoice.card).replace("\xa0", " ")


async def test_an_owner_can_follow_every_change_before_confirming(invoice: Unpaid) -> None:
    """A part was paid meanwhile, then another: each confirmation is for one amount only."""
    view = await invoice.offer()
    for part in ("340.00", "1000.00"):
        invoice.town.tenant.pay(invoice.number, amount=Decimal(part))
        view = await invoice.confirm(view)
        assert view.callback_id == "pay.confirm"

    assert "Amount due: 12,000.00 EUR → *11,000.00 EUR*" in words(view)
    assert "reserved for you" in words(await invoice.confirm(view))


async def test_an_owner_cannot_confirm_another_status_than_the_one_shown(invoice: Unpaid) -> None:
    """An invoice may fall back from overdue to due, or become overdue."""
    view = await invoice.offer()
    invoice.town.tenant.switch_status(invoice.number, "Due")

    again = await invoice.confirm(view)

    assert "Status: overdue → *due*" in words(again)
    assert await nothing_started(invoice.town)
    assert "reserved for you" in words(await invoice.confirm(again))


async def test_an_owner_cannot_confirm_another_currency_than_the_one_shown(invoice: Unpaid) -> None:
    """The same figure in another currency is another amount."""
    view = await invoice.offer()
    invoice.town.tenant.invoices[invoice.number].currency = "USD"

    again = await invoice.confirm(view)

    assert "12,340.00 EUR → *12,340.00 USD*" in words(again)
    assert await nothing_started(invoice.town)


OVER: dict[str, tuple[Callable[[Town, str], object], str]] = {
    "paid": (lambda town, number: town.tenant.pay(number), "is paid."),
    "void": (lambda town, number: town.tenant.void(number), "is void."),
    "billed anew": (lambda town, number: town.tenant.rebill(number), "is void."),
}


@pytest.mark.parametrize("what", OVER)
async def test_an_owner_cannot_pay_what_is_over_meanwhile(invoice: Unpaid, what: str) -> None:
    """Paid or void under the open modal: the person is told, and the card is closed."""
    finish, told = OVER[what]
    view = await invoice.offer()
    finish(invoice.town, invoice.number)

    final = await invoice.confirm(view)

    assert f"There is nothing to pay: invoice {invoice.number} {told}" in words(final)
    assert final.submit is None
    assert await nothing_started(invoice.town)
    assert await offers(invoice.town) == {}
    assert invoice.town.button(invoice.card, "pay.open") is None
    assert invoice.town.button(invoice.card, "card.menu") is None
    assert told.strip("is .") in text_of(invoice.card)


@pytest.mark.parametrize("what", OVER)
async def test_an_owner_cannot_press_what_is_over_already(invoice: Unpaid, what: str) -> None:
    """The card still shows the button, Azure knows better, and so does the card afterwards."""
    finish, told = OVER[what]
    finish(invoice.town, invoice.number)

    view = await invoice.press()
    await invoice.bot.settle()

    assert told in words(view)
    assert await offers(invoice.town) == {}
    assert invoice.town.button(invoice.card, "pay.open") is None


NOT_PAYABLE: dict[str, dict[str, object]] = {
    "locked": {"status": "Locked"},
    "unknown status": {"status": "InCollections"},
    "other": {"status": "Other"},
    "nothing due": {"amount_due": Decimal(0)},
    "credit": {"amount_due": Decimal("-3.10")},
    "credit note": {"document_type": "CreditNote"},
    "replaced": {"billed_document": "/invoices/G9"},
}


async def test_an_owner_cannot_pay_what_is_no_longer_payable(invoice: Unpaid) -> None:
    """Locked, unknown, credited, replaced: in doubt nothing is offered and nothing confirmed."""
    cards = {what: replace(invoice, number=invoice.town.invoice()) for what in NOT_PAYABLE}
    await invoice.bot.scan()
    for what, card in cards.items():
        view = await card.offer()
        for name, value in NOT_PAYABLE[what].items():
            setattr(invoice.town.tenant.invoices[card.number], name, value)

        told = await card.confirm(view)

        assert "There is nothing to pay" in words(told), what
        assert not card.can_be_paid, what
        await (await card.person()).close(told.id)
    assert await nothing_started(invoice.town)
    assert await offers(invoice.town) == {}


async def test_an_owner_cannot_pay_what_somebody_else_is_paying(invoice: Unpaid) -> None:
    """On a screen that has not caught up, Pay now tells who is paying and since when."""
    await invoice.hand_off()

    view = await invoice.press("U0BEN", seen=invoice.posted)

    since = int(invoice.town.clock.now().timestamp())
    assert f"<@U0ADA> is paying this invoice since <!date^{since}^" in text_of(view)
    assert view.submit is None
    assert await offers(invoice.town) == {}


async def test_an_owner_cannot_confirm_what_somebody_else_is_paying(invoice: Unpaid) -> None:
    """Both had the confirmation open; the second is told, their offer ends."""
    his = await invoice.offer("U0BEN")
    await invoice.hand_off()

    told = await invoice.confirm(his)

    assert "<@U0ADA> is paying this invoice since" in text_of(told)
    assert len(await journal(invoice.town, "payment.handed_off")) == 1
    assert await offers(invoice.town) == {}


async def test_a_payer_can_get_their_link_again(invoice: Unpaid) -> None:
    """Who is paying already and presses once more is led to the portal, not paying twice."""
    await invoice.hand_off()

    view = await invoice.press(seen=invoice.posted)

    assert "reserved for you" in text_of(view)
    assert len(await journal(invoice.town, "payment.handed_off")) == 1
    assert await offers(invoice.town) == {}


async def test_a_payer_who_lost_the_role_cannot_get_their_link_again(invoice: Unpaid) -> None:
    """The role is asked first, every time."""
    await invoice.hand_off("U0BEN")
    town = invoice.town
    town.tenant.revoke("billing-profile-owner", town.ids["U0BEN"], town.account, town.profile)

    assert "You hold no billing role" in text_of(await invoice.press("U0BEN", seen=invoice.posted))


async def test_an_invoice_that_moved_to_another_profile_cannot_be_paid(invoice: Unpaid) -> None:
    """The role was found on the profile the card knows; it says nothing about another one."""
    town = invoice.town
    view = await invoice.offer("U0BEN")
    other = town.tenant.add_profile(town.account, "Contoso Labs", currency="EUR")
    town.tenant.invoices[invoice.number].profile = other

    assert ":no_entry:" in text_of(await invoice.confirm(view))
    assert ":no_entry:" in text_of(await invoice.press("U0BEN"))
    assert await nothing_started(town)


async def test_an_owner_cannot_pay_before_a_lost_store_is_rebuilt(invoice: Unpaid) -> None:
    """Nobody knows then who else is paying; the next scan, or sweep, finds it out from Slack."""
    await lose_everything(invoice.town)

    assert "is being rebuilt from Slack" in text_of(await invoice.press())
    assert await nothing_started(invoice.town)

    await invoice.bot.house.cashier.recovery()
    await invoice.hand_off()


async def test_an_owner_can_pay_alone_in_a_currency_without_a_four_eyes_limit(
    contoso: Town,
) -> None:
    """Limits are never converted."""
    await (await unpaid(contoso, four_eyes_above={"USD": "1"})).hand_off()


async def test_the_night_cannot_change_what_was_confirmed(invoice: Unpaid) -> None:
    """A day passing under the open modal makes a due invoice overdue by date, not by status."""
    number = invoice.town.invoice(days_overdue=0)
    await invoice.bot.scan()
    tomorrow = replace(invoice, number=number)
    view = await tomorrow.offer()
    invoice.town.clock.advance(seconds=timedelta(days=1).total_seconds())

    assert "reserved for you" in text_of(await tomorrow.confirm(view))
