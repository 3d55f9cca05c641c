"""``azure-invoice-bot invoices``, and how all commands feel in a terminal."""

import asyncio
import csv
import io
import json
import os
import sys
import tempfile
from dataclasses import dataclass

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from bot.cli import app
from bot.domain.extract import COLUMNS
from tests.shell import Ended, command
from tests.town import town

pytestmark = pytest.mark.timeout(120)
NOBODY = "http://127.0.0.1:1"
ESCAPE = "\x1b["


@dataclass
class Listed:
    """What the commands printed, by their arguments, in a town with these invoices."""

    ended: dict[str, Ended]
    late: str
    due: str
    paid: str


_COMMANDS = ("invoices", "invoices all --format csv", "invoices -f json due contoso fin")


@pytest.fixture(scope="module")
def listed(redis_url: str) -> Listed:
    """All commands, side by side; Slack and the store are out of order."""
    return asyncio.run(_list(redis_url))


async def _list(redis_url: str) -> Listed:
    async with town(redis_url) as made:
        late = made.invoice(days_overdue=12)
        due = made.invoice(days_overdue=-5)
        paid = made.invoice(days_overdue=40, status="Paid")
        nowhere = {"SLACK_API_URL": f"{NOBODY}/api/", "REDIS_URL": "redis://127.0.0.1:1/0"}
        given = made.environment() | nowhere
        done = await asyncio.gather(*(command(*one.split(), given=given) for one in _COMMANDS))
        shown, plain = await asyncio.gather(
            _on_a_terminal(given), _on_a_terminal(given | {"NO_COLOR": "1"})
        )
        ended = dict(zip(_COMMANDS, done, strict=True)) | {"terminal": shown, "no colour": plain}
        other = made.tenant.add_account("Fabrikam")
        made.tenant.assign("billing-account-reader", made.tenant.bot_id, other)
        made.fault(f"GET */{other}/invoices*", "status", status=500, times=-1)
        ended["unread"] = await command("invoices", given=given)
        return Listed(ended, late, due, paid)


async def _on_a_terminal(given: dict[str, str]) -> Ended:
    """``invoices`` with a terminal for its output."""
    ours, its = os.openpty()
    with tempfile.TemporaryDirectory() as folder:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "invoices"),
            cwd=folder,
            env={"PATH": os.environ["PATH"], "HOME": folder, "TERM": "xterm", **given},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=its,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
        os.close(its)
        shown = await asyncio.to_thread(_all_of, ours)
        return Ended(await process.wait(), shown, "")


def _all_of(terminal: int) -> str:
    shown = b""
    try:
        while more := os.read(terminal, 65536):
            shown += more
    except OSError:  # how Linux says that the other side is closed
        pass
    os.close(terminal)
    return shown.decode()


def test_an_operator_can_list_unpaid_invoices(listed: Listed) -> None:
    """A table with the latest first, sums per currency, and nothing that is paid."""
    ended = listed.ended["invoices"]
    assert ended.code == 0, ended.shown
    assert ended.out.index(listed.late) < ended.out.index(listed.due)
    assert listed.paid not in ended.out
    words = " ".join(ended.out.replace("\xa0", " ").split())
    assert "12,340.00 EUR" in words
    assert "2 invoice(s). Amount due in all: 24,680.00 EUR" in words
    assert ESCAPE not in ended.out


def test_a_program_can_read_the_list(listed: Listed) -> None:
    """CSV and JSON are alone on standard output, with the exported files' columns; words narrow it."""
    text = listed.ended["invoices all --format csv"].out
    rows = list(csv.DictReader(io.StringIO(text)))
    assert {one["invoice"] for one in rows} == {listed.late, listed.due, listed.paid}
    assert tuple(rows[0]) == COLUMNS
    (told,) = json.loads(listed.ended["invoices -f json due contoso fin"].out)
    assert tuple(told) == COLUMNS
    assert (told["invoice"], told["amount_due"], told["days_overdue"]) == (
        listed.due,
        "12340.00",
        0,
    )


def test_an_operator_can_list_while_slack_and_the_store_are_away(listed: Listed) -> None:
    """Only Azure is asked: both others were out of order all the while."""
    assert [(listed.ended[one].code, listed.ended[one].err) for one in _COMMANDS] == [(0, "")] * 3


def test_an_operator_can_tell_that_a_list_is_not_whole(listed: Listed) -> None:
    """Where an account cannot be read the exit code says so, and one sentence which."""
    ended = listed.ended["unread"]
    assert ended.code == 1
    assert listed.late in ended.out
    assert ended.err.splitlines()[-1] == "Fabrikam could not be read; its invoices are missing."
    assert "Traceback" not in ended.shown


def test_an_operator_can_see_colours_on_a_terminal_only(listed: Listed) -> None:
    """A terminal gets colours, unless NO_COLOR is set; a pipe never does."""
    assert f"{ESCAPE}31m" in listed.ended["terminal"].out
    assert f"{ESCAPE}31m" not in listed.ended["no colour"].out
    assert listed.late in listed.ended["no colour"].out
    assert all(ESCAPE not in listed.ended[one].shown for one in _COMMANDS)


def test_an_operator_cannot_mistype_a_format() -> None:
    """A wrong option is told with the right ones, before anything is asked of Azure."""
    done = CliRunner().invoke(app, ["invoices", "--format", "xml"])
    assert done.exit_code == 2
    assert all(word in done.output for word in ("xml", "table", "csv", "json"))


def _commands() -> list[str]:
    root = get_command(app)
    names = []
    for name, one in root.commands.items():  # type: ignore[attr-defined]
        names += [f"{name} {inner}" for inner in getattr(one, "commands", {})] or [name]
    return names


@pytest.mark.parametrize("name", _commands())
def test_an_operator_can_see_an_example_of_every_command(name: str) -> None:
    """The help of each shows how it is typed, and every option says what it does."""
    shown = CliRunner().invoke(app, [*name.split(), "--help"], env={"COLUMNS": "200"}).output
    assert f"$ azure-invoice-bot {name}" in shown
    assert ESCAPE not in shown


def _completed(typed: str) -> list[str]:
    """What the Tab key offers in bash after these words."""
    done = CliRunner().invoke(
        app,
        prog_name="azure-invoice-bot",
        env={
            "_AZURE_INVOICE_BOT_COMPLETE": "complete_bash",
            "COMP_WORDS": typed,
            "COMP_CWORD": str(len(typed.split(" ")) - 1),
        },
    )
    return done.output.split()


def test_an_operator_can_complete_with_the_tab_key() -> None:
    """Commands, options, formats and filters are offered."""
    assert _completed("azure-invoice-bot in") == ["init", "invoices"]
    assert _completed("azure-invoice-bot invoices --for") == ["--format"]
    assert _completed("azure-invoice-bot invoices --format ") == ["table", "csv", "json"]
    assert _completed("azure-invoice-bot invoices ov") == ["overdue"]


def test_an_operator_can_install_the_completion() -> None:
    """Typer's own options are on."""
    assert "--install-completion" in CliRunner().invoke(app, ["--help"]).output
