"""PAYMENT_MODE=api and four eyes: what the approval of a second payer sets going."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from bot.domain.payment import Payment, State
from tests.charging import (
    asked,
    chargeable,
    latest,
    one_operation,
    plain,
    thread,
    watch,
)
from tests.paying import Unpaid, journal
from tests.town import Town


async def approved(invoice: Unpaid, bot: Any = None) -> Payment | None:
    """Have the payment that waits for approval submitted, as the approval of Ben does."""
    payment = await latest(invoice)
    town, number = invoice.town, invoice.number
    bot = bot or invoice.bot
    reading = await bot.outside.billing.read(town.account, number)
    submitted: Payment | None = await bot.house.cashier.submit(
        payment,
        reading,
        event="payment.approved",
        facts={"actor": "U0BEN", "decision": "allowed"},
        approver="U0BEN",
        approver_entra_id="ben",
    )
    await bot.settle()
    return submitted


@pytest.fixture
async def waiting(contoso: Town) -> Unpaid:
    """An invoice whose payment by the bot waits for a second payer."""
    invoice = await chargeable(contoso, four_eyes_above={"EUR": Decimal(1000)})
    view = await invoice.offer()
    assert "Once approved, Azure charges 12,340.00 EUR" in plain(view)
    await invoice.confirm(view)
    assert asked(contoso) == 0
    assert (await latest(invoice)).method == "CARD1"
    return invoice


async def test_an_approved_payment_can_be_charged(waiting: Unpaid) -> None:
    """The approval takes it to Azure, once; the thread says who approved, and later that it is paid."""
    payment = await approved(waiting)

    assert payment is not None
    assert (payment.state, payment.approver) == (State.SUBMITTED, "U0BEN")
    assert one_operation(waiting.town).method == "CARD1"
    assert "<@U0BEN> has approved" in thread(waiting)[-1]
    (entry,) = await journal(waiting.town, "payment.approved")
    assert (entry["actor"], entry["decision"]) == ("U0BEN", "allowed")
    await watch(waiting)
    await watch(waiting)
    assert "Paid 12,340.00 EUR" in plain(waiting.card)
    assert asked(waiting.town) == 1


async def test_two_approvals_at_once_cannot_pay_twice(waiting: Unpaid) -> None:
    """In two processes, three times: one of them asks Azure, the others see that it is done."""
    other = await waiting.town.bot(payment_mode="api")

    found = await asyncio.gather(approved(waiting), approved(waiting, other), approved(waiting))

    assert asked(waiting.town) == 1
    assert {one.approver for one in found if one} == {"U0BEN"}
    assert len(await journal(waiting.town, "payment.approved")) == 1
    again = await approved(waiting, other)
    assert again is not None
    assert (again.state, asked(waiting.town)) == (State.SUBMITTED, 1)


async def test_a_payment_approved_after_the_mode_has_changed_goes_to_the_portal(
    waiting: Unpaid,
) -> None:
    """PAYMENT_MODE is portal again: nothing is charged, and the payer is asked to pay there."""
    portal = await waiting.town.bot(payment_mode="portal")

    payment = await approved(waiting, portal)

    assert payment is not None
    assert payment.state is State.HANDED_OFF
    assert asked(waiting.town) == 0
    assert "<@U0ADA>, please pay 12,340.00 EUR in the Azure portal" in thread(waiting)[-1]
