"""Scans that stay away are noticed: in the channel, in the metrics, and outside."""

from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.serving import serve
from sandbox.slack import Message, text_of
from tests.alerting import page
from tests.test_worker import working
from tests.town import FINANCE, Bot, Town
from tests.waiting import until

WORDS = "has not been able to read all invoices"
TICK = 60
READY = '{"ready":true,"store":"append-only file on, noeviction."}'


def alarms(town: Town) -> list[Message]:
    """The messages that scans stay away."""
    return [message for message in town.posts() if WORDS in text_of(message)]


async def heartbeat(town: Town) -> str:
    """A monitor to be called after each scan; its calls are in the town's traffic."""

    async def beat(_: Request) -> Response:
        return Response("ok")

    app = Starlette(routes=[Route("/beat", beat)])
    serving = serve(app, "monitor", faults=town.faults, traffic=town.traffic)
    return f"{await town.stack.enter_async_context(serving)}/beat"


async def scanning(town: Town, **settings: Any) -> Bot:
    """A bot that scans every minute and has just done so."""
    bot = await town.bot(scan_every_seconds=TICK, **settings)
    await bot.scan()
    return bot


async def check(*bots: Bot) -> None:
    """What each bot does every tick."""
    for bot in bots:
        await bot.house.dispatch.deadman.check()


async def test_a_channel_can_hear_that_scans_stay_away_once(contoso: Town) -> None:
    """After three ticks without a scan comes exactly one message, from whichever bot."""
    bots = [await scanning(contoso), await contoso.bot(scan_every_seconds=TICK)]
    contoso.clock.advance(seconds=3 * TICK)
    await check(*bots)
    assert alarms(contoso) == []
    for _ in range(3):
        contoso.clock.advance(seconds=TICK)
        await check(*bots)
    assert len(alarms(contoso)) == 1
    await check(await contoso.bot(scan_every_seconds=TICK))
    assert len(alarms(contoso)) == 1


async def test_a_channel_can_hear_of_the_next_silence_after_a_recovery(contoso: Town) -> None:
    """A complete scan ends the alarm without a word; a later silence is told again."""
    bot = await scanning(contoso)
    for silence in (1, 2):
        contoso.clock.advance(seconds=4 * TICK)
        await check(bot)
        assert len(alarms(contoso)) == silence
        await bot.scan()
        await check(bot)
        assert len(contoso.posts()) == silence


async def test_an_operator_can_see_that_scans_stay_away(contoso: Town) -> None:
    """``/metrics`` tells each account's last scan and ``/readyz`` since when there was none."""
    bot = await scanning(contoso)
    began = contoso.clock.now()
    line = f'aib_last_scan_timestamp_seconds{{account="{contoso.account}"}} '
    contoso.clock.advance(seconds=3 * TICK)
    assert await page(bot, "/readyz") == READY
    contoso.clock.advance(seconds=1)
    assert f'"no_complete_scan_since":"{began.isoformat()}"' in await page(bot, "/readyz")
    value = next(one for one in (await page(bot, "/metrics")).splitlines() if line in one)
    assert float(value.removeprefix(line)) == pytest.approx(began.timestamp())
    await bot.scan()
    assert await page(bot, "/readyz") == READY


async def test_a_monitor_can_hear_each_complete_scan(contoso: Town) -> None:
    """``HEARTBEAT_URL`` is called after each complete scan, and not after one that failed."""
    bot = await scanning(contoso, heartbeat_url=await heartbeat(contoso))
    assert contoso.traffic.count("/beat") == 1
    contoso.fault("GET */invoices", "status", status=403)
    assert not (await bot.house.look()).is_complete
    assert contoso.traffic.count("/beat") == 1
    await bot.scan()
    assert contoso.traffic.count("/beat") == 2
    await bot.scan(dry_run=True)
    assert contoso.traffic.count("/beat") == 2


@pytest.mark.parametrize("kind", ["status", "drop_before"])
async def test_a_scan_cannot_be_harmed_by_its_monitor(contoso: Town, kind: str) -> None:
    """A monitor that does not answer costs nothing but its own call."""
    number = contoso.invoice()
    address = await heartbeat(contoso)
    contoso.fault("GET /beat", kind, times=-1)  # type: ignore[arg-type]
    await scanning(contoso, heartbeat_url=address)
    assert contoso.card(number).ts


