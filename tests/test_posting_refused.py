"""Slack says no: the operator reads why and how to mend it, and nothing else suffers."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest

from bot.errors import SlackRefused
from sandbox.slack import text_of
from tests.cards import assert_kept, remembering
from tests.town import Bot, Town


def _archive(town: Town) -> None:
    town.workspace.channels["C0TEAM"].is_archived = True


def _expel(town: Town) -> None:
    town.workspace.channels["C0TEAM"].members.remove(town.workspace.bot_user_id)


def _close(town: Town) -> None:
    del town.workspace.channels["C0TEAM"]


async def two_channels(town: Town) -> tuple[Bot, str, str]:
    """A bot that has served before, an invoice for C0TEAM and one for the finance channel."""
    town.workspace.add_channel("C0TEAM", "team")
    bot = await town.bot(alert_routes={"Research": "C0TEAM"})
    await bot.scan()
    research = town.tenant.add_profile(town.account, "Research", currency="EUR")
    due = town.midnight() - timedelta(days=3)
    lost = town.tenant.add_invoice(
        town.account, research, amount=Decimal(5), due=due, status="OverDue"
    )
    return bot, lost, town.invoice()


@pytest.mark.parametrize(
    ("spoil", "code"),
    [(_close, "channel_not_found"), (_expel, "not_in_channel"), (_archive, "is_archived")],
)
async def test_an_operator_can_be_told_of_a_channel_the_bot_cannot_use(
    contoso: Town, spoil: Callable[[Town], None], code: str
) -> None:
    """One sentence with the fix names the channel and its invoices; other channels go on."""
    bot, lost, found = await two_channels(contoso)
    spoil(contoso)
    report = await bot.scan()
    (failure,) = report.failures
    assert failure.startswith(f"The bot cannot use the Slack channel C0TEAM ({code}): check ")
    assert failure.endswith(f"and invite the bot there. ({lost})")
    await assert_kept_only(contoso, found)


async def assert_kept_only(town: Town, number: str) -> None:
    """The finance channel holds this card and no other."""
    assert [text_of(message).count(number) > 0 for message in town.posts()] == [True]


@pytest.mark.parametrize("spoil", [_close, _expel, _archive])
async def test_an_operator_can_mend_a_route(contoso: Town, spoil: Callable[[Town], None]) -> None:
    """What could not be posted to a bad channel is posted to the good one set in its place."""
    bot, lost, found = await two_channels(contoso)
    spoil(contoso)
    await bot.scan()
    mended = await contoso.bot()
    assert (await mended.scan()).is_complete
    await assert_kept(contoso, mended, lost, found)


async def test_an_operator_can_invite_the_bot_afterwards(contoso: Town) -> None:
    """Once the bot is in the channel the card is posted there."""
    bot, lost, _ = await two_channels(contoso)
    _expel(contoso)
    await bot.scan()
    contoso.workspace.channels["C0TEAM"].members.append(contoso.workspace.bot_user_id)
    assert (await bot.scan()).is_complete
    assert contoso.card(lost, "C0TEAM").bot_id


async def test_an_operator_can_be_told_that_the_token_was_revoked(contoso: Town) -> None:
    """A token that no longer works is one sentence for all cards, and nothing is lost by it."""
    bot = await remembering(contoso)
    numbers = [contoso.invoice() for _ in range(3)]
    token, contoso.workspace.bot_token = contoso.workspace.bot_token, "xoxb-another"
    report = await bot.scan()
    (failure,) = report.failures
    assert failure.startswith("Slack refuses the bot's token: check SLACK_BOT_TOKEN.")
    contoso.workspace.bot_token = token
    await bot.scan()
    await assert_kept(contoso, bot, *numbers)


async def test_an_operator_cannot_start_with_a_wrong_token(contoso: Town) -> None:
    """A wrong token is told before anything else is done."""
    contoso.workspace.bot_token = "xoxb-another"
    wrong = "xoxb-wrong"
    with pytest.raises(SlackRefused, match="check SLACK_BOT_TOKEN"):
        await contoso.bot(slack_bot_token=wrong)


async def test_an_operator_can_be_told_of_a_missing_scope(contoso: Town) -> None:
    """Without ``chat:write`` nothing is posted, and the sentence says where scopes come from."""
    bot = await remembering(contoso)
    number = contoso.invoice()
    contoso.workspace.scopes -= {"chat:write"}
    report = await bot.scan()
    assert report.failures == [
        f"The Slack app lacks a scope: update it from manifest.yml and reinstall it. ({number})"
    ]
    assert contoso.posts() == []
