"""Where invoices may be shown: not to other companies, and not to more people than meant."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from bot.domain.channels import ChannelFacts, Concern, channel_facts, concern_words, concerns
from bot.services.channel_findings import channel_findings
from bot.services.report import ScanReport
from sandbox.slack.records import Channel
from tests.town import FINANCE, Bot, Town

OTHER = "C0OTHER"


@pytest.fixture
def finance(contoso: Town) -> Channel:
    """Contoso's finance channel, private as it should be."""
    channel = contoso.workspace.channels[FINANCE]
    channel.is_private = True
    return channel


def failures(report: ScanReport) -> list[str]:
    """Why invoices were not announced."""
    return [line.why for line in report.lines if line.done == "failed"]


def looks(town: Town) -> int:
    """How often Slack was asked about a channel."""
    return town.traffic.count("conversations.info")


# Other companies


@pytest.mark.parametrize("flag", ["is_ext_shared", "is_pending_ext_shared"])
async def test_another_company_cannot_read_new_invoices(
    contoso: Town, finance: Channel, flag: str
) -> None:
    """Nothing is posted, the operator reads why and what to do, and it comes when that is done."""
    number = contoso.invoice()
    setattr(finance, flag, True)
    bot = await contoso.bot()
    (why,) = failures(await bot.scan())
    assert "#finance (C0FINANCE)" in why
    assert "add C0FINANCE to ALLOW_SHARED_CHANNELS" in why
    assert contoso.posts() == []

    setattr(finance, flag, False)
    contoso.clock.advance(minutes=1)
    assert failures(await bot.scan()) == []
    assert contoso.card(number).ts


async def test_another_company_cannot_read_reminders_in_a_channel_shared_later(
    contoso: Town, finance: Channel
) -> None:
    """The card stands already; what would be said in its thread waits."""
    contoso.invoice(days_overdue=1)
    bot = await contoso.bot()
    await bot.scan()
    finance.is_ext_shared = True
    contoso.clock.advance(days=6)
    assert failures(await bot.scan())
    assert contoso.traffic.count("chat.postMessage") == 1

    finance.is_ext_shared = False
    contoso.clock.advance(minutes=1)
    assert (await bot.scan()).count("reminded") == 1


@pytest.mark.parametrize("allowed", ["c0finance", "finance"])
async def test_an_operator_can_allow_a_shared_channel(
    contoso: Town, finance: Channel, allowed: str
) -> None:
    """By its id or its name."""
    number = contoso.invoice()
    finance.is_ext_shared = True
    bot = await contoso.bot(allow_shared_channels=frozenset({allowed}))
    assert failures(await bot.scan()) == []
    assert contoso.card(number).ts


async def test_one_shared_channel_cannot_hold_up_the_others(
    contoso: Town, finance: Channel
) -> None:
    """Each channel is judged by itself."""
    contoso.workspace.add_channel(OTHER, "other", ["U0ADA"], is_private=True)
    finance.is_ext_shared = True
    number = contoso.invoice()
    routed = await contoso.bot(alert_routes={"contoso finance": OTHER})
    assert failures(await routed.scan()) == []
    assert contoso.card(number, OTHER).ts
    assert contoso.posts() == []


async def test_nothing_can_be_posted_while_slack_does_not_say_who_reads(
    contoso: Town, finance: Channel
) -> None:
    """In doubt no; the next scan tries again and posts once."""
    number = contoso.invoice()
    contoso.fault("* */conversations.info", "status", status=500, times=-1)
    bot = await contoso.bot()
    assert failures(await bot.scan())
    assert contoso.posts() == []
    contoso.faults.clear()
    assert (await bot.scan()).count("posted") == 1
    assert contoso.card(number).ts
    assert finance.is_private


async def test_a_scan_cannot_cost_more_than_one_look_per_channel(
    contoso: Town, finance: Channel
) -> None:
    """However many cards; after five minutes the bot looks again."""
    for _ in range(8):
        contoso.invoice()
    bot = await contoso.bot()
    await bot.scan()
    assert (len(contoso.posts()), looks(contoso)) == (8, 1)
    contoso.invoice()
    await bot.scan()
    assert looks(contoso) == 1
    contoso.clock.advance(minutes=5)
    contoso.invoice()
    await bot.scan()
    assert looks(contoso) == 2
    assert finance.is_private


