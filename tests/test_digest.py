"""The digest: each channel is told by the clock what is owed, since when, and what has changed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from docket import Docket, Worker

from bot.digest_clock import digest_jobs, is_tick
from bot.services.report import ScanReport
from sandbox.slack import Message
from tests.alerting import identity, set_time
from tests.cards import words
from tests.paying import lose_everything, unpaid
from tests.town import FINANCE, Bot, Town
from tests.waiting import until

POST = "* */chat.postMessage"
OTHER = "C0OTHER"
PARIS = ZoneInfo("Europe/Paris")


def digests(town: Town, channel: str = FINANCE) -> list[Message]:
    """The digests in a channel, oldest first."""
    return [m for m in town.posts(channel) if identity(m).startswith("digest:")]


async def tell(bot: Bot, tick: datetime | None = None) -> None:
    """One tick of the digest, and its delivery."""
    await bot.house.digest(tick)
    await bot.house.dispatch.delivery.all(ScanReport(dry_run=False))


async def told(town: Town, bot: Bot, channel: str = FINANCE) -> Message:
    """The digest that comes of a tick now."""
    before = len(digests(town, channel))
    await tell(bot)
    *_, last = digests(town, channel)
    assert len(digests(town, channel)) == before + 1
    return last


def rows(message: Message) -> list[list[str]]:
    """The cells of the message's table, with plain spaces."""
    (table,) = [block for block in message.blocks if block["type"] == "table"]
    return [[cell["text"].replace("\xa0", " ") for cell in row] for row in table["rows"]]


async def test_a_channel_can_see_what_is_owed_by_age(contoso: Town) -> None:
    """A row for each profile and currency, a column for each age, and no sum of two currencies."""
    for days, amount in ((-5, 1), (10, 2), (30, 4), (31, 8), (75, 16), (91, 32), (400, 64)):
        contoso.invoice(days_overdue=days, amount=Decimal(amount))
    contoso.invoice(days_overdue=40, amount=Decimal("0.50"), currency="USD")
    message = await told(contoso, await contoso.bot())
    ages = ["Not due", "1–30 days", "31–60 days", "61–90 days", "Over 90 days"]
    assert rows(message) == [
        ["Billing profile", *ages, "In all"],
        ["Contoso Finance", "1.00 EUR", "6.00 EUR", "8.00 EUR", "16.00 EUR", "96.00 EUR", "127.00 EUR"],
        ["Contoso Finance", "–", "–", "0.50 USD", "–", "–", "0.50 USD"],
    ]  # fmt: skip
    assert "Overdue: 126.00 EUR · 0.50 USD · in all: 127.00 EUR · 0.50 USD" in words(
        message
    ).replace("*", "")
    assert "7 invoices are overdue" in message.text


async def test_a_channel_can_see_the_biggest_and_the_oldest(contoso: Town) -> None:
    """The biggest of each currency, and the one longest overdue."""
    contoso.invoice("G000000001", days_overdue=3, amount=Decimal(900))
    contoso.invoice("G000000002", days_overdue=50, amount=Decimal(5))
    contoso.invoice("G000000003", days_overdue=-9, amount=Decimal(7), currency="USD")
    shown = words(await told(contoso, await contoso.bot())).replace("*", "")
    biggest, oldest = (
        next(line for line in shown.splitlines() if line.startswith(f"{word}: "))
        for word in ("Biggest", "Oldest")
    )
    assert "G000000001 (900.00 EUR, 3 days overdue, Contoso Finance)" in biggest
    assert "G000000003 (7.00 USD, due in 9 days" in biggest
    assert "G000000002 (5.00 EUR, 50 days overdue" in oldest


@pytest.mark.parametrize(
    ("unpaid_ones", "words_said"),
    [
        (0, "Nothing is overdue, and nothing is due."),
        (2, "Nothing is overdue; 2 invoices are not due yet: 24,680.00 EUR."),
    ],
)
async def test_a_channel_can_see_in_one_line_that_nothing_is_overdue(
    contoso: Town, unpaid_ones: int, words_said: str
) -> None:
    """No table, one sentence."""
    for _ in range(unpaid_ones):
        contoso.invoice(days_overdue=-20)
    message = await told(contoso, await contoso.bot())
    assert [block["type"] for block in message.blocks] == ["header", "section"]
    assert words_said in words(message)


