"""The manifest: what the app asks Slack for is what it uses, and each scope says why."""

import ast
import json
import re
from pathlib import Path

import pytest
from slack_bolt.async_app import AsyncApp

from bot.adapters import slack_gateway
from bot.checkup import SCOPES
from sandbox.slack import text_of
from tests.town import FINANCE, Town, modal, told

ROOT = Path(__file__).parents[1]
MANIFEST = ROOT / "manifest.yml"
SCHEMA = ROOT.parent / "shared" / "slack-schemas" / "manifest.schema.2.0.0.json"

NEEDS = {
    "apps.connections.open": set[str](),  # of the bot token; the app-level token has its own
    "auth.test": set[str](),
    "chat.getPermalink": set[str](),
    "chat.postMessage": {"chat:write"},
    "chat.update": {"chat:write"},
    "conversations.history": {"channels:history", "groups:history"},
    "conversations.replies": {"channels:history", "groups:history"},
    "conversations.members": {"channels:read", "groups:read"},
    "conversations.info": {"channels:read", "groups:read"},
    "conversations.open": {"im:write"},
    "files.completeUploadExternal": {"files:write"},
    "files.getUploadURLExternal": {"files:write"},
    "users.info": {"users:read", "users:read.email"},
    "users.lookupByEmail": {"users:read.email"},
    "views.open": set[str](),
    "views.publish": set[str](),
    "views.push": set[str](),
    "views.update": set[str](),
}
"""Slack's methods and the scopes their documentation pages ask for, for channels of either kind."""


def section(name: str) -> str:
    """The lines of the manifest that are indented below ``name:``."""
    found = re.search(rf"^( *){name}:\n((?:\1 +.*\n)+)", MANIFEST.read_text(), re.MULTILINE)
    assert found, name
    return found[2]


def scopes() -> dict[str, str]:
    """The bot scopes with their reasons."""
    lines = re.findall(r"- (\S+)(?: # (.+))?\n", section("bot"))
    return dict(lines)


def methods() -> set[str]:
    """The Web API methods that the adapters call, from their source."""
    rooms = Path(slack_gateway.__file__).parent.glob("slack_*.py")
    trees = [ast.parse(room.read_text()) for room in rooms]
    calls = [node.func for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call)]
    names = {
        call.attr
        for call in calls
        if isinstance(call, ast.Attribute)
        and isinstance(call.value, ast.Attribute)
        and call.value.attr in ("_once", "_again")
    }
    # Only method names in camel case have more than one word after the last dot.
    return {name.replace("_", ".") for name in names}


def test_an_administrator_can_see_a_reason_for_each_scope() -> None:
    """Nobody has to guess what the app wants a permission for."""
    assert scopes()
    for scope, reason in scopes().items():
        assert len(reason) > 10, scope


def test_the_app_cannot_ask_for_more_than_it_uses() -> None:
    """The scopes are those of the methods called, and of commands; the doctor checks the same."""
    assert methods() == NEEDS.keys()
    used = {"commands"}.union(*NEEDS.values())
    assert scopes().keys() == used == SCOPES


async def test_a_payer_can_pay_with_exactly_these_scopes(contoso: Town) -> None:
    """Scan, card, confirmation and the doctor's look at the channel need no other."""
    contoso.workspace.scopes = set(scopes())
    number = contoso.invoice()
    bot = await contoso.bot()
    await bot.scan()
    ada = await contoso.person("U0ADA", bot)
    await ada.press(FINANCE, contoso.card(number).ts, "pay.open")
    await ada.submit((await modal(ada, "pay.confirm")).id)
    await told(ada, "reserved for you")
    await ada.command("/invoice", number)
    await bot.settle()
    assert "12,340.00" in text_of(ada.replies[-1])
    assert (await bot.outside.slack.channel(FINANCE))["is_member"]
    assert await bot.outside.slack.scopes() == SCOPES


async def test_every_command_in_slack_can_be_answered(
    contoso: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The commands Slack offers are those the bot listens to, and all help themselves."""
    offered = set(re.findall(r"- command: (/\S+)", section("slash_commands")))
    heard: set[str] = set()
    listen = AsyncApp.command

    def noting(app: AsyncApp, command: str) -> object:
        heard.add(command)
        return listen(app, command)

    monkeypatch.setattr(AsyncApp, "command", noting)
    bot = await contoso.bot()
    assert offered == heard == {"/invoice", "/invoices"}
    ada = await contoso.person("U0ADA", bot)
    for name in sorted(offered):
        await ada.command(name, "help")
        await bot.settle()
        assert name in text_of(ada.replies[-1])


def test_slack_can_take_the_manifest() -> None:
    """It is valid by Slack's own schema, version 2."""
    jsonschema = pytest.importorskip("jsonschema", reason="the validator is not installed")
    yaml = pytest.importorskip("yaml", reason="no YAML parser is installed")
    if not SCHEMA.exists():
        pytest.skip("Slack's manifest schema is not at hand")
    jsonschema.validate(yaml.safe_load(MANIFEST.read_text()), json.loads(SCHEMA.read_text()))


def test_slack_can_send_everything_to_one_address() -> None:
    """Commands and clicks go to the same path, the one the bot serves."""
    addresses = re.findall(r"url: (\S+)", MANIFEST.read_text())
    assert len(addresses) == 4
    assert {address.split("/", 3)[3] for address in addresses} == {"slack/events"}
