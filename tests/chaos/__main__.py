"""Run it: ``python -m tests.chaos --seconds 180 --seed 7``."""

import argparse
import asyncio
import json
import logging
import random
import sys
import time
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime
from pathlib import Path

from tests.chaos.machines import Fleet, valkey
from tests.chaos.people import OTHERS, PAYERS, Crowd, settle_in
from tests.chaos.troubles import Troubles
from tests.chaos.verdict import Books, audit, held, wrong_cards
from tests.town import Town, town
from tests.waiting import until

_CALM = 90.0  # seconds for everything to be put right once the trouble is over


async def tick(made: Town) -> None:
    """Keep the pretend world's clock at the real time."""
    while True:
        made.clock.moment = datetime.now(UTC)
        await asyncio.sleep(0.02)


async def run(seconds: float, seed: int, logs: Path | None = None) -> tuple[Books, Crowd, Troubles]:
    """Trouble for so long, then calm, then the verdict; the logs go to a folder, if one is given."""
    async with valkey() as store, town(store.url) as made, AsyncExitStack() as stack:
        settle_in(made)
        for _ in range(8):
            made.invoice()
        ticking = asyncio.create_task(tick(made))
        given = made.environment() | {"SCAN_EVERY_SECONDS": "3", "LOG_FORMAT": "json"}
        fleet = Fleet(given, stack)
        await asyncio.gather(
            *(fleet.start(f"{k}-{n}") for k in ("web", "worker") for n in range(2))
        )
        crowd = Crowd(made, fleet, random.Random(seed + 1))
        people = [asyncio.create_task(crowd.play(user)) for user in (*PAYERS, *OTHERS)]
        troubles = Troubles(made, fleet, store, random.Random(seed))
        await troubles.begin(seconds)
        crowd.stop = True
        made.faults.clear()
        await fleet.mend()
        await asyncio.gather(*people)
        with suppress(AssertionError):  # the verdict says it better
            await until(lambda: not wrong_cards(made), within=_CALM)
        for name in fleet.machines:
            fleet.look(name)
        books = await audit(made, crowd.ledger, fleet.errors)
        ticking.cancel()
        if logs is not None:
            fleet.keep_logs(logs)
            (logs / "store.json").write_text(json.dumps(await held(made), indent=1))
        return books, crowd, troubles


def main() -> None:
    """Print what happened; exit 1 where the books do not balance."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seconds", type=float, default=180.0)
    asked.add_argument("--seed", type=int, default=int(time.time()))
    asked.add_argument("--logs", type=Path, help="a folder for what the processes logged")
    given = asked.parse_args()
    # The pretend servers cut lines on purpose; their server would tell of each.
    logging.getLogger("uvicorn.error").addFilter(
        lambda record: "without starting response" not in record.getMessage()
    )
    print(f"chaos for {given.seconds:.0f} s, seed {given.seed}", flush=True)
    books, crowd, troubles = asyncio.run(run(given.seconds, given.seed, given.logs))
    for title, counts in (
        ("troubles", troubles.happened),
        ("people", crowd.ledger.seen),
        ("books", books.figures),
    ):
        print(f"{title}: " + ", ".join(f"{name} {n}" for name, n in sorted(counts.items())))
    for fault in books.faults:
        print(f"NOT RIGHT: {fault}")
    print("The books balance." if not books.faults else "The books do not balance.")
    sys.exit(bool(books.faults))


if __name__ == "__main__":
    main()
