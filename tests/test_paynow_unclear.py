"""PAYMENT_MODE=api when Azure's answer is lost or makes no sense: asked once, whatever happens.

One bot lives through all of it, with an invoice of its own for each way to fail.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest
import pytest_asyncio

from bot.domain.payment import Payment, State
from sandbox.faults import Fault
from tests.charging import PAYNOW, RESULTS, offer_preview, plain, thread
from tests.paying import Unpaid, card_of, journal
from tests.town import Bot, Town, town
from tests.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="module")

UNCLEAR = "It is not clear whether Azure took the payment of 12,340.00 EUR"
BILLING = "/providers/Microsoft.Billing/billingAccounts"
ON_CARD = "it is not clear whether Azure took the payment"


@dataclass
class Row:
    """One way to fail, the invoice it happened to, and what its payer saw in the end."""

    way: str
    invoice: Unpaid
    told: str = ""

    @property
    def asked(self) -> int:
        """How often Azure was asked to charge this invoice."""
        return self.invoice.town.traffic.count(f"/invoices/{self.invoice.number}/paynow")

    @property
    def card(self) -> str:
        """What the card says."""
        return plain(self.invoice.card)

    @property
    def thread(self) -> list[str]:
        """What its thread says."""
        return thread(self.invoice)

    async def payment(self) -> Payment:
        """As the store has it."""
        number = self.invoice.number
        return (await self.invoice.bot.outside.payments.current([number]))[number]

    async def state(self) -> State:
        """The payment's."""
        return (await self.payment()).state

    async def steps(self, state: str) -> int:
        """How often the audit trail has this step of this invoice's payment."""
        found = await journal(self.invoice.town, f"payment.{state}")
        return sum(entry["invoice"] == self.invoice.number for entry in found)


@dataclass
class House:
    """The one bot, and its town."""

    town: Town
    bot: Bot

    async def rows(self, ways: Iterable[str], bot: Bot | None = None) -> list[Row]:
        """A new invoice with a card for each of these."""
        numbers = {way: self.town.invoice() for way in ways}
        await self.bot.scan()
        return [
            Row(way, Unpaid(self.town, bot or self.bot, number, card_of(self.town, number)))
            for way, number in numbers.items()
        ]

    async def confirmed(self, faults: Mapping[str, Fault | None]) -> list[Row]:
        """An invoice for each of the faults, confirmed while it strikes."""
        rows = await self.rows(faults)
        for row in rows:
            view = await row.invoice.offer()
            if fault := faults[row.way]:
                self.town.faults.order(replace(fault))
            row.told = plain(await row.invoice.confirm(view))
            await (await row.invoice.person()).close(view.id)
        return rows

    async def watch(self, **later: float) -> None:
        """Let time pass, and the worker look after all payments."""
        self.town.clock.advance(**(later or {"seconds": 10}))
        watching = self.bot.house.cashier.watching
        while await self.bot.outside.watches.due_payments(1):
            await watching.payments()
        await self.bot.house.cashier.tell()
        await self.bot.settle()


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def served(redis_url: str) -> AsyncIterator[House]:
    """A town for all tests of this file."""
    async with town(redis_url) as made:
        with pytest.MonkeyPatch.context() as patch:
            for name, value in made.azure.environment().items():
                patch.setenv(name, value)
            offer_preview(made)
            made.colleague("U0BEN", "ben")
            made.holds("U0BEN", "billing-profile-owner")
            yield House(made, await made.bot(payment_mode="api"))


@pytest_asyncio.fixture(loop_scope="module")
async def house(served: House) -> AsyncIterator[House]:
    """The town, well again and with every invoice paid after each test."""
    yield served
    made, switches = served.town, served.town.tenant.switches
    made.faults.clear()
    switches.paynow_outcome, switches.paynow_at_once = "Succeeded", False
    switches.paynow_settles = True
    for invoice in made.tenant.invoices.values():
        if invoice.status != "Paid":
            made.tenant.pay(invoice.number)
    await served.bot.scan()


async def nothing_more(house: House, rows: list[Row]) -> None:
    """However often anybody looks, and whoever presses, Azure is not asked again."""
    for _ in range(2):
        await house.watch(minutes=20)
        await house.bot.scan()
    again = await rows[0].invoice.press(seen=rows[0].invoice.posted)
    assert not again.submit
    await (await rows[0].invoice.person()).close(again.id)
    for row in rows:
        assert row.asked == 1, row.way


