"""Invoices that the bot itself may have charged, as the tests of PAYMENT_MODE=api use them."""

from typing import Any

from bot.domain.payment import Payment
from sandbox.slack import Message, View, text_of
from tests.paying import Unpaid, answered, card_of, unpaid
from tests.town import Town

PAYNOW = "POST */paynow"
ELIGIBILITY = "POST */validatePaynowEligibility"
RESULTS = "GET */operationResults/*"
PORTAL = "leads you to the Azure portal"


def offer_preview(town: Town) -> None:
    """The tenant has the preview, and lets its bot pay with it."""
    town.tenant.switches.paynow = "offered"
    town.tenant.switches.retry_after = 0
    town.tenant.assign(
        "billing-profile-contributor", town.tenant.bot_id, town.account, town.profile
    )


async def chargeable(town: Town, **settings: Any) -> Unpaid:
    """An overdue invoice in a tenant that offers the preview to its bot."""
    offer_preview(town)
    return await unpaid(town, **({"payment_mode": "api"} | settings))


async def choose(invoice: Unpaid, view: View, position: str) -> View:
    """Choose the method at this position and confirm; the modal it ends in."""
    person = await invoice.person(view.user)
    receipt = await person.submit(view.id, {"pay.method": position})
    assert (receipt.status, receipt.trouble) == (200, "")
    final = await answered(person, modals=len(person.modals()))
    await invoice.bot.settle()
    return final


def asked(town: Town) -> int:
    """How often Azure was asked to charge anything."""
    return town.traffic.count("/paynow")


def one_operation(town: Town) -> Any:
    """The only payment that Azure was asked for."""
    assert asked(town) == 1
    (operation,) = town.tenant.operations.values()
    return operation


async def latest(invoice: Unpaid) -> Payment:
    """The invoice's payment as the store has it."""
    found = await invoice.bot.outside.payments.current([invoice.number])
    return found[invoice.number]


async def watch(invoice: Unpaid, **later: float) -> None:
    """Let time pass (ten seconds unless told), and the worker look after payments and tell of them."""
    invoice.town.clock.advance(**(later or {"seconds": 10}))
    await invoice.bot.house.cashier.watching.payments()
    await invoice.bot.house.cashier.tell()
    await invoice.bot.settle()


def thread(invoice: Unpaid) -> list[str]:
    """What is told of the invoice's payments in the thread of its card, oldest first."""
    card = card_of(invoice.town, invoice.number)
    return [
        plain(message)
        for message in invoice.town.posts()
        if message.thread_ts == (card.thread_ts or card.ts)
        and (message.metadata or {})["event_payload"].get("invoice") == invoice.number
        and message.ts != card.ts
    ]


def plain(what: Message | View) -> str:
    """What it says, with plain spaces."""
    return text_of(what).replace("\xa0", " ")
