"""A payment's steps a second beside bare EVALSHA, and the round trips of a click and a confirm."""

import asyncio
import itertools
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from redis.asyncio import Redis

from benchmarks.company import card_ts, company
from benchmarks.figures import Figure, median, ratio
from benchmarks.round_trips import counted
from bot.adapters.clock import SystemClock
from bot.adapters.redis_connection import connect
from bot.adapters.redis_payments import RedisPayments
from bot.domain.invoice import Status
from bot.domain.money import Money
from bot.domain.offer import Offer
from bot.domain.payment import Payment, State
from sandbox.slack import Person
from tests.town import FINANCE, Bot, Town, modal, told

_AT_ONCE, _ROUNDS, _SECONDS = 64, 10, 0.6
_PRESSES = 5


async def payments() -> list[Figure]:
    """Take payments through their steps, and count what one person's click and confirm ask."""
    async with company() as town:
        steps, bare = await _rates(town.redis_url)
        trips = await _trips(town)
    return [
        median(f"a payment's steps, {_AT_ONCE} at once", steps, "/s"),
        median(f"EVALSHA of an empty script, {_AT_ONCE} at once", bare, "/s"),
        median("steps / EVALSHA", ratio(steps, bare), least=0.6),
        median("Redis round trips, click to offer", trips["click"], most=2),
        median("the same, first click on an invoice in this process", trips["first click"]),
        median("Redis round trips, confirm to hand-off", trips["confirm"], most=3),
        median("Redis round trips nobody waits for, click", trips["after click"]),
        median("Redis round trips nobody waits for, confirm", trips["after confirm"]),
    ]


async def _rates(url: str) -> tuple[list[float], list[float]]:
    client, plain = await connect(url), Redis.from_url(url)
    store = RedisPayments(client, "TBENCH", SystemClock())
    await store.begin_ledger()
    empty = plain.register_script("return 0")
    serials = itertools.count()

    async def life() -> int:
        """An offer, its claim, and the end of the payment: three steps."""
        offer, payment = _one(next(serials))
        await store.make(offer, 600)
        claimed = await store.claim(offer, payment)
        settled = replace(payment, state=State.SETTLED, operation=f"settled:{payment.operation}")
        ended = await store.move(payment, settled, story=False)
        if not claimed or not ended or ended.payment.state is not State.SETTLED:
            raise RuntimeError("a payment did not go its way")
        return 3

    async def nothing() -> int:
        await empty()
        return 1

    steps, bare = list[float](), list[float]()
    for _ in range(_ROUNDS):
        bare.append(await _rate(nothing))
        steps.append(await _rate(life))
    await client.aclose()
    await plain.aclose()
    return steps, bare


async def _rate(work: Callable[[], Awaitable[int]]) -> float:
    """How many a second, ``_AT_ONCE`` tasks side by side."""
    began = time.perf_counter()

    async def again() -> int:
        made = 0
        while time.perf_counter() - began < _SECONDS:
            made += await work()
        return made

    made = await asyncio.gather(*(again() for _ in range(_AT_ONCE)))
    return sum(made) / (time.perf_counter() - began)


def _one(serial: int) -> tuple[Offer, Payment]:
    amount, token, number = Money(Decimal("12340.00"), "EUR"), f"token-{serial}", f"G{serial:09d}"
    account, profile = "a:b_2019-05-31", "TIIZ-Q3Y4-BG7-TGB"
    offer = Offer(token, "TBENCH", "U0ADA", number, account, profile, amount, Status.OVERDUE)
    payment = Payment(
        invoice=number,
        state=State.HANDED_OFF,
        operation=token,
        payer="U0ADA",
        entra_id="0be108b7-9267-50e3-92c5-8f9027c5fcdf",
        role="billing-account-owner",
        amount=amount,
        since=datetime.now(UTC),
        failures_before=0,
        payments_before=0,
        id=token,
        team="TBENCH",
        billing_account=account,
        billing_profile=profile,
    )
    return offer, payment


async def _trips(town: Town) -> dict[str, list[float]]:
    """Round trips by what they are for; the first invoice, whose scripts are new, does not count."""
    numbers = [town.invoice() for _ in range(_PRESSES + 1)]
    bot = await town.bot()
    await bot.scan()
    found: dict[str, list[float]] = defaultdict(list)
    async with Person(town.workspace, "U0ADA", bot.url, clock=town.clock.seconds) as ada:
        for number in numbers:
            for kind in ("first click", "click"):
                for view in ada.modals():
                    await ada.close(view.id)
                await bot.settle()
                with counted() as count:
                    await _pressed(ada, bot, card_ts(town, number))
                found[kind].append(count.until("payment.offered"))
                found[f"after {kind}"].append(count.made - found[kind][-1])
            with counted() as count:
                await _confirmed(ada, bot)
            found["confirm"].append(count.until("payment.handed_off"))
            found["after confirm"].append(count.made - found["confirm"][-1])
    return {name: values[1:] for name, values in found.items()}


async def _pressed(ada: Person, bot: Bot, ts: str) -> None:
    await ada.press(FINANCE, ts, "pay.open")
    await modal(ada, "pay.confirm")
    await bot.settle()


async def _confirmed(ada: Person, bot: Bot) -> None:
    (view,) = [v for v in ada.modals() if v.callback_id == "pay.confirm"]
    await ada.submit(view.id)
    await told(ada, "reserved for you")
    await bot.settle()
    await ada.close(ada.modals()[-1].id)
