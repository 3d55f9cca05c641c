"""A docket worker that does nothing, to compare an idle bot with.

``python -m benchmarks.docket_worker ours|default``: with the settings the bot gives it and as many
tasks at the same times, or with its own settings and no task.
"""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from docket import Docket, Perpetual, Worker

_DOCKET: dict[str, Any] = {"heartbeat_interval": timedelta(seconds=5)}
_WORKER: dict[str, Any] = {
    "concurrency": 10,
    "redelivery_timeout": timedelta(seconds=10),
    "minimum_check_interval": timedelta(seconds=1),
    "scheduling_resolution": timedelta(seconds=1),
}
_EVERY = (10, 900, 900, 3600, 3600, 3600, 3600, 3600)  # seconds; the bot's jobs


def _task(serial: int, seconds: int) -> Callable[..., Awaitable[None]]:
    ticking = Perpetual(every=timedelta(seconds=seconds), automatic=True)

    async def nothing(tick: Perpetual = ticking) -> None:
        """Do nothing."""

    nothing.__name__ = f"task_{serial}"
    return nothing


async def _main(*, ours: bool) -> None:
    url = os.environ["REDIS_URL"]
    async with Docket(name="idle", url=url, **(_DOCKET if ours else {})) as docket:
        for serial, seconds in enumerate(_EVERY if ours else ()):
            docket.register(_task(serial, seconds))
        async with Worker(docket, **(_WORKER if ours else {})) as worker:
            print("ready", flush=True)
            await worker.run_forever()


if __name__ == "__main__":
    asyncio.run(_main(ours=sys.argv[1] == "ours"))
