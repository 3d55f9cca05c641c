"""What people read: never more than Slack takes, and never more than the bot meant to say."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.card import CardState, Message
from bot.domain.invoice import Invoice, PaymentFailed, PaymentMade, Status
from bot.domain.listing import Answer, Filter, Listing, NotFound, Query
from bot.domain.money import Money, totals
from bot.domain.outcome import NotPayable
from bot.domain.payment import Payment, State
from bot.domain.roles import PAYING_ROLES
from bot.errors import AzureUnavailable
from bot.views.card import CardView
from bot.views.confirm import ConfirmView
from bot.views.language import Language
from bot.views.lookup import LookupView
from sandbox.slack.rules import message_complaints, message_size, view_complaints
from tests.domain.test_invoice import OWED, TODAY

PORTAL = "https://portal.example/{billing_account}/{billing_profile}/{invoice}"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOSTILE = (
    "<!channel> <@U0ADA> <https://evil.example|Pay here> & *bold* `code`",
    "&lt;!channel&gt;",
    "A" * 10_000,
    "<" * 10_000,
    "{invoice} {0} %s {}",
    "\x00\x1b[31m\u202e\n\r\t",
    "",
)
OURS = re.compile(r"<@U0ADA>|<!date\^\d+\^\{date_short\} \{time\}\|[^<>|]+>")

PAYMENT = Payment(
    invoice=OWED.number,
    state=State.HANDED_OFF,
    operation="op",
    payer="U0ADA",
    entra_id="ada",
    role="billing-account-owner",
    amount=OWED.amount_due,
    since=NOON,
)

show_card = CardView(Language(), PORTAL)
answers = LookupView(Language(), PORTAL, NOON.date, by_role=True)
confirming = ConfirmView(Language(), PORTAL, NOON.date, frozenset(PAYING_ROLES))


def hostile_invoice(text: str, status: Status = Status.OVERDUE) -> Invoice:
    """An invoice with ``text`` in every field that Azure fills with free text."""
    return replace(
        OWED,
        status=status,
        billing_profile_name=text,
        purchase_order=text,
        replaced_by=text,
        payments=(PaymentMade(NOON, OWED.amount_due, text),) * 9,
        failed_payments=(PaymentFailed(None, text),) * 9,
    )


def marked_texts(node: Any) -> Iterator[str]:
    """Every text in which Slack would read markup."""
    if isinstance(node, list):
        for item in node:
            yield from marked_texts(item)
    elif isinstance(node, dict):
        if node.get("type") == "mrkdwn":
            yield node["text"]
        for value in node.values():
            yield from marked_texts(value)


def assert_safe(message: Message) -> None:
    """Slack takes it, and no link or mention is in it that the bot did not write."""
    assert message_complaints(message.blocks) == []
    assert message_size(message.blocks) <= 13_200
    assert 0 < len(message.text) <= 40_000
    for text in (message.text, *marked_texts(message.blocks)):
        assert not re.search("[<>]", OURS.sub("", text)), text


def listing(invoices: list[Invoice], text: str = "", unread: tuple[str, ...] = ()) -> Listing:
    """A page of these invoices."""
    sums = totals(i.amount_due for i in invoices)
    query = Query(Filter.ALL, text)
    return Listing(query, tuple(invoices), len(invoices), sums, TODAY, NOON, unread)


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("payment", [None, *(replace(PAYMENT, state=state) for state in State)])
def test_a_finance_team_cannot_be_tricked_by_a_card(
    text: str, status: Status, payment: Payment | None
) -> None:
    """Whatever Azure's texts hold, in every state of invoice and payment the card is only a card."""
    message = show_card(CardState(hostile_invoice(text, status), payment, TODAY))
    assert_safe(message)
    assert len(message.text) <= 4000


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("status", list(Status))
def test_a_colleague_cannot_be_tricked_by_an_answer(text: str, status: Status) -> None:
    """Look-ups of hostile data, and the echo of hostile questions, are plain words."""
    invoice = hostile_invoice(text, status)
    assert_safe(answers.one(Answer(invoice, PAYMENT)))
    assert_safe(answers.one(NotFound(text)))
    assert_safe(answers.bad_number(text))
    assert_safe(answers.many(listing([invoice] * 10, text[:100], (text,) * 5)))
    assert_safe(answers.many(listing([], text[:100], (text,))))


