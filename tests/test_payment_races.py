"""One invoice never has two payments in flight, however many people and processes are in it."""

import asyncio
from collections import Counter
from dataclasses import replace

import pytest

from sandbox.slack import View, text_of
from tests.paying import Unpaid, journal, key, offers, store, unpaid
from tests.shell import Running, running
from tests.town import Town
from tests.waiting import until

ROUNDS = 32


@pytest.fixture
async def town(contoso: Town) -> Town:
    """Contoso with Ada and Ben, who may both pay."""
    contoso.colleague("U0BEN", "ben")
    contoso.holds("U0BEN", "billing-profile-contributor")
    return contoso


def behind(invoice: Unpaid, process: Running) -> Unpaid:
    """The same invoice, its buttons answered by this process."""
    bot = replace(invoice.bot, url=f"{process.url}/slack/events")
    return replace(invoice, bot=bot, people={})


async def clear_screen(invoice: Unpaid, view: View) -> None:
    """Close the modal, so that the next one is the first again."""
    await (await invoice.person(view.user)).close(view.id)


async def test_two_people_in_two_processes_can_never_both_start_a_payment(town: Town) -> None:
    """Both confirm at the same moment, 32 times: one hand-off each time, and one is told of it."""
    given = town.environment()
    async with running("web", given=given) as first, running("web", given=given) as second:
        await asyncio.gather(first.ready(), second.ready())
        await race(town, first, second)


async def race(town: Town, *processes: Running) -> None:
    """Let Ada behind the first process and Ben behind the second confirm at once, many times."""
    first_bot = await unpaid(town)
    numbers = [first_bot.number, *(town.invoice() for _ in range(ROUNDS - 1))]
    await first_bot.bot.scan()
    ada, ben = (behind(first_bot, process) for process in processes)
    winners: Counter[str] = Counter()

    for turn, number in enumerate(numbers):
        ada.number = ben.number = number
        hers, his = await asyncio.gather(ada.offer("U0ADA"), ben.offer("U0BEN"))
        both = [ada.confirm(hers), ben.confirm(his)]
        ends = await asyncio.gather(*(reversed(both) if turn % 2 else both))
        handed = [view for view in ends if "reserved for you" in text_of(view)]
        taken = [view for view in ends if "is paying this invoice since" in text_of(view)]
        assert (len(handed), len(taken)) == (1, 1), [text_of(view) for view in ends]
        assert f"<@{handed[0].user}> is paying" in text_of(taken[0])
        winners[handed[0].user] += 1
        await asyncio.gather(
            *(
                clear_screen(side, view)
                for side in (ada, ben)
                for view in ends
                if view.user in side.people
            )
        )

    entries = await journal(town, "payment.handed_off")
    assert Counter(entry["invoice"] for entry in entries) == Counter(numbers)
    assert Counter(entry["actor"] for entry in entries) == winners
    assert await offers(town) == {}


async def test_one_person_on_two_screens_can_start_one_payment_only(town: Town) -> None:
    """Ada confirms on her phone and on her desk, behind two bots: one payment, two links."""
    phone = await unpaid(town)
    desk = replace(phone, bot=await town.bot(), people={})
    first, second = await phone.offer(), await desk.offer()
    ada = await desk.person()

    submitting = asyncio.create_task(ada.submit(second.id))
    await asyncio.sleep(0)  # it is under way; now the other modal comes to the front
    town.workspace.modals.stacks["U0ADA"].reverse()
    await asyncio.gather(submitting, (await phone.person()).submit(first.id))
    await asyncio.gather(phone.bot.settle(), desk.bot.settle())

    assert all("reserved for you" in text_of(view) for view in ada.modals())
    assert len(await journal(town, "payment.handed_off")) == 1
    assert await offers(town) == {}


async def test_a_process_killed_after_the_claim_cannot_leave_a_false_card(town: Town) -> None:
    """It dies while Slack takes its time with the card; the claim holds and the next scan heals."""
    invoice = await unpaid(town)
    lock = key(town, "lock", f"card:{invoice.number}")
    async with running("web", given=town.environment()) as process, store(town) as redis:
        await process.ready()
        doomed = behind(invoice, process)
        view = await doomed.offer()
        town.fault("* */chat.update", "delay", seconds=1, times=-1)
        await (await doomed.person()).submit(view.id)
        await until(lambda: redis.exists(lock))
        await process.kill()
        town.faults.clear()

        assert invoice.can_be_paid
        assert "<@U0ADA> is paying" in text_of(await invoice.press("U0BEN"))

        assert 0 < await redis.pttl(lock) <= 15_000
        await redis.delete(lock)  # what time would do: the dead renew no lock
        await invoice.bot.scan()
    assert "<@U0ADA> is paying since" in text_of(invoice.card)
    assert not invoice.can_be_paid


async def test_a_process_killed_before_the_claim_cannot_have_started_anything(town: Town) -> None:
    """The confirmation dies with it; the same person goes on with another process."""
    invoice = await unpaid(town)
    async with running("web", given=town.environment()) as process:
        await process.ready()
        doomed = behind(invoice, process)
        view = await doomed.offer()
        town.fault("GET */billingRoleAssignments", "delay", seconds=1, times=-1)
        asked = town.traffic.count(f"/invoices/{invoice.number}")
        await (await doomed.person()).submit(view.id)
        await until(lambda: town.traffic.count(f"/invoices/{invoice.number}") > asked)
        await process.kill()
        town.faults.clear()

    assert await journal(town, "payment.handed_off") == []
    await invoice.hand_off()
