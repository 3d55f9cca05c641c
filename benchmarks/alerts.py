"""Many alerts at once against Slack's limit of about one message a second in a channel."""

import asyncio
import time
from collections import Counter

from benchmarks.company import company
from benchmarks.figures import Figure
from bot.services.report import ScanReport
from sandbox.slack.post_rate import BURST, PostRate
from tests.town import Town

_CHANNELS = ("C0BENCHA", "C0BENCHB", "C0BENCHC")
_PER_SECOND = 1.0


async def alerts(count: int) -> list[Figure]:
    """Deliver ``count`` new alerts into three channels, at the real pace."""
    async with company() as town:
        town.workspace.rate = PostRate(_PER_SECOND, time.time)
        routes = {}
        for channel in _CHANNELS:
            town.workspace.add_channel(channel, channel.lower(), [])
            town.profile = town.tenant.add_profile(town.account, channel, currency="EUR")
            routes[town.profile] = channel
        profiles = list(routes)
        numbers = []
        for serial in range(count):
            town.profile = profiles[serial % len(profiles)]
            numbers.append(town.invoice())
        bot = await town.bot(sleep=asyncio.sleep, alert_routes=routes)
        await bot.house.look()
        began = time.perf_counter()
        await bot.house.dispatch.delivery.all(ScanReport(dry_run=False))
        return _figures(town, numbers, time.perf_counter() - began)


def _figures(town: Town, numbers: list[str], seconds: float) -> list[Figure]:
    posts = [message for channel in _CHANNELS for message in town.posts(channel)]
    ids = Counter(
        str(m.metadata["event_payload"]["alert_id"]) for m in posts if m.metadata is not None
    )
    shown = {n: sum(ids[i] for i in ids if i.rpartition(":")[2] == n) for n in numbers}
    most = max(len(town.posts(channel)) for channel in _CHANNELS)
    one_a_second = (most - 1) / _PER_SECOND
    return [
        Figure("alerts", len(numbers)),
        Figure("messages in the busiest channel", most),
        Figure("wall time", seconds, "s"),
        Figure("one a second, by itself", one_a_second, "s"),
        Figure("wall time / one a second", seconds / one_a_second, most=1.05),
        Figure("the limit with its burst, by itself", (most - BURST) / _PER_SECOND, "s"),
        Figure("wall time / limit with burst", seconds / (most - BURST) * _PER_SECOND),
        Figure("posts answered with 429", town.workspace.throttled, most=0),
        Figure("alerts lost", sum(1 for times in shown.values() if not times), most=0),
        Figure("alerts doubled", sum(1 for times in shown.values() if times > 1), most=0),
    ]
