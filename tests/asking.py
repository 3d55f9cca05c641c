"""Ask the bot by slash command, and read its answers."""

from datetime import timedelta
from decimal import Decimal

from sandbox.slack import Message, Person
from sandbox.slack.rules import message_complaints
from tests.town import FINANCE, Bot, Town


async def ask(person: Person, bot: Bot, command: str, text: str = "") -> Message:
    """Type a command; the one answer to it, which only this person sees."""
    before = len(person.replies)
    receipt = await person.command(command, text, channel=FINANCE)
    assert (receipt.status, receipt.trouble) == (200, "")
    await bot.settle()
    assert len(person.replies) == before + 1
    answer = person.replies[-1]
    assert answer.seen_by == person.user.id
    assert message_complaints(answer.blocks) == []
    assert answer.text
    return answer


async def asker(town: Town, bot: Bot, role: str = "billing-profile-reader") -> Person:
    """A colleague with this role, or without any for ""."""
    town.colleague("U0RON", "ron")
    if role:
        town.holds("U0RON", role)
    return await town.person("U0RON", bot)


def rows(answer: Message) -> list[list[str]]:
    """The cells of an answer's table without its heading, with plain spaces."""
    (table,) = [block for block in answer.blocks if block["type"] == "table"]
    return [[cell["text"].replace("\xa0", " ") for cell in row] for row in table["rows"][1:]]


def numbers(answer: Message) -> list[str]:
    """The invoice numbers in an answer's table, in its order."""
    return [row[0] for row in rows(answer)]


def profile_of(town: Town, name: str, currency: str = "USD") -> str:
    """Another billing profile of the same account."""
    return town.tenant.add_profile(town.account, name, currency=currency)


def owed(town: Town, profile: str, amount: str = "5.00", account: str = "") -> str:
    """An overdue invoice of another profile."""
    due = town.midnight() - timedelta(days=3)
    return town.tenant.add_invoice(
        account or town.account, profile, amount=Decimal(amount), due=due, status="OverDue"
    )


async def page(person: Person, bot: Bot, action: str) -> Message:
    """Press a paging button on the last answer; that same message as it stands then."""
    before = person.replies
    receipt = await person.press(FINANCE, before[-1].ts, action)
    assert (receipt.status, receipt.trouble) == (200, "")
    await bot.settle()
    assert [one.ts for one in person.replies] == [one.ts for one in before]
    answer = person.replies[-1]
    assert message_complaints(answer.blocks) == []
    return answer
