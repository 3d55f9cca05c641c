"""What becomes of a payment after the hand-off, as the cards and the audit trail show it."""

from decimal import Decimal

import pytest

from sandbox.slack import text_of
from tests.paying import Unpaid, journal, unpaid
from tests.town import Town


@pytest.fixture
async def paying(contoso: Town) -> Unpaid:
    """An invoice that Ada is paying and that Ben could pay, too."""
    contoso.colleague("U0BEN", "ben")
    contoso.holds("U0BEN", "billing-profile-owner")
    invoice = await unpaid(contoso)
    await invoice.hand_off()
    assert not invoice.can_be_paid
    return invoice


async def ended(invoice: Unpaid, state: str) -> None:
    """The audit trail holds exactly this one end of Ada's payment."""
    handed, *_ = await journal(invoice.town, "payment.handed_off")
    (entry,) = await journal(invoice.town, f"payment.{state}")
    assert (entry["actor"], entry["payment"]) == ("U0ADA", handed["payment"])


async def test_a_payment_that_azure_shows_can_close_the_card(paying: Unpaid) -> None:
    """Paid: no buttons, who confirmed, and the audit trail says settled."""
    paying.town.tenant.pay(paying.number)
    await paying.bot.scan()

    assert "<@U0ADA> confirmed" in text_of(paying.card)
    assert not [block for block in paying.card.blocks if block["type"] == "actions"]
    await ended(paying, "settled")


async def test_a_payment_cannot_end_twice(paying: Unpaid) -> None:
    """Further scans change nothing any more."""
    paying.town.tenant.pay(paying.number)
    for _ in range(3):
        await paying.bot.scan()

    await ended(paying, "settled")


async def test_a_card_can_wait_a_whole_day_for_its_payment(paying: Unpaid) -> None:
    """Azure may take 24 hours; until then nobody else can start."""
    paying.town.clock.advance(hours=23.9)
    await paying.bot.scan()

    assert "<@U0ADA> is paying since" in text_of(paying.card)
    assert not paying.can_be_paid


async def test_an_invoice_can_be_paid_again_after_a_day_without_a_payment(paying: Unpaid) -> None:
    """Stalled: the card is back, louder, with Pay now, and the next payer can take it."""
    paying.town.clock.advance(hours=24.1)
    await paying.bot.scan()

    assert ":warning: <@U0ADA> confirmed" in text_of(paying.card)
    assert "Check the portal before paying again" in text_of(paying.card)
    assert paying.can_be_paid
    await ended(paying, "stalled")
    await paying.hand_off("U0BEN")
    assert "<@U0BEN> is paying since" in text_of(paying.card)
    assert len(await journal(paying.town, "payment.handed_off")) == 2


async def test_an_invoice_can_be_paid_again_after_a_failed_payment(paying: Unpaid) -> None:
    """The bank said no: Pay now is back, with what happened."""
    paying.town.tenant.decline(paying.number)
    await paying.bot.scan()

    assert "It can be paid again" in text_of(paying.card)
    assert paying.can_be_paid
    await ended(paying, "failed")
    await paying.hand_off()


async def test_a_failure_before_the_hand_off_cannot_end_the_payment(contoso: Town) -> None:
    """Only what fails after the confirmation says anything about it."""
    invoice = await unpaid(contoso)
    contoso.tenant.decline(invoice.number)
    contoso.tenant.decline(invoice.number)
    await invoice.hand_off()

    await invoice.bot.scan()
    assert not invoice.can_be_paid

    contoso.tenant.decline(invoice.number)
    await invoice.bot.scan()
    assert invoice.can_be_paid


@pytest.mark.parametrize("how", ["other amount", "partly paid"])
async def test_an_invoice_can_be_paid_again_after_its_amount_has_changed(
    paying: Unpaid, how: str
) -> None:
    """Superseded: what was confirmed is no longer what is owed."""
    if how == "partly paid":
        paying.town.tenant.pay(paying.number, amount=Decimal("340.00"))
    else:
        paying.town.tenant.change_amount(paying.number, Decimal("12000.00"))
    await paying.bot.scan()

    assert "12,000.00 EUR" in text_of(paying.card).replace("\xa0", " ")
    assert paying.can_be_paid
    await ended(paying, "superseded")
    await paying.hand_off("U0BEN")


async def test_a_void_invoice_cannot_be_paid_again(paying: Unpaid) -> None:
    """Void while being paid: the payment is over and so is the card."""
    paying.town.tenant.void(paying.number)
    await paying.bot.scan()

    assert "void" in text_of(paying.card)
    assert not paying.can_be_paid
    await ended(paying, "superseded")


async def test_the_end_of_a_payment_can_be_seen_by_whoever_presses_first(paying: Unpaid) -> None:
    """No scan has run since the payment failed; the press sees it in Azure by itself."""
    paying.town.tenant.decline(paying.number)

    view = await paying.press("U0BEN", seen=paying.posted)

    assert view.callback_id == "pay.confirm"
    await ended(paying, "failed")
