"""Redis loses everything: the bot asks again and alerts again, but hands nothing off twice."""

import asyncio

import pytest

from bot.domain.payment import NOT_OVER, State
from sandbox.slack import text_of
from tests.cards import words
from tests.paying import Unpaid, journal, key, lose_everything, nothing_started, store, unpaid
from tests.town import Town
from tests.windows import begun, payment

KEPT = ("invoice", "state", "payer", "amount", "currency", "since", "failures_before", "id", "way")
REBUILT = "is being rebuilt from Slack"
MAY_NOT_KNOW = "ask in the channel before you pay"


@pytest.fixture
async def invoice(contoso: Town) -> Unpaid:
    """An invoice that both Ada and Ben may pay."""
    contoso.colleague("U0BEN", "ben")
    contoso.holds("U0BEN", "billing-account-owner")
    return await unpaid(contoso)


async def has_ledger(town: Town) -> bool:
    """Whether the store says of itself that it knows all payments."""
    async with store(town) as redis:
        return bool(await redis.exists(key(town, "ledger")))


async def test_a_second_payer_cannot_start_what_the_store_has_forgotten(invoice: Unpaid) -> None:
    """Ada is paying, the store is empty, and Ben's screen still shows the button."""
    await invoice.hand_off()
    await invoice.bot.settle()
    before = await payment(invoice)
    await lose_everything(invoice.town)

    assert REBUILT in text_of(await invoice.press("U0BEN", seen=invoice.posted))
    await invoice.bot.scan()
    assert "is paying this invoice since" in text_of(
        await invoice.press("U0BEN", seen=invoice.posted)
    )
    assert not invoice.can_be_paid
    after = await payment(invoice)
    assert {name: after.get(name) for name in KEPT} == {name: before.get(name) for name in KEPT}

    invoice.town.tenant.pay(invoice.number)
    await invoice.bot.scan()
    assert "paid" in words(invoice.card)


@pytest.mark.parametrize("state", sorted(NOT_OVER))
async def test_a_payment_can_outlive_the_store_in_each_of_its_states(
    invoice: Unpaid, state: State
) -> None:
    """The card's own metadata brings it back, with its payer, its amount and its time."""
    await begun(invoice, State.HANDED_OFF if state is State.STALLED else state)
    if state is State.STALLED:
        invoice.town.clock.advance(hours=25)
        await invoice.bot.scan()
    await invoice.bot.settle()
    before = await payment(invoice)
    assert before["state"] == state
    await lose_everything(invoice.town)

    await invoice.bot.house.cashier.recovery()

    after = await payment(invoice)
    assert {name: after.get(name) for name in KEPT} == {name: before.get(name) for name in KEPT}
    assert len(await journal(invoice.town, "payment.restored")) == 1


async def test_a_payment_cannot_be_restored_twice(invoice: Unpaid) -> None:
    """Two workers find the store empty at the same moment."""
    await invoice.hand_off()
    await invoice.bot.settle()
    await lose_everything(invoice.town)
    other = await invoice.town.bot()
    await asyncio.gather(invoice.bot.house.cashier.recovery(), other.house.cashier.recovery())
    await invoice.bot.house.cashier.recovery()
    assert len(await journal(invoice.town, "payment.restored")) == 1


async def test_a_confirmation_cannot_outlive_the_store(invoice: Unpaid) -> None:
    """What was offered before the loss is no longer valid, before and after all is rebuilt."""
    first, second = await invoice.offer("U0ADA"), await invoice.offer("U0BEN")
    await lose_everything(invoice.town)
    told = text_of(await invoice.confirm(first))
    assert REBUILT in told or "no longer valid" in told
    await invoice.bot.scan()
    assert "no longer valid" in text_of(await invoice.confirm(second))
    assert await nothing_started(invoice.town)
    await invoice.hand_off("U0BEN")


async def test_nobody_can_pay_while_slack_cannot_tell_who_is_paying(invoice: Unpaid) -> None:
    """Store lost and history unreadable: refused until it can be read, scan after scan."""
    await invoice.hand_off()
    await invoice.bot.settle()
    await lose_everything(invoice.town)
    invoice.town.fault("* */conversations.history", "status", status=500, times=-1)
    await invoice.bot.scan()
    assert not await has_ledger(invoice.town)
    assert REBUILT in text_of(await invoice.press("U0BEN", seen=invoice.posted))

    invoice.town.faults.clear()
    await invoice.bot.scan()
    assert "is paying this invoice since" in text_of(
        await invoice.press("U0BEN", seen=invoice.posted)
    )


async def test_a_new_installation_can_pay_at_once(contoso: Town) -> None:
    """Its first scan finds nothing to restore; an unreadable invoice elsewhere holds up nobody."""
    contoso.invoice(raw={"properties": {"amountDue": "a lot"}})
    invoice = await unpaid(contoso)
    assert await has_ledger(contoso)
    assert MAY_NOT_KNOW not in text_of(await invoice.offer())
    await invoice.hand_off()


async def test_a_second_payer_cannot_miss_that_a_payment_may_be_forgotten(invoice: Unpaid) -> None:
    """The store was lost before Ada's payment was on the card: Ben is warned, for a week."""
    invoice.town.fault("* */chat.update", "status", status=500, times=-1)
    await invoice.hand_off()
    await lose_everything(invoice.town)
    invoice.town.faults.clear()
    await invoice.bot.scan()

    offer = await invoice.offer("U0BEN")
    assert "The bot lost its memory on" in text_of(offer)
    assert MAY_NOT_KNOW in text_of(offer)
    async with store(invoice.town) as redis:
        assert 6 < await redis.ttl(key(invoice.town, "ledger", "lost")) / 86_400 <= 7
        await redis.delete(key(invoice.town, "ledger", "lost"))
    assert MAY_NOT_KNOW not in text_of(await invoice.offer("U0BEN"))


async def test_a_channel_cannot_get_a_card_twice_for_a_lost_store(invoice: Unpaid) -> None:
    """At worst it is reminded again; the card itself is found and taken up."""
    await lose_everything(invoice.town)
    report = await invoice.bot.scan()
    assert report.count("posted") == 0
    assert len(invoice.town.posts()) == 1