async def test_an_operator_can_see_which_account_was_not_read(contoso: Town) -> None:
    """A scan of one account out of two names the other, and does not count as complete for it."""
    second = contoso.tenant.add_account("Fabrikam")
    contoso.tenant.assign("billing-account-reader", contoso.tenant.bot_id, second)
    number = contoso.invoice()
    bot = await scanning(contoso, heartbeat_url=await heartbeat(contoso))
    began = contoso.clock.now()
    contoso.fault(f"GET */{second}/invoices", "status", status=403, times=-1)
    for _ in range(4):
        contoso.clock.advance(seconds=TICK)
        report = await bot.scan()
        await check(bot)
    (failure,) = report.failures
    assert "Fabrikam" in failure
    assert "Contoso" not in failure
    times = await bot.outside.outbox.scan_times()
    assert times == {contoso.account: contoso.clock.now(), second: began}
    assert len(alarms(contoso)) == 1
    assert contoso.traffic.count("/beat") == 1
    assert contoso.card(number).ts
    contoso.faults.clear()
    await bot.scan()
    await check(bot)
    assert await page(bot, "/readyz") == READY


async def test_a_channel_can_hear_of_it_once_slack_is_back(contoso: Town) -> None:
    """An alarm that Slack did not take is raised by the next check."""
    bot = await scanning(contoso)
    contoso.clock.advance(seconds=4 * TICK)
    contoso.fault("* */chat.postMessage", "status", status=403)
    with pytest.raises(Exception, match="Slack"):
        await check(bot)
    assert alarms(contoso) == []
    await check(bot)
    await check(bot)
    assert len(alarms(contoso)) == 1


async def test_a_channel_can_hear_that_no_scan_ever_came_through(contoso: Town) -> None:
    """A bot that has never been able to read anything says so after three ticks, once."""
    contoso.fault("GET */billingAccounts", "status", status=403, times=-1)
    bot = await contoso.bot(scan_every_seconds=TICK)
    await check(bot)
    assert await page(bot, "/readyz") == READY
    for _ in range(5):
        contoso.clock.advance(seconds=TICK)
        await check(bot)
    assert len(alarms(contoso)) == 1
    assert "no_complete_scan_since" in await page(bot, "/readyz")


async def test_an_operator_can_stop_watching_an_account(contoso: Town) -> None:
    """An account that the settings no longer name is not waited for; one they newly name is."""
    second = contoso.tenant.add_account("Fabrikam")
    contoso.tenant.assign("billing-account-reader", contoso.tenant.bot_id, second)
    await scanning(contoso)
    bot = await contoso.bot(scan_every_seconds=TICK, azure_billing_accounts=contoso.account)
    contoso.clock.advance(seconds=4 * TICK)
    await bot.scan()
    await check(bot)
    assert alarms(contoso) == []
    both = f"{contoso.account},not:there_2019-05-31"
    bot = await contoso.bot(scan_every_seconds=TICK, azure_billing_accounts=both)
    await check(bot)
    contoso.clock.advance(seconds=4 * TICK)
    await bot.scan()
    await check(bot)
    assert len(alarms(contoso)) == 1


async def test_a_channel_can_hear_of_it_from_a_worker(contoso: Town) -> None:
    """The worker itself notices that its scans fail, and that they come through again."""
    bot = await contoso.bot(scan_every_seconds=1, heartbeat_url=await heartbeat(contoso))
    async with working(bot):
        await until(lambda: contoso.traffic.count("/beat"))
        contoso.fault("GET */billingAccounts", "status", status=403, times=-1)
        contoso.clock.advance(minutes=1)
        await until(lambda: alarms(contoso))
        contoso.faults.clear()
        beats = contoso.traffic.count("/beat")
        await until(lambda: contoso.traffic.count("/beat") > beats)

    assert len(alarms(contoso)) == 1
    assert contoso.posts(FINANCE) == alarms(contoso)
