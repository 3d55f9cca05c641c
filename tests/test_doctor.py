"""The doctor: Slack, the store, and what the bot has done and left to do."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from pydantic import SecretStr
from rich.console import Console

from bot.checkup import examine
from bot.domain.alert import Alert, Kind
from tests.alerting import card, cards, set_time
from tests.doctoring import examined
from tests.paying import key, store
from tests.town import FINANCE, HandClock, Town

OTHER = "C0OTHER"
TICK = 60


async def test_an_operator_can_see_that_all_is_well(contoso: Town) -> None:
    """Everything is looked at, each with one sentence, and the exit code is 0."""
    contoso.invoice()
    await (await contoso.bot()).scan()
    found = await examined(contoso)
    assert (found.code, found.not_ok) == (0, {})
    assert list(found.findings) == [
        *("Signing secret", "Slack token", "Slack scopes", "Clock", "Slack channels"),
        *("Who reads along", "Azure sign-in", "Azure billing", "Azure roles", "Microsoft Graph"),
        *("Who may pay", "Entra groups", "Payment methods"),
        *("Store", "Last scan", "Outbox", "Cards"),
    ]
    assert all(sentence.endswith(".") for _, sentence in found.findings.values())


async def test_an_operator_can_read_the_findings_in_lines(contoso: Town) -> None:
    """Without ``--json`` each finding is a line that begins with ok, note or FAIL."""
    bot = await contoso.bot(slack_signing_secret=SecretStr("short"))
    contoso.workspace.scopes.discard("commands")
    shown = StringIO()
    assert await examine(bot.outside.settings, Console(file=shown, soft_wrap=True)) == 1
    lines = shown.getvalue().splitlines()
    assert {line[:5] for line in lines} == {"ok   ", "note ", "FAIL "}
    assert lines[0].startswith("note Signing secret: SLACK_SIGNING_SECRET does not look like")
    assert any(line.startswith("FAIL Slack scopes: The app lacks commands:") for line in lines)


# Slack


async def test_an_operator_can_see_that_the_app_may_more_than_it_needs(contoso: Town) -> None:
    """Scopes beyond the manifest's are named; with exactly those there is no such word."""
    found = await examined(contoso)
    assert "more than the bot needs (im:history, im:read" in found.said("Slack scopes", "ok")
    contoso.workspace.scopes -= {"im:history", "im:read", "reactions:write"}
    assert (await examined(contoso)).said("Slack scopes", "ok") == "all granted, and no others."


@pytest.mark.parametrize(
    ("seconds", "level", "word"),
    [(-90, "failure", "behind"), (400, "failure", "ahead"), (3, "ok", "s off Slack's")],
)
async def test_an_operator_can_see_that_the_clock_is_wrong(
    contoso: Town, seconds: int, level: str, word: str
) -> None:
    """A clock a minute off Slack's is a failure, since signatures are dated by it."""
    bot = await contoso.bot()
    ours = HandClock(contoso.clock.now() + timedelta(seconds=seconds, milliseconds=100))
    shown = StringIO()
    code = await examine(bot.outside.settings, Console(file=shown, soft_wrap=True), clock=ours)
    (line,) = [one for one in shown.getvalue().splitlines() if "Clock" in one]
    assert line.startswith("ok" if level == "ok" else "FAIL")
    assert word in line
    assert code == (0 if level == "ok" else 1)


