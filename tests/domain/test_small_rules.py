"""Take-over, snooze, wires and the flag of a profile: the rules by themselves."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from bot.domain.alert import Alert
from bot.domain.assigning import Assignee
from bot.domain.invoice import Invoice, PaymentFailed, Status
from bot.domain.money import Money
from bot.domain.payment import Payment, State
from bot.domain.profile import Flag
from bot.domain.remark import clean
from bot.domain.snooze import Ending, Snooze, Window
from bot.domain.takeover import CAN_BE_TAKEN, Second, second_payer_missing
from bot.domain.wire import LONGEST_REFERENCE, Fault, Wire

TODAY = date(2026, 11, 22)
EUR = Money(Decimal(100), "EUR")
INVOICE = Invoice("G1", "a", "p", "Finance", Status.DUE, EUR, due_date=TODAY + timedelta(days=3))
PAYMENT = Payment(
    "G1", State.HANDED_OFF, "op", "U0ADA", "ada", "owner", EUR, datetime(2026, 11, 20, tzinfo=UTC)
)


@pytest.mark.parametrize(
    ("approver", "asker", "needed", "why"),
    [
        ("", "ben", False, None),
        ("", "ben", True, Second.UNAPPROVED),
        ("cem", "ben", True, None),
        ("cem", "ben", False, None),
        ("ben", "ben", True, Second.WAS_APPROVER),
        ("ben", "ben", False, Second.WAS_APPROVER),
        ("", "", True, Second.UNAPPROVED),
        ("", "", False, None),
    ],
)
def test_an_approver_cannot_pay_what_they_approved(
    approver: str, asker: str, needed: bool, why: Second | None
) -> None:
    """Two people stand behind every payment that needs two."""
    payment = replace(PAYMENT, approver_entra_id=approver)
    assert second_payer_missing(payment, asker, needed=needed) is why


def test_a_payment_that_azure_is_charging_cannot_be_taken_over() -> None:
    """Nor a request, nor what is over."""
    assert frozenset({State.HANDED_OFF, State.WIRE_SENT, State.UNCLEAR}) == CAN_BE_TAKEN


@pytest.mark.parametrize(
    ("change", "flag", "days", "ending"),
    [
        ({}, None, 0, None),
        ({}, None, 3, None),
        ({}, None, 6, Ending.STATUS),
        ({"due_date": TODAY + timedelta(days=30)}, None, 6, None),
        ({"due_date": TODAY + timedelta(days=30)}, None, 7, Ending.DATE),
        ({"status": Status.OVERDUE}, None, 0, Ending.STATUS),
        ({"status": Status.PAID}, None, 0, Ending.STATUS),
        ({"replaced_by": "G2"}, None, 0, Ending.STATUS),
        ({"amount_due": Money(Decimal(99), "EUR")}, None, 0, Ending.AMOUNT),
        ({"failed_payments": (PaymentFailed(None, "Other"),)}, None, 0, Ending.PAYMENT),
        ({}, Flag.WARNED, 0, Ending.FLAGGED),
        ({"status": Status.PAID}, Flag.DISABLED, 9, Ending.FLAGGED),
    ],
)
def test_a_snooze_cannot_hide_a_change(
    change: dict[str, object], flag: Flag | None, days: int, ending: Ending | None
) -> None:
    """It ends by its date, and before that by whatever people should hear of."""
    invoice = replace(INVOICE, **change)  # type: ignore[arg-type]
    snooze = Snooze.of(INVOICE, "U0ADA", TODAY + timedelta(days=7), "on its way", TODAY)
    assert (snooze.by, snooze.reason) == ("U0ADA", "on its way")
    assert snooze.ended(invoice, flag, TODAY + timedelta(days=days)) is ending


def test_a_snooze_can_last_from_tomorrow_to_its_limit() -> None:
    """Both days included."""
    window = Window.of(TODAY, 14)
    assert (window.first, window.last) == (TODAY + timedelta(days=1), TODAY + timedelta(days=14))
    held = [days for days in range(20) if window.holds(TODAY + timedelta(days=days))]
    assert held == list(range(1, 15))


@pytest.mark.parametrize(
    ("status", "reason", "flag"),
    [
        ("Warned", "PastDue", Flag.WARNED),
        ("DISABLED", "pastdue", Flag.DISABLED),
        ("Active", "PastDue", None),
        ("Warned", "UnusualActivity", None),
        ("Warned", None, None),
        (None, "PastDue", None),
        (3, "PastDue", None),
    ],
)
def test_only_unpaid_invoices_can_flag_a_profile(
    status: object, reason: object, flag: Flag | None
) -> None:
    """Azure warns and disables for other reasons, too."""
    assert Flag.of(status, reason) is flag


@pytest.mark.parametrize(
    ("day", "reference", "told"),
    [
        ("2026-11-22", " SEPA \n 12 ", Wire(TODAY, "SEPA 12")),
        ("2026-10-23", "", Wire(TODAY - timedelta(days=30))),
        ("2026-10-22", "", {"day": Fault.TOO_OLD}),
        ("2026-11-23", "", {"day": Fault.FUTURE}),
        ("", "", {"day": Fault.MISSING}),
        ("tomorrow", "x" * 141, {"day": Fault.MISSING, "reference": Fault.TOO_LONG}),
        ("2026-11-22", "x" * LONGEST_REFERENCE, Wire(TODAY, "x" * LONGEST_REFERENCE)),
        ("2026-11-22", "x" * 141, {"reference": Fault.TOO_LONG}),
        ("2026-11-22", "a\u202eb", Wire(TODAY, "a b")),
    ],
)
def test_a_payer_can_tell_of_a_wire_that_makes_sense(
    day: str, reference: str, told: object
) -> None:
    """Not of one to come, nor of one that should have arrived long ago."""
    assert Wire.told(day, reference, TODAY) == told


def test_a_snooze_cannot_end_by_a_failure_known_before() -> None:
    """Only another one."""
    failed = (PaymentFailed(None, "Other"),)
    invoice = replace(INVOICE, failed_payments=failed)
    snooze = Snooze.of(invoice, "U0ADA", TODAY + timedelta(days=7), "on its way", TODAY)
    assert snooze.ended(invoice, None, TODAY) is None
    again = replace(invoice, failed_payments=failed * 2)
    assert snooze.ended(again, None, TODAY) is Ending.PAYMENT


def test_an_assignee_can_be_known_without_who_has_asked_them() -> None:
    """An older card may not tell that."""
    assert Assignee.found({"assignee": "U0BEN"}) == Assignee("U0BEN", "")


def test_a_direct_message_on_a_remark_can_stand_for_no_milestone() -> None:
    """Only a reminder has one."""
    assert Alert.direct("G1", "U0BEN", step="abc").milestone == 0
    assert Alert.direct("G1", "U0BEN", milestone=7).milestone == 7


def test_words_cannot_hold_half_a_character() -> None:
    """A lone surrogate, which JSON can carry, could not be sent on."""
    assert clean("a\ud800b", 100) == "ab"
