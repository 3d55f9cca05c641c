"""Whatever there is to show: Slack takes it, it pings nobody, and no link is in it but our own."""

import inspect
import os
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, get_type_hints

import pytest
from hypothesis import HealthCheck, Phase, assume, given, reject, settings
from hypothesis import strategies as st

from bot.domain.card import Message
from bot.domain.payment import Payment, State
from bot.domain.roles import PAYING_ROLES
from bot.errors import AzureBusy, BotError, SlackBusy, StoreForgot, TooManyClicks
from bot.views.approval import ApprovalView
from bot.views.assigning import AssignView
from bot.views.blocks import Block
from bot.views.card import CardView
from bot.views.confirm import ConfirmView
from bot.views.digest import DigestView
from bot.views.document import DocumentView
from bot.views.home import HomeView
from bot.views.language import Language
from bot.views.letters import LetterView
from bot.views.lookup import LookupView
from bot.views.noting import NoteView
from bot.views.remarks import RemarkView
from bot.views.snooze import SnoozeView
from bot.views.stories import StoryView
from bot.views.takeover import TakeOverView
from bot.views.wire import WireView
from sandbox.slack.rules import message_complaints, message_size, view_complaints
from tests.anything import HOSTILE, anything

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "6"))  # of each view
PORTAL = "https://portal.example/{billing_account}/{billing_profile}/{invoice}"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
LANG, ROLES = Language(), frozenset(PAYING_ROLES)
VIEWS = (
    ApprovalView(LANG, ROLES),
    AssignView(LANG, None),
    CardView(LANG, PORTAL),
    ConfirmView(LANG, PORTAL, NOON.date, ROLES),
    DigestView(LANG),
    DocumentView(LANG),
    HomeView(LANG, PORTAL, ROLES),
    LetterView(LANG),
    LookupView(LANG, PORTAL, NOON.date, by_role=True),
    NoteView(LANG, None),
    RemarkView(LANG),
    SnoozeView(LANG, ROLES),
    StoryView(LANG, PORTAL),
    TakeOverView(LANG, ROLES),
    WireView(LANG, NOON.date),
)
ERRORS = [
    error
    for words in HOSTILE[:4]
    for error in (
        AzureBusy(words),
        SlackBusy(words, code=words),
        StoreForgot(words),
        TooManyClicks(),
    )
]
OUR_WORDS = {(LookupView, "say"), (DocumentView, "modal")}
"""Given what is mrkdwn already."""

Shown = Message | Block


def showing() -> Iterator[Any]:
    """Every method of every view that makes something to show, with strategies for its arguments."""
    for view in VIEWS:
        for name, method in inspect.getmembers(view, inspect.ismethod):
            if name.startswith("_") and name != "__call__":
                continue
            hints = get_type_hints(method)
            made = hints.pop("return", None)
            if made not in (Message, Block) or (type(view), name) in OUR_WORDS:
                continue
            given = {
                one: st.sampled_from(ERRORS) if kind is BotError else anything(kind, one)
                for one, kind in hints.items()
            }
            yield pytest.param(method, given, id=f"{type(view).__name__}.{name}")


MENTION = re.compile(r"<@[UW]0[A-Z0-9]+>")
OURS = re.compile(
    r"<!date\^\d+\^(\{[a-z_]+\}|[^<>|{}])+\|[^<>|]*>|<https://portal\.example/[^<>|\s]*(\|[^<>|]*)?>"
)


def marked(node: Any) -> Iterator[str]:
    """Every text in which Slack reads markup."""
    if isinstance(node, list):
        for item in node:
            yield from marked(item)
    elif isinstance(node, dict):
        if node.get("type") == "mrkdwn":
            assert node["verbatim"] is True  # else Slack makes links and mentions of bare words
            yield node["text"]
        for value in node.values():
            yield from marked(value)


def addresses(node: Any) -> Iterator[str]:
    """Every address a button leads to."""
    if isinstance(node, list):
        for item in node:
            yield from addresses(item)
    elif isinstance(node, dict):
        if "url" in node:
            yield node["url"]
        for value in node.values():
            yield from addresses(value)


def assert_harmless(shown: Shown) -> None:
    """It is as Slack takes it, and speaks only to people and of places that the bot chose."""
    if isinstance(shown, Message):
        assert message_complaints(shown.blocks) == []
        assert message_size(shown.blocks) <= 13_200
        assert 0 < len(shown.text) <= 40_000
        texts, blocks = [shown.text], shown.blocks
    else:
        assert view_complaints(shown, shown["type"]) == []
        texts, blocks = [], [shown]
    for text in (*texts, *marked(blocks)):
        left = MENTION.sub("", OURS.sub("", text))
        assert not re.search("[<>]", left), left
        assert "EVIL" not in "".join(MENTION.findall(text))
    for address in addresses(blocks):
        assert address.startswith("https://")
        assert not re.search(r"[\s<>\"]", address), address


@pytest.mark.parametrize(("show", "given_by"), list(showing()))
def test_nobody_can_find_words_that_make_a_view_do_harm(
    show: Callable[..., Shown], given_by: dict[str, Any]
) -> None:
    """Invoices, people's reasons, names and errors: they are shown as words and nothing more."""

    @settings(
        max_examples=EXAMPLES,
        phases=[Phase.generate],  # what fails is plain enough without minutes of shrinking
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    @given(st.fixed_dictionaries(given_by))
    def shown(arguments: dict[str, Any]) -> None:
        told = arguments.get("told")
        assume(not (isinstance(told, Payment) and told.state is State.OFFERED))  # never told
        try:
            made = show(**arguments)
        except ValueError as error:
            assert "of its own" in str(error)  # noqa: PT017  # it is for another view to show
            reject()
        assert_harmless(made)

    shown()