async def test_a_channel_can_see_what_was_paid_and_by_whom(contoso: Town) -> None:
    """What was paid since the last digest, who confirmed it here, and what was paid elsewhere."""
    invoice = await unpaid(contoso)
    elsewhere, void, left = (contoso.invoice() for _ in range(3))
    await invoice.bot.scan()
    assert "Since" not in words(await told(contoso, invoice.bot))
    await invoice.hand_off()
    contoso.tenant.pay(invoice.number)
    contoso.tenant.pay(elsewhere)
    contoso.tenant.void(void)
    contoso.clock.advance(days=1)
    contoso.invoice()
    fresh_and_paid = contoso.invoice()
    contoso.tenant.pay(fresh_and_paid)
    await invoice.bot.scan()
    shown = words(await told(contoso, invoice.bot))
    assert f"{invoice.number} paid: 12,340.00 EUR, confirmed by <@U0ADA>" in shown
    assert f"{elsewhere} paid: 12,340.00 EUR, not through this bot" in shown
    assert f"{fresh_and_paid} paid:" in shown
    assert "1 new, 3 paid, 1 void or replaced" in shown
    contoso.clock.advance(days=1)
    again = words(await told(contoso, invoice.bot))
    assert "0 new, 0 paid." in again
    assert elsewhere not in again
    assert "In all" in again
    assert left in again


async def test_a_channel_cannot_see_a_digest_twice(contoso: Town) -> None:
    """However often, and by however many, a tick's job is run, people see one message."""
    contoso.invoice()
    bots = [await contoso.bot(), await contoso.bot()]
    tick = contoso.clock.now().replace(second=0, microsecond=0)
    await asyncio.gather(*(tell(bot, tick) for bot in bots))
    await tell(bots[0], tick)
    await tell(bots[0], tick - timedelta(days=1))
    assert len(digests(contoso)) == 1
    await lose_everything(contoso)
    await tell(bots[1], tick)
    (message,) = digests(contoso)
    assert (message.metadata or {})["event_payload"]["tick"] == tick.isoformat()


@pytest.mark.parametrize("kind", ["drop_after", "truncated", "drop_before"])
async def test_a_channel_cannot_see_a_digest_twice_when_the_answer_is_lost(
    contoso: Town, kind: Any
) -> None:
    """Whether Slack took it is looked up before it is posted again."""
    bot = await contoso.bot()
    contoso.fault(POST, kind)
    await tell(bot)
    await tell(bot)
    assert len(digests(contoso)) == 1


async def test_a_channel_can_get_its_digest_once_slack_is_back(contoso: Town) -> None:
    """A digest waits in the outbox; where a later one comes to it, the later one alone is posted."""
    contoso.invoice()
    bot = await contoso.bot()
    first = await told(contoso, bot)
    number = contoso.invoice()
    contoso.fault(POST, "status", times=-1)
    for _ in range(2):
        contoso.clock.advance(days=1)
        await tell(bot)
    contoso.faults.clear()
    await bot.house.dispatch.delivery.all(ScanReport(dry_run=False))
    kept, last = digests(contoso)
    assert kept.ts == first.ts
    assert "1 new, 0 paid" in words(last)  # compared with the one that people have seen
    assert number
    assert await bot.outside.outbox.channels() == {}


async def test_a_channel_can_get_a_digest_of_its_own_invoices_only(contoso: Town) -> None:
    """Each channel is told of the profiles that go there."""
    contoso.workspace.add_channel(OTHER, "other")
    first, other = (
        contoso.profile,
        contoso.tenant.add_profile(contoso.account, "Fabrikam", currency="EUR"),
    )
    contoso.invoice(amount=Decimal(1))
    contoso.profile = other
    contoso.invoice(amount=Decimal(2))
    contoso.profile = first
    bot = await contoso.bot(alert_routes={other.lower(): OTHER})
    await tell(bot)
    for channel, name, sum_shown in (
        (FINANCE, "Contoso Finance", "1.00 EUR"),
        (OTHER, "Fabrikam", "2.00 EUR"),
    ):
        (message,) = digests(contoso, channel)
        ((profile, *_, total),) = rows(message)[1:]
        assert (profile, total) == (name, sum_shown)