async def test_an_operator_can_see_each_channel_that_cannot_be_used(contoso: Town) -> None:
    """Channels of the settings, and those where cards or alerts still are, each with its fix."""
    for channel in (OTHER, "C0OLD", "C0WAITS"):
        contoso.workspace.add_channel(channel, channel.lower())
    contoso.invoice()
    old = await contoso.bot(alert_channel="C0OLD")
    await old.scan()
    await old.outside.outbox.put("C0WAITS", [Alert(Kind.CARD, "G1")])
    contoso.workspace.channels["C0OLD"].is_archived = True
    for channel in (OTHER, "C0WAITS"):
        contoso.workspace.channels[channel].members.remove("U0BOT")
    routes = {"a": OTHER, "b": "C0NOWHERE"}
    said = (await examined(contoso, alert_routes=routes)).said("Slack channels", "failure")
    assert "C0OLD is archived: unarchive it" in said
    assert f"no member of {OTHER}: invite it there" in said
    assert "no member of C0WAITS: invite it there" in said
    assert "C0NOWHERE (channel_not_found)" in said
    assert FINANCE not in said


@pytest.mark.parametrize(
    ("facts", "guest", "level", "words"),
    [
        ({"is_private": True}, False, "ok", "nobody from outside"),
        ({}, False, "doubt", "#finance (C0FINANCE) is public"),
        ({"is_private": True}, True, "doubt", "Guests are members of #finance"),
        (
            {"is_private": True, "is_ext_shared": True},
            False,
            "failure",
            "shared with another company",
        ),
    ],
)
async def test_an_operator_can_see_who_else_reads_the_channel(
    contoso: Town, facts: dict[str, bool], guest: bool, level: str, words: str
) -> None:
    """Another company is a failure, everybody or a guest a doubt, unless the settings allow it."""
    place = contoso.workspace.channels[FINANCE]
    for name, value in facts.items():
        setattr(place, name, value)
    if guest:
        contoso.colleague("U0GUEST", "gus", is_restricted=True)
    found = await examined(contoso, allow_shared_channels="")
    assert words in found.said("Who reads along", level)
    assert (await examined(contoso)).said("Who reads along", "ok")


@pytest.mark.parametrize("how", ["left", "archived"])
async def test_a_channel_can_get_what_waited_once_the_doctors_advice_is_followed(
    contoso: Town, how: str
) -> None:
    """A left or archived channel is a failure; once mended, what waited comes and all is well."""
    place = contoso.workspace.channels[FINANCE]
    bot = await contoso.bot()
    await bot.scan()
    number = contoso.invoice()
    if how == "left":
        place.members.remove("U0BOT")
    else:
        place.is_archived = True
    await bot.scan()
    found = await examined(contoso)
    assert found.code == 1
    assert FINANCE in found.said("Slack channels", "failure")
    assert f"1 for {FINANCE}" in found.said("Outbox", "ok")
    place.is_archived = False
    place.members.append("U0BOT")
    await bot.scan()
    assert card(contoso, number).ts
    assert (await examined(contoso)).not_ok == {}


async def test_an_operator_can_see_what_a_wrong_token_hides(contoso: Town) -> None:
    """The token is one failure; what hangs on it is not looked at, Azure and the store are."""
    settings = (await contoso.bot()).outside.settings
    wrong = settings.model_copy(update={"slack_bot_token": SecretStr("xoxb-wrong")})
    shown = StringIO()
    assert await examine(wrong, Console(file=shown, soft_wrap=True)) == 1
    assert "FAIL Slack token: Slack refuses the bot's token" in shown.getvalue()
    assert "ok   Azure billing" in shown.getvalue()
    assert "ok   Store" in shown.getvalue()
    assert "Slack scopes" not in shown.getvalue()


# What the bot has done, and what it has left to do


async def test_an_operator_can_see_that_scans_stay_away(contoso: Town) -> None:
    """After three ticks without a complete reading the account is named, with its last one."""
    bot = await contoso.bot(scan_every_seconds=TICK)
    await bot.scan()
    began = contoso.clock.now()
    contoso.clock.advance(seconds=3 * TICK)
    assert "Contoso: " in (await examined(contoso, scan_every_seconds=TICK)).said("Last scan", "ok")
    contoso.clock.advance(seconds=1)
    said = (await examined(contoso, scan_every_seconds=TICK)).said("Last scan", "doubt")
    assert f"Contoso: {began:%Y-%m-%d %H:%M} UTC" in said
    assert "worker" in said