async def settles(house: House, rows: list[Row], *, told_before: int) -> None:
    """Azure shows the invoices as paid: cards close, threads say so once, all is done."""
    invoices = house.town.tenant.invoices
    for row in rows:
        if invoices[row.invoice.number].status != "Paid":
            house.town.tenant.pay(row.invoice.number)
    await house.bot.scan()
    await house.watch()
    for row in rows:
        assert "Paid 12,340.00 EUR" in row.card, row.way
        assert "after <@U0ADA> confirmed" in row.thread[-1], row.way
        assert len(row.thread) == told_before + 1, row.way
        assert await row.state() is State.SETTLED, row.way
        assert await row.steps("settled") == 1, row.way
        paid_once = len(invoices[row.invoice.number].payments) == 1
        assert (row.asked, paid_once) == (1, True), row.way


def answer(status: int, **headers: str) -> tuple[Fault, Fault]:
    """Azure answers like this: once having done nothing, once having taken the payment."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    before, after = Fault(PAYNOW, "status"), Fault(PAYNOW, "status_after")
    return (
        replace(before, status=status, headers=names),
        replace(after, status=status, headers=names),
    )


FAULTS: dict[str, Fault] = {
    "cut off before": Fault(PAYNOW, "drop_before"),
    "dropped after commit": Fault(PAYNOW, "drop_after"),
    "200 that is no JSON": Fault(PAYNOW, "malformed"),
    "200 without a body": Fault(PAYNOW, "empty"),
    "202 without Location": answer(202)[1],
    "202 with a foreign Location": answer(202, Location=f"https://evil.example{BILLING}/x")[1],
    "202 with another path": answer(202, Location="/providers/Other.Thing/y")[1],
    "204": answer(204)[1],
    "redirect": answer(307, Location=f"{BILLING}/elsewhere")[0],
    "408": answer(408)[1],
    "409": answer(409)[0],
}
for _status in (500, 502, 503, 504):
    FAULTS[f"{_status} before"], FAULTS[f"{_status} after"] = answer(_status)
    FAULTS[f"{_status} before, Retry-After"], _ = answer(_status, Retry_After="0")
    _, FAULTS[f"{_status} after, Retry-After"] = answer(_status, Retry_After="1")


@pytest.mark.timeout(180)
async def test_the_bot_can_never_ask_twice(house: House) -> None:
    """Unclear: the payer, the card and the thread say so, nobody pays beside it, Paid ends it."""
    rows = await house.confirmed(FAULTS)

    for row in rows:
        assert UNCLEAR in row.told, row.way
        assert "The bot will not try again" in row.told
        assert await row.state() is State.UNCLEAR, row.way
        assert ON_CARD in row.card, row.way
        assert not row.invoice.can_be_paid
        (said,) = row.thread
        assert "<@U0ADA>, it is not clear whether Azure took the payment" in said
    await nothing_more(house, rows)
    for row in rows:
        assert (len(row.thread), await row.steps("unclear")) == (1, 1), row.way
    await settles(house, rows, told_before=1)


async def test_the_bot_can_never_ask_twice_after_a_timeout(house: House) -> None:
    """Azure says nothing for longer than the bot waits, having taken the payment or not."""
    hasty = await house.town.bot(payment_mode="api", patience=1.0)
    kinds: tuple[Any, ...] = ("hang_before", "hang_after")
    rows = await house.rows(kinds, hasty)
    people = []
    for row, user in zip(rows, ("U0ADA", "U0BEN"), strict=True):
        view = await row.invoice.offer(user)
        people.append((await row.invoice.person(user), view.id))
        kind: Any = row.way
        path = f"POST */{row.invoice.number}/paynow"
        house.town.faults.order(Fault(path, kind, seconds=3.2))

    await asyncio.gather(*(person.submit(view) for person, view in people))
    await hasty.settle()

    for row, (person, _) in zip(rows, people, strict=True):
        assert UNCLEAR in plain(person.modals()[-1])
        assert await row.state() is State.UNCLEAR
        assert ON_CARD in row.card
    await until(lambda: all(row.asked == 1 for row in rows))
    await nothing_more(house, rows)


REFUSALS = {
    "400": (answer(400)[0], "Azure says http 400."),
    "401": (answer(401)[0], "Azure says http 401."),
    "403": (answer(403)[0], "Azure says http 403."),
    "404": (answer(404)[0], "Azure says http 404."),
    "422": (answer(422)[0], "Azure says http 422."),
    "429": (Fault(PAYNOW, "throttle", seconds=0), "Azure says http 429."),
}


async def test_a_payer_can_use_the_portal_after_a_clear_no(house: House) -> None:
    """Nothing was begun, surely: the invoice stays theirs, and they are told why and where to pay."""
    rows = await house.confirmed({way: fault for way, (fault, _) in REFUSALS.items()})

    for row in rows:
        assert "Azure has charged nothing" in row.told, row.way
        assert REFUSALS[row.way][1] in row.told
        assert "Find invoice" in row.told
        assert "<@U0ADA> is paying since" in row.card
        (said,) = row.thread
        assert "<@U0ADA>, please pay 12,340.00 EUR in the Azure portal" in said
    await nothing_more(house, rows)
    await settles(house, rows, told_before=1)


@pytest.mark.parametrize("at_once", [False, True])
async def test_the_body_can_decide_alone_what_came_of_it(house: House, at_once: bool) -> None:
    """Succeeded and Completed charge, Faulted does not, all of them inside an HTTP 200."""
    house.town.tenant.switches.paynow_at_once = at_once
    rows = []
    for outcome in ("Succeeded", "Completed", "Faulted"):
        switched: Any = outcome
        house.town.tenant.switches.paynow_outcome = switched
        rows += await house.confirmed({outcome: None})
        for _ in range(3):
            await house.watch()

    failed = rows.pop()
    assert not at_once or "The payment failed: the bank declined it." in failed.told
    payment = await failed.payment()
    assert (payment.state, payment.reason) == (State.FAILED, "BankDeclined")
    assert "failed: the bank declined it." in failed.thread[-1]
    assert failed.invoice.can_be_paid
    assert (failed.asked, len(failed.thread)) == (1, 1)
    await settles(house, rows, told_before=0)


LOST: dict[str, Fault] = {
    "404": Fault(RESULTS, "status", status=404, times=-1),
    "403": Fault(RESULTS, "status", status=403, times=-1),
    "500": Fault(RESULTS, "status", times=-1),
    "503": Fault(RESULTS, "status", status=503, times=-1),
    "429": Fault(RESULTS, "throttle", seconds=0, times=-1),
    "garbage": Fault(RESULTS, "malformed", times=-1),
    "empty": Fault(RESULTS, "empty", times=-1),
    "dropped": Fault(RESULTS, "drop_before", times=-1),
}


async def followed(house: House, faults: Mapping[str, Fault]) -> list[Row]:
    """Invoices that are being charged, each by an operation that cannot be read."""
    rows = await house.confirmed(dict.fromkeys(faults))
    for row in rows:
        operations = house.town.tenant.operations.values()
        (name,) = [one.name for one in operations if one.invoice == row.invoice.number]
        house.town.faults.order(replace(faults[row.way], on=f"GET */{name}"))
    return rows


async def test_an_operation_that_cannot_be_read_becomes_unclear(house: House) -> None:
    """For a while the worker looks again; then people are told, and Paid ends it all the same."""
    house.town.tenant.switches.paynow_settles = False  # who asks after it may set it going
    rows = await followed(house, LOST)
    await house.watch()
    for row in rows:
        assert (await row.state(), row.thread) == (State.SUBMITTED, []), row.way

    await house.watch(minutes=16)

    for row in rows:
        assert await row.state() is State.UNCLEAR, row.way
        assert ON_CARD in row.thread[-1]
    await nothing_more(house, rows)
    house.town.faults.clear()
    await settles(house, rows, told_before=1)


async def test_a_charge_can_survive_a_bad_quarter_of_an_hour(house: House) -> None:
    """The operation could not be read for ten minutes: nobody hears of it, and it settles."""
    rows = await followed(house, {"garbage": LOST["garbage"]})
    await house.watch()
    await house.watch(minutes=9)
    house.town.faults.clear()
    for _ in range(3):
        await house.watch(minutes=5)

    await settles(house, rows, told_before=0)


async def test_an_unclear_operation_can_still_turn_out_to_have_failed(house: House) -> None:
    """Azure says Faulted after all: that is a clear no, and Pay now is back."""
    house.town.tenant.switches.paynow_outcome = "Faulted"
    (row,) = await followed(house, {"500": LOST["500"]})
    await house.watch(minutes=16)
    assert await row.state() is State.UNCLEAR
    house.town.faults.clear()

    for _ in range(3):
        await house.watch(hours=1)

    assert await row.state() is State.FAILED
    assert row.invoice.can_be_paid
    assert row.asked == 1


async def test_a_process_that_dies_while_it_asks_cannot_leave_the_charge_in_the_dark(
    house: House,
) -> None:
    """Nobody knows what Azure answered: a minute later another process says so, and asks nothing."""
    doomed = await house.town.bot(payment_mode="api")
    (row,) = await house.rows(["dies"], doomed)
    view = await row.invoice.offer()
    number = row.invoice.number
    house.town.faults.order(Fault(f"POST */{number}/paynow", "hang_after", seconds=0.5))
    await (await row.invoice.person()).submit(view.id)
    operations = house.town.tenant.operations
    await until(lambda: any(one.invoice == number for one in operations.values()))
    await doomed.outside.background.drain(0)

    await house.watch(seconds=59)
    assert await row.state() is State.SUBMITTED
    await house.watch(seconds=2)

    assert await row.state() is State.UNCLEAR
    assert ON_CARD in row.card
    await until(lambda: row.asked == 1)
    await nothing_more(house, [row])
    await settles(house, [row], told_before=1)
