"""Windows that buttons open, and the thread below a card: for approvals, take-overs and snoozes."""

import secrets
from decimal import Decimal
from typing import Any

from bot.domain.invoice import Status
from bot.domain.money import Money
from bot.domain.offer import Offer
from bot.domain.payment import Payment, State
from sandbox.slack import Message, View, text_of
from sandbox.slack.rules import message_complaints
from tests.alerting import identity
from tests.paying import Unpaid, answered, card_of, key, store
from tests.town import Town


async def window(
    invoice: Unpaid, user: str, action: str, *, on: Message | None = None, option: str | None = None
) -> View:
    """Press a button, on the card unless told otherwise; the window once it has ceased checking."""
    person = await invoice.person(user)
    before = len(person.modals())
    receipt = await person.press_stale(on or invoice.card, action, option=option)
    assert (receipt.status, receipt.trouble) == (200, "")
    return await answered(person, modals=before + 1)


async def submit(invoice: Unpaid, view: View, values: dict[str, str] | None = None) -> View:
    """Submit a window; what it shows in the end, once the bot has done all that follows."""
    person = await invoice.person(view.user)
    receipt = await person.submit(view.id, values)
    assert (receipt.status, receipt.trouble) == (200, "")
    final = await answered(person, modals=len(person.modals()))
    await invoice.bot.settle()
    return final


def stories(town: Town, number: str) -> list[Message]:
    """What the thread of an invoice's card tells of its payments, oldest first."""
    card = card_of(town, number)
    found = [m for m in town.posts() if m.thread_ts == card.ts and identity(m).startswith("story:")]
    assert [complaint for m in found for complaint in message_complaints(m.blocks)] == []
    return found


async def begun(
    invoice: Unpaid, state: State, *, user: str = "U0ADA", amount: str = "12340.00", **fields: Any
) -> None:
    """Let a person have confirmed, as ``test_pay_now`` shows it through all of Slack and Azure."""
    town, outside = invoice.town, invoice.bot.outside
    team, due = town.workspace.team_id, Money(Decimal(amount), "EUR")
    token, where = secrets.token_urlsafe(12), (town.account, town.profile)
    offer = Offer(token, team, user, invoice.number, *where, due, Status.OVERDUE)
    assert await outside.payments.make(offer, 600) is None
    payment = Payment(
        invoice.number,
        state,
        token,
        user,
        town.ids[user],
        "billing-account-owner",
        due,
        town.clock.now(),
        id=token,
        team=team,
        billing_account=town.account,
        billing_profile=town.profile,
        **fields,
    )
    claimed = await outside.payments.claim(offer, payment, story=state is State.AWAITING_APPROVAL)
    assert claimed is not None
    assert claimed.payment == payment
    await invoice.bot.house.cards.refresh(invoice.number)
    await invoice.bot.house.cashier.tell()


async def payment(invoice: Unpaid) -> dict[str, str]:
    """The fields of the invoice's payment in the store."""
    async with store(invoice.town) as redis:
        name = key(invoice.town, "payment", invoice.number)
        found: dict[str, str] = await redis.hgetall(name)
        return found


def words_of(view: View) -> str:
    """What a window says, with plain spaces."""
    return text_of(view).replace("\xa0", " ")


def slow_down(invoice: Unpaid) -> None:
    """From now on the bot takes half a minute and more to find out who may see an invoice."""
    access = invoice.bot.house.access
    asked_before = access.viewer

    async def slow(*who: Any) -> Any:
        invoice.town.clock.advance(seconds=31)
        return await asked_before(*who)

    access.viewer = slow  # type: ignore[method-assign,assignment]
