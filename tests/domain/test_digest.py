"""What a channel's digest tells of, and what it compares with."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from bot.domain.ageing import Bucket
from bot.domain.digest import Baseline, Digest, Owed, Paid, digest, digest_id, paid_since
from bot.domain.invoice import Invoice, PaymentMade, Status
from bot.domain.money import Money

TODAY, TICK = date(2026, 11, 22), datetime(2026, 11, 22, 9, tzinfo=UTC)
MADE = TICK + timedelta(seconds=5)
THEN = datetime(2026, 11, 20, 9, tzinfo=UTC)


def invoice(number: str, amount: str = "10", days: int = 5, **more: object) -> Invoice:
    """An unpaid invoice so many days past its due date."""
    due, money = TODAY - timedelta(days=days), Money(Decimal(amount), "EUR")
    one = Invoice(number, "account", "profile", "Finance", Status.DUE, money, due_date=due)
    return replace(one, **more)  # type: ignore[arg-type]


def paid(number: str, day: datetime | None) -> Invoice:
    """A paid invoice."""
    money = Money(Decimal(0), "EUR")
    made = (PaymentMade(day, money, "Visa"),)
    return invoice(number, status=Status.PAID, amount_due=money, payments=made)


def of(*invoices: Invoice, before: Baseline | None = None, **more: object) -> Digest:
    """The digest of these."""
    how: dict[str, object] = {"payers": {}, "before": before, "made": MADE} | more
    return digest("C1", TICK, TODAY, invoices, **how)  # type: ignore[arg-type]


def test_a_channel_can_see_what_is_owed() -> None:
    """By profile, currency and age; the biggest of each currency, and the oldest."""
    dollars = invoice("G4", days=-2, amount_due=Money(Decimal(99), "USD"))
    told = of(invoice("G1"), invoice("G2", "30", 95), invoice("G3", "20", 0), dollars)

    assert (told.unpaid, told.overdue) == (4, 2)
    assert [one.number for one in told.biggest] == ["G2", "G4"]
    assert told.oldest is not None
    assert told.oldest.number == "G2"
    eur = {Bucket.NOT_DUE: "20", Bucket.D1_30: "10", Bucket.OVER_90: "30"}
    row = {age: Money(Decimal(amount), "EUR") for age, amount in eur.items()}
    usd = {Bucket.NOT_DUE: Money(Decimal(99), "USD")}
    assert told.owed == (Owed("Finance", "EUR", row), Owed("Finance", "USD", usd))
    assert told.ageing == {("Finance", "EUR"): row, ("Finance", "USD"): usd}
    assert told.sums == (Money(Decimal(60), "EUR"), Money(Decimal(99), "USD"))
    assert told.sums_overdue == (Money(Decimal(40), "EUR"),)
    assert (told.channel, told.tick, told.today, told.since) == ("C1", TICK, TODAY, None)
    assert told.here == Baseline(MADE, frozenset({"G1", "G2", "G3", "G4"}))
    assert (told.id, told.ts) == ("C1-20261122T090000", "")
    assert digest_id("C1", TICK) == told.id


def test_a_channel_can_see_that_nothing_is_owed() -> None:
    """No oldest, no biggest, no rows."""
    told = of(paid("G1", THEN))
    assert (told.unpaid, told.overdue, told.oldest) == (0, 0, None)
    assert (told.biggest, told.owed, told.sums, told.sums_overdue) == ((), (), (), ())


def test_a_channel_can_see_what_has_changed() -> None:
    """New, paid and by whom, and what ended otherwise; what could not be read waits."""
    before = Baseline(THEN, frozenset({"G1", "G2", "G3", "G9"}), frozenset({"G5"}))
    told = of(
        invoice("G1"),
        paid("G2", MADE),
        invoice("G3", status=Status.VOID),
        invoice("G4"),
        paid("G5", MADE),
        before=before,
        payers={"G2": "U0ADA"},
        unread=("Contoso",),
    )

    since = told.since
    assert since is not None
    assert (since.moment, since.fresh, since.paid_in_all, since.otherwise) == (THEN, 1, 1, 1)
    assert [(one.invoice.number, one.payer) for one in since.paid] == [("G2", "U0ADA")]
    assert told.here == Baseline(MADE, frozenset({"G1", "G4", "G9"}), frozenset({"G2"}))
    assert (told.before, told.unread) == (before, ("Contoso",))


def test_a_digest_cannot_tell_of_more_than_ten_payments() -> None:
    """It counts the rest; who paid outside the bot has no name."""
    told = of(*(paid(f"G{n:02}", MADE) for n in range(12)), before=Baseline(THEN, frozenset()))
    assert told.since is not None
    assert [one.invoice.number for one in told.since.paid] == [f"G{n:02}" for n in range(10)]
    assert told.since.paid_in_all == 12
    assert told.since.paid[0] == Paid(paid("G00", MADE))


def test_the_next_digest_can_only_compare_with_one_that_people_saw() -> None:
    """One that was never posted leaves the earlier baseline standing."""
    before = Baseline(THEN, frozenset({"G7"}))
    told = of(invoice("G1"), before=before)
    assert told.baseline == before
    assert replace(told, ts="1.0").baseline == told.here


def test_a_payment_of_the_same_day_can_be_told_once() -> None:
    """Azure dates payments by the day; an undated one counts if the invoice was unpaid then."""
    before = Baseline(THEN, frozenset({"G4"}), frozenset({"G2"}))
    same_day, earlier = THEN.replace(hour=0), THEN - timedelta(days=1)
    found = paid_since(
        before,
        [paid("G3", earlier), paid("G2", same_day), paid("G1", same_day), paid("G4", None)],
    )
    assert [one.number for one in found] == ["G1", "G4"]
    assert paid_since(before, [paid("G6", None), invoice("G7")]) == []


def test_a_channel_can_see_how_many_ended_unpaid() -> None:
    """Void or credited: each of them is counted, and none that was paid."""
    before = Baseline(THEN, frozenset({"G1", "G2", "G3"}))
    ended = [invoice(number, status=Status.VOID) for number in ("G1", "G2")]
    told = of(*ended, paid("G3", MADE), before=before)
    assert told.since is not None
    assert (told.since.otherwise, told.since.paid_in_all) == (2, 1)


def test_the_older_of_two_biggest_can_be_told() -> None:
    """Of the same amount in the same currency."""
    told = of(invoice("G1", "30", 5), invoice("G2", "30", 9))
    assert [one.number for one in told.biggest] == ["G2"]
