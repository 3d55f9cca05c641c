"""A record in the store that makes no sense: one failure for its invoice, and nothing else."""

from bot.domain.alert import Alert, Kind
from sandbox.slack import text_of
from tests.alerting import card, cards
from tests.cards import slack_calls
from tests.paying import key, store
from tests.town import FINANCE, Bot, Town


async def spoil(town: Town, number: str) -> None:
    """Write half a record in the place of a card's."""
    async with store(town) as redis:
        await redis.set(key(town, "card", number), '{"invoice": {"number": ')


async def two_cards(town: Town) -> tuple[Bot, str, str]:
    """A bot with two cards in the channel, the first one's record spoilt."""
    bad, good = town.invoice(days_overdue=6), town.invoice(days_overdue=6)
    bot = await town.bot()
    await bot.scan()
    await spoil(town, bad)
    return bot, bad, good


async def test_an_operator_can_see_which_record_is_spoilt(contoso: Town) -> None:
    """The scan names the invoice and the key; the other one is updated, and nothing is posted twice."""
    bot, bad, good = await two_cards(contoso)
    contoso.clock.advance(days=1)
    fresh = contoso.invoice()
    report = await bot.scan()
    (failure,) = report.failures
    assert "delete the key card:" in failure
    assert failure.endswith(f"({bad})")
    assert "7 days overdue" in text_of(card(contoso, good))
    assert card(contoso, fresh).ts
    assert len(cards(contoso, bad)) == 1


async def test_an_operator_can_see_a_spoilt_record_of_an_invoice_azure_lists_no_more(
    contoso: Town,
) -> None:
    """It is followed by its record alone, so the record is what fails, in a dry run as well."""
    bot, bad, _ = await two_cards(contoso)
    contoso.tenant.remove_invoice(bad)
    for dry_run in (False, True):
        (failure,) = (await bot.scan(dry_run=dry_run)).failures
        assert failure.endswith(f"({bad})")


async def test_a_channel_can_get_what_waits_behind_a_spoilt_record(contoso: Town) -> None:
    """An alert whose record is spoilt is passed over, in the outbox and among the cards to be shown."""
    bot, bad, good = await two_cards(contoso)
    contoso.clock.advance(days=1)
    await bot.outside.store.touch(bad, stale=True)
    await bot.outside.outbox.put(FINANCE, [Alert(Kind.REMINDER, bad, 7)])
    report = await bot.scan()
    assert report.count("reminded") == 1
    assert "7 days overdue" in text_of(card(contoso, good))
    assert await bot.outside.outbox.channels() == {}


async def test_an_operator_can_mend_a_spoilt_record(contoso: Town) -> None:
    """Once its key is deleted the next scan has a card in the channel again."""
    bot, bad, _ = await two_cards(contoso)
    async with store(contoso) as redis:
        await redis.delete(key(contoso, "card", bad))
    assert (await bot.scan()).is_complete
    assert contoso.button(cards(contoso, bad)[-1], "pay.open")
    before = slack_calls(contoso)
    await bot.scan()
    assert slack_calls(contoso) == before
