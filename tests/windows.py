"""Windows that buttons open, and the thread below a card: for approvals, take-overs and snoozes."""

from sandbox.slack import Message, View
from sandbox.slack.rules import message_complaints
from tests.alerting import identity
from tests.paying import Unpaid, answered, card_of
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
