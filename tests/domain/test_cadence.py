"""When an invoice calls for attention."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.cadence import milestone
from bot.domain.invoice import Status
from tests.domain.test_invoice import OWED, TODAY

USUAL = (-3, 0, 1, 7, 14, 30)


@pytest.mark.parametrize(
    ("late", "reached"),
    [
        (-30, None),
        (-4, None),
        (-3, -3),
        (-1, -3),
        (0, 0),
        (1, 1),
        (6, 1),
        (7, 7),
        (29, 14),
        (30, 30),
        (2000, 30),
    ],
)
def test_a_finance_team_can_expect_each_milestone_on_its_day(
    late: int, reached: int | None
) -> None:
    """The latest milestone passed counts, and there is none before the first."""
    invoice = replace(OWED, due_date=TODAY - timedelta(days=late))
    assert milestone(invoice, TODAY, USUAL) == reached


@pytest.mark.parametrize("status", set(Status) - {Status.DUE, Status.OVERDUE})
def test_a_finance_team_cannot_be_bothered_with_what_is_not_payable(status: Status) -> None:
    """However late, an invoice of another status reaches no milestone."""
    assert milestone(replace(OWED, status=status), TODAY, USUAL) is None


@pytest.mark.parametrize(
    ("status", "days_to_go", "reached"),
    [
        (Status.OVERDUE, None, 1),
        (Status.OVERDUE, 20, 1),
        (Status.DUE, None, None),
    ],
)
def test_a_finance_team_can_rely_on_azures_word_where_the_date_says_less(
    status: Status, days_to_go: int | None, reached: int | None
) -> None:
    """What Azure calls overdue is a day late at least; what is due without a date waits."""
    due = None if days_to_go is None else TODAY + timedelta(days=days_to_go)
    invoice = replace(OWED, status=status, due_date=due)
    assert milestone(invoice, TODAY, USUAL) == reached


@settings(deadline=None)
@given(
    st.integers(-400, 4000),
    st.lists(st.integers(-365, 365), min_size=1, max_size=8, unique=True),
)
def test_an_operator_can_choose_any_days(late: int, days: list[int]) -> None:
    """The milestone reached is the greatest chosen day not after today, as the days pass by."""
    invoice = replace(OWED, due_date=TODAY - timedelta(days=late))
    reached = milestone(invoice, TODAY, tuple(sorted(days)))
    assert reached == max((day for day in days if day <= late), default=None)


@pytest.mark.parametrize("due", [None, TODAY, TODAY + timedelta(days=3)])
def test_a_finance_team_can_count_on_azures_word_for_one_day_only(due: date | None) -> None:
    """Overdue without days to show for it is one day late, not two."""
    invoice = replace(OWED, status=Status.OVERDUE, due_date=due)
    assert milestone(invoice, TODAY, (0, 1, 2, 3)) == 1
