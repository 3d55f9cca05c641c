"""What the outbox holds, when people are left alone, and what an invoice calls for."""

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.alert import Alert, Kind, QuietHours, needed
from bot.domain.card import Card
from tests.domain.test_invoice import OWED

MONDAY = datetime(2026, 11, 2, tzinfo=ZoneInfo("Europe/Paris"))
SUBJECTS = st.text(st.characters(exclude_characters="|"), min_size=1)
CARD = Card(OWED, "C0FINANCE", ts="1.000001", milestone=1)
FLAGS = ("overdue", "in_flight", "snoozed", "quiet")


@given(st.builds(Alert, st.sampled_from(Kind), SUBJECTS, st.integers(-365, 365)))
def test_an_operator_can_rely_on_what_waits_to_come_back_as_it_was(alert: Alert) -> None:
    """An alert survives its way through the store, whatever it is about."""
    assert Alert.of(alert.key) == alert


@pytest.mark.parametrize(
    "key", ["", "card", "card|G1", "card|G1|soon", "card|G|1|1", "fax|G1|0", "card|G1|1.5", "||"]
)
def test_an_operator_cannot_be_served_an_alert_that_is_none(key: str) -> None:
    """What no bot has written into the outbox is not taken for something else."""
    with pytest.raises(ValueError):  # noqa: PT011  # Python's own words
        Alert.of(key)


def test_a_channel_can_tell_a_card_from_its_reminders_and_its_summary() -> None:
    """Each message has a name of its own, by which it is found again after a crash."""
    alerts = [Alert(Kind.CARD, "G1", 1), *(Alert(Kind.REMINDER, "G1", day) for day in (-3, 0, 7))]
    names = [alert.alert_id for alert in [*alerts, Alert(Kind.SUMMARY, "G1")]]
    assert names == ["invoice:G1", "invoice:G1:-3", "invoice:G1:0", "invoice:G1:7", "summary:G1"]
    assert Alert(Kind.CARD, "G1", 7).alert_id == "invoice:G1"


@pytest.mark.parametrize(
    ("text", "quiet", "awake"),
    [
        ("", [], [0, 12, 24 * 5 + 12, 24 * 6]),
        ("12:00-13:30", [12, 13.49], [11.99, 13.5, 0]),
        ("18:00-08:00", [18, 23.99, 24, 31.99, 0], [8, 17.99, 32]),
        ("00:00-06:00", [0, 5.99], [6, 23.99]),
        ("18:00-00:00", [18, 23.99], [0, 17.99]),
        ("weekends", [24 * 5, 24 * 6 + 23.99], [24 * 5 - 0.01, 24 * 7]),
        (" 18:00 - 08:00 , Weekends ", [3, 18, 24 * 5 + 12], [12, 24 * 4 + 12]),
        ("weekends,18:00-08:00", [3, 24 * 6 + 12], [12]),
    ],
)
def test_a_team_can_choose_when_it_is_left_alone(
    text: str, quiet: list[float], awake: list[float]
) -> None:
    """A span of each day, over midnight too, the weekends, or both; hours from Monday on."""
    hours = QuietHours.of(text)
    assert all(hours.covers(MONDAY + timedelta(hours=hour)) for hour in quiet)
    assert not any(hours.covers(MONDAY + timedelta(hours=hour)) for hour in awake)
    assert hours.weekends is ("weekends" in text.lower())


@pytest.mark.parametrize(
    "text",
    [
        *("always", "18:00", "18:00-", "-08:00", "8-18-20", "18:00-18:00", "25:00-26:00"),
        *("18:00-08:61", "18:00+01:00-08:00", "18:00-08:00Z", "weekend", "18:00–08:00"),
    ],
)
def test_an_operator_cannot_set_quiet_hours_that_mean_nothing(text: str) -> None:
    """What cannot be understood is refused instead of being half understood."""
    with pytest.raises(ValueError):  # noqa: PT011  # Python's own words
        QuietHours.of(text)


@pytest.mark.parametrize(
    ("card", "reached", "how", "kind"),
    [
        (None, None, "", None),
        (None, -3, "", Kind.CARD),
        (None, -3, "quiet", None),
        (None, 1, "overdue", Kind.CARD),
        (None, 1, "overdue quiet", Kind.CARD),
        (None, 1, "overdue quiet in_flight", Kind.CARD),
        (replace(CARD, ts=""), 1, "overdue", Kind.CARD),
        (replace(CARD, ts=""), 0, "quiet", None),
        (CARD, None, "", None),
        (CARD, 1, "overdue", None),
        (CARD, 0, "overdue", None),
        (CARD, 7, "overdue", Kind.REMINDER),
        (CARD, 7, "overdue quiet", None),
        (CARD, 7, "overdue in_flight", None),
        (CARD, 7, "overdue snoozed", None),
        (None, 1, "overdue snoozed", Kind.CARD),
        (replace(CARD, closed=True), 7, "overdue", None),
        (replace(CARD, milestone=None), 0, "", Kind.REMINDER),
        (replace(CARD, milestone=-3), 0, "", Kind.REMINDER),
    ],
)
def test_a_team_can_expect_what_an_invoice_calls_for(
    card: Card | None, reached: int | None, how: str, kind: Kind | None
) -> None:
    """A card first, then one reminder for each later milestone, and none that nobody wants."""
    flags = {flag: flag in how.split() for flag in FLAGS}
    assert needed(card, reached, **flags) is kind