async def test_a_channel_can_see_that_azure_hid_an_account(contoso: Town) -> None:
    """Accounts that could not be read are named; what is known of their cards stays in the sums."""
    second = contoso.tenant.add_account("Fabrikam")
    contoso.tenant.assign("billing-account-reader", contoso.tenant.bot_id, second)
    contoso.invoice()
    bot = await contoso.bot()
    await bot.scan()
    first, profile = contoso.account, contoso.tenant.add_profile(second, "Fabrikam", currency="EUR")
    contoso.tenant.add_invoice(
        second, profile, amount=Decimal(1), due=contoso.midnight(), status="Due"
    )
    contoso.clock.advance(minutes=2)
    contoso.fault(f"GET */{first}/invoices", "status", status=403, times=-1)
    shown = words(await told(contoso, bot))
    assert "Azure did not show everything (Contoso)" in shown
    assert "12,340.00 EUR" in shown


async def test_a_channel_can_get_a_digest_of_a_thousand_profiles(contoso: Town) -> None:
    """A table that is too long for Slack is cut, and says so; the sums are those of all."""
    for n in range(120):
        contoso.profile = contoso.tenant.add_profile(
            contoso.account, f"Profile {n:03}", currency="EUR"
        )
        contoso.invoice(amount=Decimal(1))
    message = await told(contoso, await contoso.bot())
    shown = len(rows(message)) - 1
    assert f"And {120 - shown} more." in words(message)
    assert "120.00 EUR" in words(message)


async def test_a_channel_can_get_a_digest_in_quiet_hours(contoso: Town) -> None:
    """Who sets its time has chosen it."""
    set_time(contoso, 5, 23)
    await told(contoso, await contoso.bot(quiet_hours="18:00-08:00,weekends"))


# By the clock


@asynccontextmanager
async def clockwork(bot: Bot, expression: str, zone: ZoneInfo = PARIS) -> AsyncIterator[Docket]:
    """A worker with nothing but the digest's jobs."""
    name = f"aib:jobs:{bot.outside.home.team}"
    async with Docket(name=name, url=bot.outside.redis_url) as docket:
        for job in digest_jobs(expression, zone, bot.house, docket):
            docket.register(job)
        step = timedelta(milliseconds=50)
        async with Worker(
            docket, minimum_check_interval=step, scheduling_resolution=step
        ) as worker:
            running = asyncio.create_task(worker.run_forever())
            yield docket
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def test_an_operator_can_choose_when_the_digest_comes(contoso: Town) -> None:
    """``DIGEST_CRON`` is read in ``TIMEZONE``; the next tick is waiting as soon as a worker runs."""
    async with clockwork(await contoso.bot(), "30 7 * * *") as docket:

        async def next_one() -> list[datetime]:
            return [one.when for one in (await docket.snapshot()).future]

        (when,) = await until(next_one)
    assert when.astimezone(PARIS).strftime("%H:%M") == "07:30"
    assert timedelta(0) < when - datetime.now(UTC) <= timedelta(days=1, hours=1)


async def test_a_channel_can_count_on_a_tick_that_was_missed_by_a_fault(contoso: Town) -> None:
    """A tick whose making fails is tried again a minute later, under its own name."""
    contoso.fault("GET */billingAccounts", "status", status=403, times=-1)
    tick = datetime.now(UTC).replace(second=0, microsecond=0)
    async with clockwork(await contoso.bot(), "") as docket:
        await docket.add("make_digest", key="first")(tick.isoformat(), 0)

        async def again() -> list[tuple[str, datetime]]:
            future = (await docket.snapshot()).future
            return [(one.key, one.when) for one in future if one.key != "first"]

        ((key, when),) = await until(again)
    assert key == f"digest:{tick.isoformat()}:1"
    assert timedelta(seconds=30) < when - datetime.now(UTC) <= timedelta(minutes=1)


async def test_a_channel_can_get_a_digest_from_a_worker(contoso: Town) -> None:
    """A tick of the clock is made and put into the outbox, once."""
    bot = await contoso.bot()
    async with clockwork(bot, "* * * * *") as docket:
        now = datetime.now(UTC)
        for key in ("one", "two"):
            await docket.add("digest", when=now, key=key)()
        await until(bot.outside.outbox.channels)
    assert await bot.outside.outbox.channels() == {FINANCE: 1}


def test_an_operator_cannot_get_a_digest_at_a_time_set_before() -> None:
    """A tick that was scheduled under another ``DIGEST_CRON`` is none any more."""
    nine = datetime(2026, 7, 1, 9, 0, 12, tzinfo=PARIS)
    assert is_tick("0 9 * * *", PARIS, nine.astimezone(UTC))
    assert not is_tick("30 9 * * *", PARIS, nine)
    assert not is_tick("0 9 * * *", ZoneInfo("UTC"), nine)
