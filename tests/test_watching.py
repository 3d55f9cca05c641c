"""Between scans: payments are followed to their end, and expired confirmations say so."""

from itertools import pairwise

import pytest

from sandbox.slack import text_of
from tests.alerting import card
from tests.cards import slack_calls
from tests.paying import Unpaid, journal, offers, store, unpaid
from tests.paying import key as key_of
from tests.town import Town

VALID = "no longer valid"


@pytest.fixture
async def paying(contoso: Town) -> Unpaid:
    """An invoice that Ada is paying."""
    invoice = await unpaid(contoso)
    await invoice.hand_off()
    contoso.traffic.exchanges.clear()
    return invoice


async def watch(invoice: Unpaid) -> int:
    """Let the bot look after payments now; how many single invoices it has read so far."""
    await invoice.bot.house.cashier.watching.payments()
    return invoice.town.traffic.count(f"/invoices/{invoice.number}")


async def test_a_payment_can_be_watched_less_and_less_often(paying: Unpaid) -> None:
    """The first look comes after a minute, later ones ever more seldom, then once an hour."""
    assert await watch(paying) == 0
    looks: list[int] = []
    for minute in range(1, 24 * 60 + 1):
        paying.town.clock.advance(minutes=1)
        if await watch(paying) > len(looks):
            looks.append(minute)
    gaps = [later - earlier for earlier, later in pairwise(looks)]
    assert looks[:4] == [1, 2, 3, 4]
    assert gaps == sorted(gaps)
    assert max(gaps) == gaps[-1] == 60
    assert len(looks) < 50


async def test_a_payment_can_settle_without_a_scan(paying: Unpaid) -> None:
    """A minute after Azure shows it the card says paid, and nobody looks any longer."""
    paying.town.tenant.pay(paying.number)
    paying.town.clock.advance(minutes=1)
    assert await watch(paying) == 1
    assert "paid" in text_of(card(paying.town, paying.number))
    assert not paying.can_be_paid
    assert len(await journal(paying.town, "payment.settled")) == 1
    paying.town.clock.advance(hours=5)
    assert await watch(paying) == 1


async def test_a_failed_payment_can_be_made_again_without_a_scan(paying: Unpaid) -> None:
    """When Azure shows that the card was declined, Pay now comes back by itself."""
    paying.town.tenant.decline(paying.number)
    paying.town.clock.advance(minutes=1)
    await watch(paying)
    assert paying.can_be_paid
    assert "failed" in text_of(paying.card)


async def test_a_payment_cannot_be_forgotten_by_a_restart_or_an_outage(paying: Unpaid) -> None:
    """The next process goes on watching, also after Azure did not answer for a while."""
    paying.town.fault(f"GET */invoices/{paying.number}", "status", status=404, times=1)
    paying.town.clock.advance(minutes=1)
    await watch(paying)
    assert "is paying since" in text_of(paying.card)
    paying.town.tenant.pay(paying.number)
    paying.town.clock.advance(minutes=2)
    await (await paying.town.bot()).house.cashier.watching.payments()
    assert "paid" in text_of(paying.card)


async def test_a_payment_cannot_be_watched_after_a_scan_has_ended_it(paying: Unpaid) -> None:
    """What a scan has settled is not read again between scans."""
    paying.town.tenant.pay(paying.number)
    await paying.bot.scan()
    paying.town.traffic.exchanges.clear()
    paying.town.clock.advance(hours=2)
    assert await watch(paying) == 0


async def test_a_payment_can_be_watched_by_two_bots(paying: Unpaid) -> None:
    """Both may look at the same moment: it ends once, and the card is right."""
    other = await paying.town.bot()
    paying.town.tenant.pay(paying.number)
    paying.town.clock.advance(minutes=1)
    await paying.bot.house.cashier.watching.payments()
    await other.house.cashier.watching.payments()
    assert len(await journal(paying.town, "payment.settled")) == 1
    assert "paid" in text_of(paying.card)


# Confirmations


async def test_a_payer_can_be_told_that_a_confirmation_has_expired(contoso: Town) -> None:
    """Whoever leaves it open for too long is told, and nothing was started."""
    invoice = await unpaid(contoso)
    view = await invoice.offer()
    contoso.clock.advance(seconds=601)
    await invoice.bot.house.cashier.watching.offers()
    assert (await invoice.person()).modals() == [view]  # surely over, before anybody is told
    contoso.clock.advance(seconds=2)
    await invoice.bot.house.cashier.watching.offers()
    (shown,) = (await invoice.person()).modals()
    assert (shown.id, VALID in text_of(shown), shown.submit) == (view.id, True, None)
    assert invoice.can_be_paid


async def test_a_payer_can_be_told_of_it_by_another_bot_once(contoso: Town) -> None:
    """The telling survives a restart, and comes once."""
    invoice = await unpaid(contoso, confirmation_ttl_seconds=1)
    await invoice.offer()
    await invoice.bot.settle()
    contoso.clock.advance(seconds=4)
    later = await contoso.bot()
    for _ in range(2):
        await later.house.cashier.watching.offers()
    (shown,) = (await invoice.person()).modals()
    assert VALID in text_of(shown)
    updates = slack_calls(contoso).count("views.update")
    await later.house.cashier.watching.offers()
    assert slack_calls(contoso).count("views.update") == updates
    async with store(contoso) as redis:
        left = [name async for name in redis.scan_iter(key_of(contoso, "shown", "*"))]
        assert left == await redis.zrange(key_of(contoso, "watch", "offers"), 0, -1) == []


async def test_a_payer_cannot_be_told_that_a_used_confirmation_expired(contoso: Town) -> None:
    """Who has confirmed keeps the link to the payment on the screen."""
    invoice = await unpaid(contoso)
    await invoice.hand_off()
    calls = slack_calls(contoso)
    contoso.clock.advance(hours=1)
    await invoice.bot.house.cashier.watching.offers()
    assert slack_calls(contoso) == calls


async def test_a_payer_can_close_a_confirmation_and_hear_no_more_of_it(contoso: Town) -> None:
    """A closed modal is withdrawn; Slack is not asked to change what is gone."""
    invoice = await unpaid(contoso)
    view = await invoice.offer()
    await (await invoice.person()).close(view.id)
    await invoice.bot.settle()
    assert await offers(contoso) == {}
    calls = slack_calls(contoso)
    contoso.clock.advance(hours=1)
    await invoice.bot.house.cashier.watching.offers()
    assert slack_calls(contoso) == calls


async def test_a_screen_that_went_away_cannot_hold_up_the_others(contoso: Town) -> None:
    """Where Slack no longer knows the modal, the next one is served, and none is tried again."""
    contoso.colleague("U0BEN", "ben")
    contoso.holds("U0BEN", "billing-profile-owner")
    invoice = await unpaid(contoso)
    await invoice.offer("U0ADA")
    contoso.clock.advance(seconds=1)
    await invoice.offer("U0BEN")
    await invoice.bot.settle()
    contoso.clock.advance(minutes=11)
    contoso.fault("* */views.update", "status", status=404)
    await invoice.bot.house.cashier.watching.offers()
    (shown,) = (await invoice.person("U0BEN")).modals()
    assert VALID in text_of(shown)
    calls = slack_calls(contoso)
    await invoice.bot.house.cashier.watching.offers()
    assert slack_calls(contoso) == calls