async def test_an_operator_can_see_that_one_account_was_never_read(contoso: Town) -> None:
    """An account that no scan has read is named, though the others are up to date."""
    await (await contoso.bot()).scan()
    second = contoso.tenant.add_account("Fabrikam")
    contoso.tenant.assign("billing-account-reader", contoso.tenant.bot_id, second)
    said = (await examined(contoso)).said("Last scan", "doubt")
    assert "Fabrikam: never" in said
    assert "Contoso" not in said


async def test_an_operator_can_see_what_waits_in_the_outbox(contoso: Town) -> None:
    """How many alerts for which channel, and since when; a doubt once they wait for long."""
    bot = await contoso.bot(scan_every_seconds=TICK)
    await bot.scan()
    began = contoso.clock.now()
    for _ in range(2):
        contoso.invoice()
        contoso.fault("* */chat.postMessage", "status", times=-1)
        await bot.scan()
        contoso.clock.advance(minutes=5)
    contoso.faults.clear()
    said = (await examined(contoso, scan_every_seconds=TICK)).said("Outbox", "doubt")
    assert f"2 for {FINANCE}, the oldest {began:%Y-%m-%d %H:%M} UTC." in said
    assert "worker" in said


async def test_an_operator_cannot_be_alarmed_by_reminders_that_wait_for_the_morning(
    contoso: Town,
) -> None:
    """In quiet hours what waits is no doubt."""
    set_time(contoso, 2, 12)
    contoso.invoice(days_overdue=6)
    quiet: dict[str, Any] = {"quiet_hours": "18:00-08:00"}
    bot = await contoso.bot(**quiet)
    await bot.scan()
    contoso.clock.advance(days=1)
    await bot.house.look()
    contoso.clock.advance(hours=8)
    assert "quiet hour" in (await examined(contoso, **quiet)).said("Outbox", "ok")


async def test_an_operator_can_see_which_cards_were_deleted(contoso: Town) -> None:
    """Alone or in a summary's thread, with or without replies of its own: it is named."""
    few = [contoso.invoice(days_overdue=6) for _ in range(2)]
    bot = await contoso.bot()
    await bot.scan()
    contoso.clock.advance(minutes=15)
    many = [contoso.invoice() for _ in range(11)]
    await bot.scan()
    assert (await examined(contoso)).said("Cards", "ok") == "13 open."
    for number in (few[0], many[4]):
        contoso.workspace.remove(card(contoso, number))
    said = (await examined(contoso)).said("Cards", "doubt")
    assert said.startswith("13 open; deleted in Slack: ")
    assert [number for number in few + many if number in said] == [few[0], many[4]]
    contoso.clock.advance(days=1)
    for _ in range(2):
        await bot.scan()
    assert cards(contoso, few[0])
    assert "deleted" not in (await examined(contoso)).findings["Cards"][1]


async def test_an_operator_can_see_spoilt_records(contoso: Town) -> None:
    """A record that makes no sense is a failure with the key to delete."""
    number = contoso.invoice()
    await (await contoso.bot()).scan()
    async with store(contoso) as redis:
        await redis.set(key(contoso, "card", number), "{")
    said = (await examined(contoso)).said("Cards", "failure")
    assert "delete the key card:" in said
    assert number in said


async def test_an_operator_can_see_that_the_store_is_not_to_be_had(contoso: Town) -> None:
    """A store that does not answer is one failure; what it would tell is not looked at."""
    settings = (await contoso.bot()).outside.settings
    nowhere = settings.model_copy(update={"redis_url": SecretStr("redis://127.0.0.1:1")})
    shown = StringIO()
    assert await examine(nowhere, Console(file=shown, soft_wrap=True)) == 1
    assert "FAIL Store: Redis does not answer" in shown.getvalue()
    assert "Outbox" not in shown.getvalue()
