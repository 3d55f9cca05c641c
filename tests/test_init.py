"""``init``: from nothing to a bot that the doctor finds well, every answer tried at once."""

import asyncio
import os
import re
import stat
import subprocess
import sys
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

import pytest
from dotenv import dotenv_values
from typer.testing import CliRunner

from bot.cli import app
from bot.env_file import write_env
from bot.setup_guide import azure_steps, manifest, new_app_link
from tests.town import FINANCE, SECRET, Town, town

pytestmark = pytest.mark.timeout(120)
ROOT = Path(__file__).parents[1]
YES, NO, ENTER = "y", "n", ""
WEB = "https://bot.contoso.example"


@dataclass(frozen=True)
class Walk:
    """What an administrator types, a line each, and what is different in their town.

    ``before`` is what ``.env`` says already.
    """

    typed: Callable[[Town], list[str]]
    different: Callable[[Town], None] = lambda _: None
    before: str = ""


@dataclass
class Walked:
    """How it ended."""

    code: int
    shown: str
    folder: Path
    town: Town
    env: dict[str, str | None] = field(default_factory=dict)


def _good(town: Town) -> list[str]:
    """Web address; token, signing secret, channel; no client id: a managed identity."""
    channel = f"https://contoso.slack.com/archives/{FINANCE}"
    return [WEB, town.workspace.bot_token, SECRET, channel, ENTER]


def _blundering(town: Town) -> list[str]:
    """Everything wrong at first: address, token's form, token, secret, channel's form, channel."""
    return [
        *("invoices.example.com", WEB),
        *("xoxp-1", "xoxb-hush-wrong", YES, town.workspace.bot_token),
        *("short", SECRET),
        *("#finance", "C0NOWHERE", YES, FINANCE),
        ENTER,
    ]


def _unready(town: Town) -> list[str]:
    """The bot is not in the channel and has no role yet; the administrator goes on all the same."""
    return [WEB, town.workspace.bot_token, SECRET, FINANCE, NO, ENTER, NO]


def _not_yet(town: Town) -> None:
    town.workspace.channels[FINANCE].members.remove(town.workspace.bot_user_id)
    town.tenant.revoke("billing-account-reader", town.tenant.bot_id, town.account)


def _told_kinds(town: Town) -> None:
    """Azure says of each holder of a role what it is; none is a group."""
    town.tenant.assign(
        "billing-account-owner", town.ids["U0ADA"], town.account, principal_type="User"
    )
    reader, bot = "billing-account-reader", town.tenant.bot_id
    town.tenant.assign(reader, bot, town.account, principal_type="ServicePrincipal")


def _with_group(town: Town) -> None:
    _told_kinds(town)
    group = town.tenant.add_group("Payers")
    town.tenant.assign("billing-account-owner", group, town.account, principal_type="Group")


WALKS = {
    "good": Walk(_good),
    "blundering": Walk(_blundering, _with_group),
    "unready": Walk(_unready, _not_yet),
    "again": Walk(
        lambda _: [YES, WEB, ENTER, ENTER, ENTER, ENTER],
        _told_kinds,
        before="# ours\nALERT_CHANNEL=C0FINANCE\nTIMEZONE=Europe/Paris\nSLACK_APP_TOKEN=xapp-old\n"
        f"SLACK_BOT_TOKEN=xoxb-sandbox-token\nSLACK_SIGNING_SECRET={SECRET}\n",
    ),
    "declined": Walk(lambda _: [NO], before="ALERT_CHANNEL=C0OLD\n"),
    "given up": Walk(lambda t: [WEB, t.workspace.bot_token]),
}


async def _walk(redis_url: str, walk: Walk, folder: Path) -> Walked:
    async with town(redis_url) as made:
        walk.different(made)
        given = {
            n: v for n, v in made.environment().items() if not n.startswith(("SLACK_BOT", "AL"))
        }
        del given["SLACK_SIGNING_SECRET"]
        if walk.before:
            (folder / ".env").write_text(walk.before)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "init"),
            cwd=folder,
            env={"PATH": os.environ["PATH"], "HOME": str(folder), **given},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # no terminal: secrets are read from standard input, too
        )
        typed = "".join(f"{line}\n" for line in walk.typed(made)).encode()
        shown, _ = await asyncio.wait_for(process.communicate(typed), 60)
        env = dotenv_values(folder / ".env")
        return Walked(process.returncode or 0, shown.decode(), folder, made, dict(env))


@pytest.fixture(scope="module")
def walked(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Walked]:
    """All walks, side by side."""

    async def all_of_them() -> dict[str, Walked]:
        folders = [tmp_path_factory.mktemp("init") for _ in WALKS]
        walks = zip(WALKS.values(), folders, strict=True)
        done = await asyncio.gather(*(_walk(redis_url, walk, folder) for walk, folder in walks))
        return dict(zip(WALKS, done, strict=True))

    return asyncio.run(all_of_them())


def test_an_administrator_can_set_the_bot_up(walked: dict[str, Walked]) -> None:
    """Each answer is tried as it is given; at the end the doctor finds everything well."""
    good = walked["good"]
    assert good.code == 0, good.shown
    assert good.env == {
        "SLACK_BOT_TOKEN": good.town.workspace.bot_token,
        "SLACK_SIGNING_SECRET": SECRET,
        "ALERT_CHANNEL": FINANCE,
    }
    for words in (
        *("Signed in to", "The bot is in #finance", "Billing account Contoso"),
        *("lets the bot look people up", "Azure does not say whether groups"),
        *("ok   Slack token", "ok   Azure billing", "ok   Store"),
    ):
        assert words in good.shown, words
    assert SECRET not in good.shown
    assert good.town.workspace.bot_token not in good.shown