# The whole workspace, and guests


async def test_an_operator_can_see_that_everybody_reads_along(contoso: Town) -> None:
    """Cards are posted to a public channel; the log says once that it is one."""
    contoso.invoice()
    contoso.invoice()
    bot = await contoso.bot()
    with capture_logs() as logs:
        assert (await bot.scan()).count("posted") == 2
    (warning,) = [one["sentence"] for one in logs if one["event"] == "channel_concern"]
    assert "is public" in warning
    assert "make it private" in warning


async def found(bot: Bot, *allowed: str) -> tuple[int, list[str]]:
    """How many refusals, and the doubts, that an operator is told of the finance channel."""
    slack = bot.outside.slack
    answer = await channel_findings(await slack.channel(FINANCE), slack, frozenset(allowed))
    return len(answer.refusals), [doubt.split(":")[0] for doubt in answer.doubts]


async def test_an_operator_can_learn_who_else_reads_a_channel(
    contoso: Town, finance: Channel
) -> None:
    """Shared, public, guests among its members: each with its fix, unless it is meant."""
    bot = await contoso.bot()
    assert await found(bot) == (0, [])
    contoso.workspace.add_person("U0GUY", "guy", email="guy@agency.example", is_restricted=True)
    finance.members.append("U0GUY")
    guests = "Guests are members of #finance (C0FINANCE) and can read the invoices"
    assert await found(bot) == (0, [guests])
    finance.is_private, finance.is_ext_shared = False, True
    refusals, doubts = await found(bot)
    assert (refusals, len(doubts)) == (1, 2)
    assert await found(bot, "finance") == (0, [])


FLAGS = ["is_ext_shared", "is_pending_ext_shared", "is_private", "is_im", "is_mpim", "is_member"]


@given(
    flags=st.dictionaries(st.sampled_from(FLAGS), st.sampled_from([True, False, None])),
    allowed=st.frozensets(st.sampled_from(["", "c1", "finance", "c2", "other"])),
    has_guests=st.booleans(),
)
def test_a_channel_cannot_be_trusted_by_chance(
    flags: dict[str, bool | None], allowed: frozenset[str], *, has_guests: bool
) -> None:
    """Only the operator's word lets a shared channel through; all else is told with its fix."""
    facts = channel_facts({"id": "C1", "name": "finance", **flags})
    told = concerns(facts, allowed, has_guests=has_guests)
    if allowed & {"c1", "finance"}:
        assert told == ()
        return
    assert (Concern.SHARED in told) is bool(flags.get("is_ext_shared"))
    assert (Concern.INVITED in told) is bool(flags.get("is_pending_ext_shared"))
    assert (Concern.GUESTS in told) is has_guests
    for concern in told:
        assert "C1" in concern_words(concern, facts)


def test_a_channel_without_a_name_cannot_be_allowed_by_accident() -> None:
    """An empty word in the setting allows nothing."""
    nameless = ChannelFacts("D1", "", is_shared=True, is_pending=False, is_public=False)
    assert concerns(nameless, frozenset({""})) == (Concern.SHARED,)


@pytest.mark.parametrize("flag", ["is_private", "is_im", "is_mpim", "is_group"])
def test_a_closed_channel_cannot_be_taken_for_a_public_one(flag: str) -> None:
    """Slack has a flag of its own for each kind; one without any is public."""
    facts = channel_facts({"id": "C1", flag: True})
    assert facts == ChannelFacts("C1", "", is_shared=False, is_pending=False, is_public=False)
    assert channel_facts({flag: False}) == replace(facts, id="", is_public=True)


def test_an_operator_can_tell_which_channel_is_meant() -> None:
    """By its name where it has one, and by its id always."""
    facts = channel_facts({"id": "D1"})
    assert concern_words(Concern.GUESTS, facts).startswith("Guests are members of D1 and")
    named = concern_words(Concern.GUESTS, replace(facts, name="finance"))
    assert named.startswith("Guests are members of #finance (D1) and")