@pytest.mark.parametrize("text", HOSTILE)
def test_a_payer_cannot_be_tricked_by_a_modal(text: str) -> None:
    """A modal over hostile data is within Slack's limits and holds no foreign markup."""
    view = confirming.result(NotPayable(hostile_invoice(text, Status.DUE)))
    assert view_complaints(view, "modal") == []
    for words in marked_texts(view):
        assert not re.search("[<>]", OURS.sub("", words))


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=300), st.decimals("-999999999", "999999999", places=2), st.dates())
def test_a_finance_team_cannot_be_shown_a_card_that_slack_refuses(
    text: str, amount: Decimal, due: date
) -> None:
    """Any text, amount and date end in a card that Slack takes."""
    invoice = replace(hostile_invoice(text), amount_due=Money(amount, "JPY"), due_date=due)
    assert_safe(show_card(CardState(invoice, None, TODAY)))


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (-3, "due in 3 days"),
        (-1, "due in 1 day"),
        (0, "due today"),
        (1, "1 day overdue"),
        (19, "19 days overdue"),
        (1234, "1,234 days overdue"),
    ],
)
def test_a_finance_team_can_read_how_late_an_invoice_is(days: int, words: str) -> None:
    """The headline counts the days, before and after the due date."""
    invoice = replace(OWED, due_date=TODAY - timedelta(days=days))
    message = show_card(CardState(invoice, None, TODAY))
    assert message.blocks[0]["text"]["text"].endswith(f"Invoice G100000001: {words}")
    assert message.text.startswith(f"Invoice G100000001: {words}.")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"status": Status.PAID}, "paid"),
        ({"status": Status.VOID}, "void"),
        ({"status": Status.LOCKED}, "locked by Azure"),
        ({"status": Status.OTHER}, "not to be paid"),
        ({"status": Status.UNKNOWN}, "not to be paid"),
        ({"document_type": "creditnote"}, "not to be paid"),
        ({"replaced_by": "G2"}, "replaced by G2"),
        ({"due_date": None}, "due"),
        ({"due_date": None, "status": Status.OVERDUE}, "overdue"),
    ],
)
def test_a_finance_team_can_read_where_an_invoice_stands(
    fields: dict[str, Any], words: str
) -> None:
    """Every state of an invoice has its words, and only a payable one has buttons."""
    invoice = replace(OWED, **fields)
    message = show_card(CardState(invoice, None, TODAY))
    assert message.blocks[0]["text"]["text"].endswith(f"Invoice G100000001: {words}")
    assert any(b["type"] == "actions" for b in message.blocks) is invoice.is_payable


@pytest.mark.parametrize(
    ("amount", "locale", "shown"),
    [
        ("12340", "en", "12,340.00 EUR"),
        ("0.1", "en", "0.10 EUR"),
        ("12340.1", "de", "12.340,10 EUR"),
        ("0.125", "en", "0.125 EUR"),
        ("999999999999999.99", "en", "999,999,999,999,999.99 EUR"),
        ("-5", "en", "-5.00 EUR"),
    ],
)
def test_a_finance_team_can_read_exact_amounts(amount: str, locale: str, shown: str) -> None:
    """Amounts are grouped as the reader writes them, and never rounded."""
    said = Language(locale).money(Money.of(amount, "EUR"))
    assert said.replace("\xa0", " ") == shown


def test_a_finance_team_cannot_see_a_due_date_move_with_a_time_zone() -> None:
    """A due date is a calendar day wherever it is read."""
    assert Language().day(date(2026, 11, 3)) == "3 Nov 2026"


def test_a_screen_reader_can_tell_all_of_a_card() -> None:
    """The top-level text says everything the blocks show, and who is paying."""
    invoice = replace(OWED, purchase_order="PO-7")
    text = show_card(CardState(invoice, None, TODAY)).text.replace("\xa0", " ")
    for words in (
        "G100000001",
        "10 days overdue",
        "12,340.00 EUR",
        "12 Nov 2026",
        "Contoso Finance",
        "PO-7",
        "Pay now",
    ):
        assert words in text
    paying = show_card(CardState(invoice, PAYMENT, TODAY)).text
    assert "<@U0ADA> is paying since" in paying
    assert "Use the Pay now button" not in paying


def test_a_channel_can_be_kept_quiet_by_equal_cards() -> None:
    """The same state always gives the very same message, so nothing is updated in vain."""
    state = CardState(OWED, PAYMENT, TODAY)
    assert show_card(state) == show_card(state)


def test_a_colleague_can_read_totals_per_currency() -> None:
    """Amounts of two currencies stand side by side and are never added."""
    dollars = replace(OWED, amount_due=Money(Decimal("0.10"), "USD"))
    text = answers.many(listing([OWED, dollars, OWED])).text.replace("\xa0", " ")
    assert "24,680.00 EUR · 0.10 USD" in text
    with pytest.raises(ValueError, match="two currencies"):
        _ = OWED.amount_due + dollars.amount_due


def test_a_colleague_cannot_be_shown_a_vendors_own_words() -> None:
    """An error is told in the bot's words, whatever its message holds."""
    words = answers.failed(AzureUnavailable("secret-host.example:443 refused")).text
    assert "Azure did not answer in time" in words
    assert "secret-host" not in words
