"""What an operator's Prometheus can read: what happened how often, never who or how much."""

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.errors import BotError
from sandbox.slack import text_of
from tests.shell import free_port, running
from tests.town import FINANCE, Bot, Town, modal, told
from tests.waiting import until

Samples = dict[str, dict[tuple[tuple[str, str], ...], float]]


async def samples(base: str) -> Samples:
    """All our samples at an address, by name and labels."""
    async with aiohttp.request("GET", f"{base}/metrics") as answer:
        assert answer.status == 200
        text = await answer.text()
    found: Samples = {}
    for family in text_string_to_metric_families(text):
        for one in family.samples:
            if one.name.startswith("aib_"):
                found.setdefault(one.name, {})[tuple(sorted(one.labels.items()))] = one.value
    return found


def value(of: Samples, name: str, **labels: str) -> float:
    """One sample; 0 where there is none yet, as Prometheus has it."""
    return of.get(name, {}).get(tuple(sorted(labels.items())), 0.0)


def base(bot: Bot) -> str:
    """Where a bot serves."""
    return bot.url.removesuffix("/slack/events")


async def test_an_operator_can_count_a_payment_and_all_it_took(contoso: Town) -> None:
    """Scans, cards, clicks and calls are counted; invoices are shown by status and currency."""
    number = contoso.invoice()
    bot = await contoso.bot()
    before = await samples(base(bot))
    await bot.scan()
    ada = await contoso.person("U0ADA", bot)
    await ada.press(FINANCE, contoso.card(number).ts, "pay.open")
    await ada.submit((await modal(ada, "pay.confirm")).id)
    await told(ada, "reserved for you")
    await bot.settle()
    after = await samples(base(bot))

    def grown(name: str, **labels: str) -> float:
        return value(after, name, **labels) - value(before, name, **labels)

    assert grown("aib_scans_total", result="complete") == 1
    assert grown("aib_scan_seconds_count") == 1
    assert grown("aib_cards_total", done="posted") == 1
    assert value(after, "aib_invoices", status="overdue", currency="EUR") == 1
    assert grown("aib_calls_total", service="azure", status="ok") >= 4
    assert grown("aib_calls_total", service="graph", status="ok") >= 1
    assert grown("aib_calls_total", service="slack", status="ok") >= 4
    clicks = after["aib_interactions_total"]
    old = before.get("aib_interactions_total", {})
    assert sum(clicks.values()) - sum(old.values()) == 2
    assert all({name for name, _ in labels} == {"kind", "outcome"} for labels in clicks)


async def test_an_operator_can_count_what_failed_by_its_kind(contoso: Town) -> None:
    """A call that failed is counted under the kind of its failure, and so is its scan."""
    contoso.invoice()
    bot = await contoso.bot()
    before = await samples(base(bot))
    contoso.fault("* */chat.postMessage", "status", status=500, times=-1)
    await bot.scan()
    contoso.fault("GET */billingAccounts", "status", status=403, times=-1)
    with pytest.raises(BotError):
        await bot.scan()
    after = await samples(base(bot))
    for name, labels in (
        ("aib_calls_total", {"service": "azure", "status": "AzureDenied"}),
        ("aib_calls_total", {"service": "slack", "status": "SlackUnclear"}),
        ("aib_scans_total", {"result": "AzureDenied"}),
        ("aib_cards_total", {"done": "failed"}),
    ):
        assert value(after, name, **labels) > value(before, name, **labels), name


async def test_an_operator_can_see_what_waits_and_when_scans_came_through(contoso: Town) -> None:
    """Any web process shows the outbox and the last scan of them all."""
    for _ in range(3):
        contoso.invoice()
    bot = await contoso.bot()
    await bot.house.look()
    async with running("web", given=contoso.environment()) as web:
        await web.ready()
        seen = await samples(web.url)
        assert value(seen, "aib_outbox_waiting", channel=FINANCE) == 3
        last = value(seen, "aib_last_scan_timestamp_seconds", account=contoso.account)
        assert last == pytest.approx(contoso.clock.seconds(), abs=1)
        await bot.scan()
        assert value(await samples(web.url), "aib_outbox_waiting", channel=FINANCE) == 0


async def test_an_operator_can_read_a_workers_metrics_at_its_own_port(contoso: Town) -> None:
    """``METRICS_PORT`` makes the worker serve what it did itself."""
    number, port = contoso.invoice(), free_port()
    given = contoso.environment() | {"METRICS_PORT": str(port)}
    async with running("worker", given=given) as worker:
        await worker.ready()
        await until(lambda: any(number in text_of(m) for m in contoso.posts()), within=10)

        async def counted() -> bool:
            seen = await samples(f"http://127.0.0.1:{port}")
            posted = value(seen, "aib_cards_total", done="posted")
            return (posted, value(seen, "aib_scans_total", result="complete")) == (1, 1)

        await until(counted)


async def test_a_colleague_cannot_be_found_in_the_metrics(contoso: Town) -> None:
    """No amount, no name, no id of a person, no invoice number."""
    number = contoso.invoice()
    bot = await contoso.bot()
    await bot.scan()
    ada = await contoso.person("U0ADA", bot)
    await ada.press(FINANCE, contoso.card(number).ts, "pay.open")
    await modal(ada, "pay.confirm")
    await bot.settle()
    told_labels = {
        v for labels in (await samples(base(bot))).values() for k in labels for _, v in k
    }
    for private in (number, "U0ADA", "ada", "12340", contoso.ids["U0ADA"]):
        assert not [label for label in told_labels if private.lower() == label.lower()]
