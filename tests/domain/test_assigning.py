"""Who can be assigned an invoice, and what is kept of people's words."""

import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.alert import Alert, Kind
from bot.domain.assigning import Assignee, Unfit, unfit
from bot.domain.card import Card
from bot.domain.people import SlackPerson, Workspace
from bot.domain.remark import LONGEST_NOTE, Remark, Said, clean
from tests.anything import HOSTILE
from tests.domain.test_invoice import OWED

HOME = Workspace("T0HOME", "E0GRID", "B0BOT", "U0BOT")
COLLEAGUE = SlackPerson("U0BEN", "T0HOME", email="ben@contoso.example")
TEXTS = st.sampled_from(HOSTILE) | st.text()


@pytest.mark.parametrize(
    ("person", "why"),
    [
        (COLLEAGUE, None),
        (replace(COLLEAGUE, email="", email_confirmed=False), None),
        (replace(COLLEAGUE, team="T0SISTER", enterprise="E0GRID"), None),
        (replace(COLLEAGUE, deleted=True), Unfit.DEACTIVATED),
        (replace(COLLEAGUE, is_bot=True), Unfit.APP),
        (replace(COLLEAGUE, is_guest=True), Unfit.GUEST),
        (replace(COLLEAGUE, is_stranger=True), Unfit.OUTSIDER),
        (replace(COLLEAGUE, team="T0OTHER"), Unfit.OUTSIDER),
        (replace(COLLEAGUE, is_invited=True), Unfit.NOT_JOINED),
        (replace(COLLEAGUE, is_guest=True, email=""), Unfit.GUEST),
    ],
)
def test_only_a_full_member_of_the_channel_can_be_assigned(
    person: SlackPerson, why: Unfit | None
) -> None:
    """No address is asked for; nobody outside the card's channel is fit."""
    assert unfit(person, HOME, in_channel=True) is why
    assert unfit(person, HOME, in_channel=False) is (why or Unfit.NOT_IN_CHANNEL)


def test_a_card_can_tell_a_lost_store_whose_it_is() -> None:
    """What it carries is read again; a card that is nobody's tells nothing."""
    kept = Assignee("U0BEN", "U0ADA", "step")
    assert Assignee.found(kept.second_copy) == replace(kept, step="")
    assert Assignee.found({"alert_id": "invoice:G1"}) is None
    card = Card(OWED, "C0FINANCE", assignee=kept)
    assert [card.is_assigned_to(user) for user in ("U0BEN", "U0ADA", "")] == [True, False, False]
    assert not replace(card, assignee=None).is_assigned_to("")


@pytest.mark.parametrize(
    ("by", "user", "former", "people"),
    [
        ("U0ADA", "U0BEN", "", ("U0BEN",)),
        ("U0ADA", "U0BEN", "U0CLEO", ("U0BEN", "U0CLEO")),
        ("U0ADA", "", "U0CLEO", ("U0CLEO",)),
        ("U0BEN", "U0BEN", "", ()),
        ("U0BEN", "", "U0BEN", ()),
        ("U0BEN", "U0BEN", "U0CLEO", ("U0CLEO",)),
        ("U0BEN", "U0CLEO", "U0BEN", ("U0CLEO",)),
        ("U0ADA", "", "", ()),
    ],
)
def test_nobody_can_be_written_what_they_have_said_themselves(
    by: str, user: str, former: str, people: tuple[str, ...]
) -> None:
    """Those whom an assignment concerns, each once, but for who has made it."""
    assert Remark("step", Said.ASSIGNED, "G1", by, user, former).people == people


@given(TEXTS, st.integers(1, LONGEST_NOTE))
def test_words_can_be_kept_as_they_are_but_for_what_misleads(text: str, most: int) -> None:
    """Bounded, stable, nothing invisible but what belongs to a script, and never merely blank."""
    kept = clean(text, most)
    assert len(kept) <= most
    assert clean(kept, most) == kept
    assert kept == kept.strip()
    assert "\n\n\n" not in kept
    assert not {unicodedata.category(c) for c in kept if c != "\n"} & {"Cc", "Cs"}
    assert not kept or any(unicodedata.category(c)[0] not in "CZ" for c in kept)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Ask  Ben\r\nor\rCleo", "Ask  Ben\nor\nCleo"),
        ("a\n\n\n\n\nb", "a\n\nb"),
        ("a\u2028b\u2029c\td", "a\nb\nc d"),
        ("\u202epaid\u202c \u2066x\u2069", "paid x"),
        ("\x1b[31mred\x00", "[31mred"),
        ("👩\u200d💻 ok", "👩\u200d💻 ok"),
        ("\u200b \u200d\n", ""),
        ("", ""),
    ],
)
def test_words_can_be_trusted_to_read_as_written(text: str, kept: str) -> None:
    """Line breaks of every kind, text that turns round, control characters, emoji of several parts."""
    assert clean(text, 100) == kept


def test_a_direct_message_can_be_told_from_all_others() -> None:
    """By invoice, person, step and milestone; a later reminder takes the place of an earlier one."""
    one = Alert.direct("G1", "U0BEN", step="abc")
    two = Alert.direct("G1", "U0BEN", milestone=7)
    assert (one.invoice, one.person, one.operation) == ("G1", "U0BEN", "abc")
    assert (two.invoice, two.person, two.operation) == ("G1", "U0BEN", "")
    others = [Alert.direct("G1", "U0CLEO", step="abc"), Alert.direct("G1", "U0BEN", milestone=14)]
    assert len({alert.alert_id for alert in (one, two, *others)}) == 4
    assert all(Alert.of(alert.key) == alert for alert in (one, two, *others))
    told = Alert.remark("G1", "abc")
    assert (told.kind, told.invoice, told.operation) == (Kind.REMARK, "G1", "abc")
    assert told.alert_id == "remark:abc"