def test_nobody_else_can_read_the_file(walked: dict[str, Walked]) -> None:
    """It holds secrets: its owner alone may read it, and its copy."""
    for one in ("good", "again"):
        for file in walked[one].folder.glob(".env*"):
            assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
    assert not list(walked["good"].folder.glob("*draft*"))


def test_an_administrator_can_correct_each_answer(walked: dict[str, Walked]) -> None:
    """A wrong answer is told at once, with the way out, and asked again."""
    told = walked["blundering"]
    assert told.code == 0, told.shown
    assert told.env == walked["good"].env | {"SLACK_BOT_TOKEN": told.town.workspace.bot_token}
    for words in (
        *("That is no https address", "A bot token starts with xoxb-"),
        *("Slack refuses the bot's token", "A signing secret is a long word"),
        *("neither a channel's id", "shows the bot no channel C0NOWHERE"),
        *("Groups hold billing roles here", "grant GroupMember.Read.All"),
    ):
        assert words in told.shown, words
    assert "hush" not in told.shown


def test_an_administrator_can_finish_before_others_have_done_their_part(
    walked: dict[str, Walked],
) -> None:
    """Who waits for a role or an invitation may go on; the doctor then says what is still missing."""
    told = walked["unready"]
    assert told.code == 1
    assert told.env == walked["good"].env
    assert "The bot is not in #finance: type /invite" in told.shown
    assert "Azure shows the bot no billing account" in told.shown
    assert "FAIL Azure billing" in told.shown


def test_an_administrator_can_change_one_answer_later(walked: dict[str, Walked]) -> None:
    """What was set is offered as it is; other lines stay, and what no longer fits goes."""
    again = walked["again"]
    assert again.code == 0, again.shown
    lines = (again.folder / ".env").read_text().splitlines()
    assert lines[0] == "# ours"
    assert again.env["TIMEZONE"] == "Europe/Paris"
    assert "SLACK_APP_TOKEN" not in again.env
    assert (again.folder / ".env.backup").read_text() == WALKS["again"].before
    assert "No group holds a role on the billing account: User.Read.All is enough" in again.shown
    assert SECRET not in again.shown


def test_nobody_can_lose_a_file_by_accident(walked: dict[str, Walked]) -> None:
    """Without a yes, or before the last answer, nothing is touched."""
    declined, given_up = walked["declined"], walked["given up"]
    assert (declined.code, given_up.code) == (0, 1)
    assert [file.name for file in declined.folder.iterdir()] == [".env"]
    assert declined.env == {"ALERT_CHANNEL": "C0OLD"}
    assert not (given_up.folder / ".env").exists()


def test_an_administrator_can_create_the_app_by_a_link(walked: dict[str, Walked]) -> None:
    """The link holds the whole manifest, with the bot's own address or for Socket Mode."""
    link = next(
        line for line in walked["good"].shown.splitlines() if line.startswith("https://api")
    )
    assert link == new_app_link(WEB)
    text = unquote(link.partition("manifest_yaml=")[2])
    assert text == manifest(f"{WEB}/anything")
    addresses = re.findall(r"url: (\S+)", text)
    assert addresses
    assert set(addresses) == {f"{WEB}/slack/events"}
    assert "socket_mode_enabled: false" in text
    socket = manifest("")
    assert "url:" not in socket
    assert "socket_mode_enabled: true" in socket
    for one in (text, socket):
        assert re.findall(r"- ([a-z:.]+)$", one, re.MULTILINE) == re.findall(
            r"- ([a-z:.]+)(?: #.*)?$", (ROOT / "manifest.yml").read_text(), re.MULTILINE
        )
        assert " # " not in one


def test_an_installed_bot_can_make_the_link_too() -> None:
    """The wheel takes the manifest along."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert wheel["force-include"] == {"manifest.yml": "bot/manifest.yml"}


def test_an_administrator_can_grant_no_more_than_needed(walked: dict[str, Walked]) -> None:
    """The steps name the reader's role, the enterprise application's object id, and two permissions."""
    steps = azure_steps()
    assert steps in walked["good"].shown
    assert "OBJECT id of the enterprise" in " ".join(steps.split()).replace("# ", "")
    assert "50000000-aaaa-bbbb-cccc-100000000002" in steps
    assert re.findall(r"[A-Z]\w+\.Read\w*\.\w+", steps) == ["User.Read.All", "GroupMember.Read.All"]
    assert re.findall(r"(\S+)=Role", steps) == [
        "df021288-bdef-4463-88db-98f22de89214",
        "98830695-27a2-44f7-8c18-0c3ebc9698f6",
    ]


def test_nobody_can_read_a_secret_over_the_shoulder(tmp_path: Path) -> None:
    """Tokens and secrets are not shown as they are typed."""
    typed = f"{WEB}\nxoxp-hush-1\n"
    done = CliRunner().invoke(app, ["init", "--env-file", str(tmp_path / ".env")], input=typed)
    assert WEB in done.output
    assert "A bot token starts with xoxb-" in done.output
    assert "hush" not in done.output


def test_an_operator_can_keep_every_earlier_file(tmp_path: Path) -> None:
    """Each change keeps a copy of its own; an empty value takes a variable out."""
    file = tmp_path / ".env"
    assert write_env(file, {"A": "it's $HOME # here", "B": "2"}) is None
    first = file.read_text()
    assert write_env(file, {"B": ""}) == tmp_path / ".env.backup"
    assert write_env(file, {"C": "3", "NOT_THERE": ""}) == tmp_path / ".env.backup1"
    assert dotenv_values(file) == {"A": "it's $HOME # here", "C": "3"}
    assert (tmp_path / ".env.backup").read_text() == first
