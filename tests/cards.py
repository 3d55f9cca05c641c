"""What stands in the channel and in the store, as the tests of cards and posting read it."""

from decimal import Decimal

from redis.asyncio import Redis

from sandbox.slack import Message, text_of
from tests.paying import key, store
from tests.town import Bot, Town


def slack_calls(town: Town) -> list[str]:
    """The Web API methods called so far, sign-in aside."""
    paths = [one.path for one in town.traffic.exchanges if one.server == "slack"]
    return [path.rpartition("/")[2] for path in paths if not path.endswith("auth.test")]


def buttons(message: Message) -> list[str]:
    """The action ids on a message, in order."""
    return [
        element["action_id"]
        for block in message.blocks
        for element in block.get("elements", [])
        if "action_id" in element
    ]


def words(message: Message) -> str:
    """What a message shows, with plain spaces."""
    return text_of(message).replace("\xa0", " ")


async def contents(town: Town) -> dict[str, bytes | None]:
    """Every key of the workspace in Redis with its serialised value."""
    async with store(town) as redis:
        names = [name async for name in redis.scan_iter(key(town, "*"), count=1000)]
    async with Redis.from_url(town.redis_url) as redis:
        return {name: await redis.dump(name) for name in names}


async def assert_kept(town: Town, bot: Bot, *numbers: str) -> None:
    """Each invoice has one card, known to the bot: left alone as it is, and updated in place."""
    cards = {number: town.card(number).ts for number in numbers}
    calls = slack_calls(town)
    assert (await bot.scan()).is_complete
    assert slack_calls(town) == calls
    for number in numbers:
        town.tenant.change_amount(number, Decimal("1.25"))
    await bot.scan()
    for number, ts in cards.items():
        assert town.card(number).ts == ts
        assert "1.25 EUR" in words(town.card(number))
    assert len(town.posts()) == len(numbers)


async def remembering(town: Town) -> Bot:
    """A bot whose store has served before."""
    bot = await town.bot()
    await bot.scan()
    return bot
