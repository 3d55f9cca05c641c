"""An invoice that the bot itself may have charged, as the tests of PAYMENT_MODE=api use it."""

from typing import Any

from sandbox.slack import Message, View, text_of
from tests.paying import Unpaid, answered, card_of, unpaid
from tests.town import Town

PAYNOW = "POST */paynow"
RESULTS = "GET */operationResults/*"


async def chargeable(town: Town, **settings: Any) -> Unpaid:
    """An overdue invoice in a tenant that offers the preview to its bot."""
    town.tenant.switches.paynow = "offered"
    town.tenant.switches.retry_after = 0
    town.tenant.assign(
        "billing-profile-contributor", town.tenant.bot_id, town.account, town.profile
    )
    return await unpaid(town, **({"payment_mode": "api"} | settings))


async def choose(invoice: Unpaid, view: View, position: str) -> View:
    """Choose the method at this position and confirm; the modal it ends in."""
    person = await invoice.person(view.user)
    receipt = await person.submit(view.id, {"pay.method": position})
    assert (receipt.status, receipt.trouble) == (200, "")
    final = await answered(person, modals=len(person.modals()))
    await invoice.bot.settle()
    return final


def sent(invoice: Unpaid) -> int:
    """How often Azure was asked to charge anything."""
    return invoice.town.traffic.count("/paynow")


async def watch(invoice: Unpaid, **later: float) -> None:
    """Let time pass, and the worker look after payments and tell what is to be told."""
    invoice.town.clock.advance(**(later or {"seconds": 10}))
    await invoice.bot.house.cashier.watching.payments()
    await invoice.bot.house.cashier.tell()
    await invoice.bot.settle()


def thread(invoice: Unpaid) -> list[str]:
    """What the card's thread says, oldest first, with plain spaces."""
    ts = card_of(invoice.town, invoice.number).ts
    return [plain(m) for m in invoice.town.posts() if m.thread_ts == ts and m.ts != ts]


def plain(what: Message | View) -> str:
    """What it says, with plain spaces."""
    return text_of(what).replace("\xa0", " ")
