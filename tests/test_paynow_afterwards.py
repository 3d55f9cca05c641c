"""PAYMENT_MODE=api after Azure was asked, and where it must not be asked."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from redis.asyncio import Redis

from bot.adapters.embedded_valkey import EmbeddedValkey
from bot.domain.paynow import SENT_BEFORE
from bot.views.language import Language
from bot.views.paynow import reason_words
from tests.charging import (
    PAYNOW,
    PORTAL,
    asked,
    chargeable,
    plain,
    thread,
    watch,
)
from tests.town import Town


@pytest.fixture
async def forgetful(contoso: Town, tmp_path: Path) -> AsyncIterator[Town]:
    """Contoso on a private Valkey, whose append-only file a test may switch off."""
    embedded = EmbeddedValkey(tmp_path / "data")
    url = await embedded.start()
    yield replace(contoso, redis_url=url)
    await contoso.stack.aclose()  # the bots first, then the store under them
    await embedded.stop()


async def append_nothing(town: Town) -> None:
    """From now on the store keeps nothing on disk."""
    async with Redis.from_url(town.redis_url) as redis:
        await redis.config_set("appendonly", "no")


async def test_a_store_that_may_forget_cannot_be_trusted_with_a_charge(forgetful: Town) -> None:
    """What is not surely on disk is not sent: the payer is led to the portal, and told why."""
    invoice = await chargeable(forgetful)
    view = await invoice.offer()
    await append_nothing(forgetful)

    told = await invoice.confirm(view)

    assert asked(forgetful) == 0
    assert "the bot's memory cannot promise to keep" in plain(told)
    assert "Find invoice" in plain(told)
    assert "<@U0ADA> is paying since" in plain(invoice.card)


async def test_an_operator_can_take_the_risk_of_a_store_that_may_forget(forgetful: Town) -> None:
    """With ALLOW_VOLATILE_STORE the bot pays all the same."""
    invoice = await chargeable(forgetful, allow_volatile_store=True)
    view = await invoice.offer()
    await append_nothing(forgetful)

    assert "Azure is charging" in plain(await invoice.confirm(view))


async def test_the_bot_can_never_charge_again_after_an_uncertain_end(contoso: Town) -> None:
    """Charged, says Azure, yet a day later the invoice is still due: the next payer gets the portal."""
    contoso.tenant.switches.paynow_settles = False
    contoso.tenant.switches.paynow_at_once = True
    invoice = await chargeable(contoso)
    told = await invoice.confirm(await invoice.offer())
    assert "Azure has charged 12,340.00 EUR" in plain(told)
    assert "Azure has charged the payment" in plain(invoice.card)
    await watch(invoice, hours=25)
    assert "still shows no payment" in plain(invoice.card)

    view = await invoice.offer()

    assert reason_words(Language(), SENT_BEFORE) in plain(view)
    assert PORTAL in plain(view)
    await invoice.confirm(view)
    assert asked(contoso) == 1


async def test_a_failed_charge_can_be_tried_again(contoso: Town) -> None:
    """Faulted is a clear no: the card says why, Pay now is back, and the bot may ask once more."""
    contoso.tenant.switches.paynow_outcome = "Faulted"
    invoice = await chargeable(contoso)
    await invoice.confirm(await invoice.offer())
    await watch(invoice)
    await watch(invoice)
    assert "failed: the bank declined it. It can be paid again" in plain(invoice.card)
    assert len(thread(invoice)) == 1

    contoso.tenant.switches.paynow_outcome = "Succeeded"
    await invoice.confirm(await invoice.offer())
    assert asked(contoso) == 2
    await watch(invoice)
    await watch(invoice)
    assert "Paid 12,340.00 EUR" in plain(invoice.card)
    assert len(contoso.tenant.invoices[invoice.number].payments) == 1


async def test_the_worker_cannot_ask_sooner_than_azure_wants(contoso: Town) -> None:
    """Retry-After is honoured from the first answer on."""
    invoice = await chargeable(contoso)
    contoso.tenant.switches.retry_after = 40
    await invoice.confirm(await invoice.offer())
    (operation,) = contoso.tenant.operations

    def looks() -> int:
        return contoso.traffic.count(f"/operationResults/{operation}")

    await watch(invoice, seconds=39)
    assert looks() == 0
    await watch(invoice, seconds=2)
    assert looks() == 1
    await watch(invoice, seconds=39)
    assert looks() == 1
    await watch(invoice, seconds=2)
    assert looks() == 2


async def test_a_charge_under_way_can_be_followed_in_portal_mode(contoso: Town) -> None:
    """Whoever switches the mode back does not lose sight of what was begun."""
    invoice = await chargeable(contoso)
    await invoice.confirm(await invoice.offer())
    portal = await contoso.bot(payment_mode="portal")

    for _ in range(2):
        contoso.clock.advance(seconds=10)
        await portal.house.cashier.watching.payments()

    assert "Paid 12,340.00 EUR" in plain(invoice.card)


async def test_nobody_can_pay_beside_a_charge_under_way(contoso: Town) -> None:
    """Others are told who is paying; the payer, pressing again, sees how it stands."""
    contoso.colleague("U0BEN", "ben")
    contoso.holds("U0BEN", "billing-profile-owner")
    invoice = await chargeable(contoso)
    view = await invoice.offer("U0BEN")
    await invoice.confirm(await invoice.offer())

    assert "<@U0ADA> is paying this invoice since" in plain(await invoice.confirm(view))
    again = await invoice.press(seen=invoice.posted)
    assert "Azure is charging 12,340.00 EUR" in plain(again)
    assert asked(contoso) == 1


async def test_a_refused_charge_can_be_paid_in_the_portal(contoso: Town) -> None:
    """Azure says no at once: nothing was begun, the payer is told why and goes to the portal."""
    invoice = await chargeable(contoso)
    view = await invoice.offer()
    contoso.fault(PAYNOW, "status", status=403)

    told = await invoice.confirm(view)

    assert "Azure has charged nothing" in plain(told)
    assert "Find invoice" in plain(told)
    assert not invoice.can_be_paid
    assert asked(contoso) == 1
