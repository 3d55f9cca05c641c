"""The commands, run as an operator runs them: as processes, with an environment and an exit code."""

import asyncio
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from io import StringIO

import pytest
from pydantic import SecretStr
from redis.asyncio import Redis
from rich.console import Console

from bot.adapters.embedded_valkey import EmbeddedValkey
from bot.checkup import examine
from bot.config import Settings
from tests.shell import Ended, command, running
from tests.town import FINANCE, Town, town
from tests.waiting import until

NOBODY = "http://127.0.0.1:1"
"""An address nobody listens on."""

pytestmark = pytest.mark.timeout(180)  # many processes, maybe on a busy machine


@dataclass(frozen=True)
class Try:
    """A command in a town of its own: what is different there, and in its environment.

    ``different`` may return what depends on the town of the environment; ``anew`` is for
    ``tests.shell.command``.
    """

    arguments: str
    different: Callable[[Town], dict[str, str] | None] = lambda _: None
    environment: dict[str, str] = field(default_factory=dict)
    in_file: bool = False
    anew: bool = False


@dataclass(frozen=True)
class Tried:
    """How it ended, and the town it ended in, whose one good invoice has this number."""

    ended: Ended
    town: Town
    number: str

    @property
    def sentences(self) -> list[str]:
        """What it said on stderr, but for its log."""
        logged = re.compile(r"\S+Z \[(info|warning) ")
        return [one for one in self.ended.err.splitlines() if one and not logged.match(one)]


def _lose_role(town: Town) -> None:
    town.tenant.revoke("billing-account-reader", town.tenant.bot_id, town.account)


def _malform(town: Town) -> None:
    """An invoice without an amount, one that is none at all, and one with a date that is none."""
    account = town.tenant.accounts[town.account].id
    properties = {"billingProfileId": f"{account}/billingProfiles/{town.profile}", "status": "Due"}
    due = {"amountDue": {"value": 5, "currency": "EUR"}, "dueDate": "soon"}
    town.tenant.raw_invoices += [
        {"id": f"{account}/invoices/G000000666", "name": "G000000666", "properties": properties},
        {
            "id": f"{account}/invoices/G000000667",
            "name": "G000000667",
            "properties": properties | due,
        },
        "no invoice",
    ]


def _leave_channel(town: Town) -> None:
    town.workspace.channels[FINANCE].members.remove(town.workspace.bot_user_id)
    town.workspace.scopes.discard("users:read.email")
    town.fault("GET */users", "status", status=403, times=-1)
    _lose_role(town)


def _take_metrics_port(town: Town) -> dict[str, str]:
    return {"METRICS_PORT": town.azure.management.rpartition(":")[2]}


def _nothing_to_do(town: Town) -> None:
    for number in list(town.tenant.invoices):
        town.tenant.remove_invoice(number)


TRIES = {
    "scan": Try("scan"),
    "dry run": Try("scan --dry-run"),
    "digest": Try("digest"),
    "nothing to do": Try("scan", _nothing_to_do),
    "malformed": Try("scan", _malform),
    "no identity": Try("scan", environment={"IDENTITY_ENDPOINT": f"{NOBODY}/msi/token"}),
    "no role": Try("scan", _lose_role),
    "no azure": Try("scan", environment={"AZURE_MANAGEMENT_URL": NOBODY}),
    "wrong token": Try("scan", environment={"SLACK_BOT_TOKEN": "xoxb-hush-wrong"}),
    "no slack": Try("scan", environment={"SLACK_API_URL": f"{NOBODY}/api/"}),
    "no channel": Try("scan", environment={"ALERT_CHANNEL": "C0NOWHERE"}),
    "no redis": Try("scan", environment={"REDIS_URL": "redis://:hush@127.0.0.1:1/0"}),
    "in a file": Try("scan --dry-run", in_file=True),
    "metrics port taken": Try("worker", _take_metrics_port),
    "doctor": Try(
        "doctor --rehearse --as U0ADA",
        environment={"ALLOW_SHARED_CHANNELS": "finance"},
        anew=True,
    ),
    "doctor finds": Try("doctor", _leave_channel, {"REDIS_URL": "redis://:hush@127.0.0.1:1/0"}),
    "doctor finds a token": Try(
        "doctor --json", environment={"SLACK_BOT_TOKEN": "xoxb-hush-wrong"}
    ),
}


@pytest.fixture(scope="module")
def played(redis_url: str) -> tuple[dict[str, Tried], Town]:
    """What takes long, side by side: all tries, and the town where a worker was killed."""

    async def both() -> tuple[dict[str, Tried], Town]:
        return await asyncio.gather(_try_all(redis_url), _kill_a_worker(redis_url))

    return asyncio.run(both())


@pytest.fixture
def tried(played: tuple[dict[str, Tried], Town]) -> dict[str, Tried]:
    """How each of the tries ended."""
    return played[0]


async def _try_all(redis_url: str) -> dict[str, Tried]:
    at_once = asyncio.Semaphore(3)  # two processors have no use for more

    async def one(case: Try) -> Tried:
        async with at_once, town(redis_url) as made:
            number = made.invoice()
            different = case.different(made) or {}
            given, file = made.environment() | case.environment | different, ""
            if case.in_file:
                kept = given | {"SLACK_BOT_TOKEN": "xoxb-of-another-app"}
                file = "".join(f"{name}='{value}'\n" for name, value in kept.items())
                given = {"SLACK_BOT_TOKEN": given["SLACK_BOT_TOKEN"]}
            words = case.arguments.split()
            ended = await command(*words, given=given, env_file=file, anew=case.anew)
            return Tried(ended, made, number)

    return dict(zip(TRIES, await asyncio.gather(*map(one, TRIES.values())), strict=True))


async def _kill_a_worker(redis_url: str) -> Town:
    """A worker is killed while Azure keeps its scan waiting, and another one is started."""
    async with town(redis_url) as made:
        number = made.invoice()
        given = made.environment() | {"SCAN_EVERY_SECONDS": "10"}
        made.fault("GET */invoices", "delay", seconds=120)
        async with running("worker", given=given) as first:
            await until(lambda: not made.faults.waiting, within=40)
            await first.kill()
        assert made.posts() == []
        async with running("worker", given=given) as second:
            await second.ready()
            await until(made.posts, within=30)
            assert await second.stop() == 0
            assert "error" not in second.log
        assert made.card(number).ts
    return made


Tries = dict[str, Tried]


def test_an_operator_can_scan_once(tried: Tries) -> None:
    """The command ends when the card is delivered, with a table and a summary, and code 0."""
    one = tried["scan"]
    assert one.ended.code == 0
    assert one.town.button(one.town.card(one.number), "pay.open")
    for shown in (one.number, "12,340.00", "posted", "1 invoice(s) read, 1 posted, 0 updated"):
        assert shown in one.ended.out


def test_an_operator_can_see_what_a_scan_would_do(tried: Tries) -> None:
    """The dry run prints the same table and posts nothing."""
    one = tried["dry run"]
    assert one.ended.code == 0
    assert one.town.posts() == []
    assert one.town.traffic.count("chat.postMessage") == 0
    for shown in ("Dry run: nothing was posted", one.number, "12,340.00", "would be"):
        assert shown in one.ended.out


def test_an_operator_can_post_the_digest_now(tried: Tries) -> None:
    """It is there when the command ends, with its picture below it, and the code is 0."""
    one = tried["digest"]
    assert (one.ended.code, one.ended.out.strip()) == (0, "Posted.")
    told, picture = one.town.posts()
    assert "1 invoice is overdue" in told.text
    assert (picture.thread_ts, len(picture.files)) == (told.ts, 1)


def test_an_operator_can_scan_when_there_is_nothing_to_do(tried: Tries) -> None:
    """No invoice is no failure, but Azure hides invoices without a word, so that is said."""
    one = tried["nothing to do"]
    assert (one.ended.code, one.town.posts()) == (0, [])
    assert "0 invoice(s) read, 0 posted" in one.ended.out
    assert "perhaps the bot holds no role on it" in one.ended.out


def test_an_operator_can_see_which_invoices_were_skipped(tried: Tries) -> None:
    """Malformed invoices are named with the reason, the others go on, and the code is 0."""
    one = tried["malformed"]
    assert one.ended.code == 0
    assert one.town.card(one.number).ts
    assert "Invoice G000000666 skipped: it has no amount due." in one.ended.out
    assert "Invoice G000000667 skipped:" in one.ended.out
    assert "Invoice ? skipped:" in one.ended.out
    assert "4 invoice(s) read, 1 posted" in one.ended.out


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("no identity", "The bot could not sign in to Azure: check its Azure credentials."),
        ("no role", "Give its enterprise application the role Billing account reader"),
        ("no azure", "Azure could not be reached."),
        ("wrong token", "Slack refuses the bot's token: check SLACK_BOT_TOKEN."),
        ("no slack", "Slack could not be reached."),
        ("no redis", "Redis does not answer or does not let the bot in: check REDIS_URL"),
    ],
)
def test_an_operator_cannot_scan_without(tried: Tries, name: str, sentence: str) -> None:
    """One sentence says what is missing, nothing is posted, and the code is 1."""
    one = tried[name]
    assert one.ended.code == 1
    assert [sentence in said for said in one.sentences] == [True], one.ended.shown
    assert one.town.posts() == []


def test_an_operator_cannot_scan_into_an_unknown_channel(tried: Tries) -> None:
    """The summary names the channel, the settings to look at and the invoice; the code is 1."""
    one = tried["no channel"]
    assert (one.ended.code, one.town.posts(), one.sentences) == (1, [], [])
    (failure,) = [line for line in one.ended.out.splitlines() if "C0NOWHERE" in line]
    assert "check ALERT_CHANNEL and ALERT_ROUTES" in failure
    assert one.number in failure


@pytest.mark.parametrize("name", TRIES)
def test_an_operator_never_sees_a_traceback_or_a_secret(tried: Tries, name: str) -> None:
    """Whatever goes wrong, it is told in sentences."""
    shown, secrets = tried[name].ended.shown, tried[name].town.environment()
    assert "Traceback" not in shown
    assert ".py" not in shown
    assert "hush" not in shown
    for secret in ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "IDENTITY_HEADER"):
        assert secrets[secret] not in shown


def test_an_operator_cannot_start_a_worker_on_a_taken_metrics_port(tried: Tries) -> None:
    """One sentence names the setting to change, and the code is 1."""
    one = tried["metrics port taken"]
    assert one.ended.code == 1, one.ended.shown
    assert ["METRICS_PORT" in said for said in one.sentences] == [True]


def test_an_operator_can_have_everything_checked(tried: Tries) -> None:
    """The doctor looks at everything, finds nothing, and posts a rehearsal where it is told to."""
    ended, where = tried["doctor"].ended, tried["doctor"].town
    findings = ended.out.strip().splitlines()
    assert ended.code == 0
    assert {line[:4] for line in findings} == {"ok  "}, ended.shown
    assert len(findings) == 18
    assert findings[-1].startswith("ok   Rehearsal: posted to U0ADA: press Pay now there.")
    (direct,) = [channel for channel in where.workspace.channels if channel.startswith("D")]
    assert len(where.posts(direct)) == 1
    assert where.posts() == []


def test_an_operator_can_see_all_findings_at_once(tried: Tries) -> None:
    """Each finding comes with its fix, and the code is 1."""
    ended = tried["doctor finds"].ended
    findings = dict(line.split(": ", 1) for line in ended.out.strip().splitlines())
    assert ended.code == 1
    assert findings["ok   Slack token"]
    assert "lacks users:read.email" in findings["FAIL Slack scopes"]
    assert f"no member of {FINANCE}: invite it" in findings["FAIL Slack channels"]
    assert "Billing account reader" in findings["FAIL Azure billing"]
    assert "permission" in findings["FAIL Microsoft Graph"]
    assert "check REDIS_URL" in findings["FAIL Store"]


def test_an_operator_can_see_what_else_is_wrong_beside_a_wrong_token(tried: Tries) -> None:
    """A refused token does not keep the doctor from looking at Azure; here told to a machine."""
    ended = tried["doctor finds a token"].ended
    told = json.loads(ended.out)
    findings = {finding["what"]: finding for finding in told["findings"]}
    assert (ended.code, told["ok"]) == (1, False)
    assert findings["Slack token"]["level"] == "failure"
    assert "Slack refuses the bot's token" in findings["Slack token"]["sentence"]
    assert findings["Azure billing"]["level"] == "ok"


async def test_an_operator_can_see_that_a_store_would_lose_what_it_must_keep(
    contoso: Town, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The doctor refuses a Redis that evicts keys, and one that keeps no file."""
    store = EmbeddedValkey(tmp_path_factory.mktemp("v") / "data")
    url = await store.start()
    settings = (await contoso.bot(redis_url=SecretStr(url))).outside.settings
    wrong = {"maxmemory-policy": ("allkeys-lru", "noeviction"), "appendonly": ("no", "yes")}
    try:
        async with Redis.from_url(url) as redis:
            for name, (bad, good) in wrong.items():
                await redis.config_set(name, bad)
                shown = StringIO()
                assert await examine(settings, Console(file=shown, width=200)) == 1
                assert f"set {name} to {good}." in shown.getvalue()
                await redis.config_set(name, good)
    finally:
        await store.stop()


async def test_an_operator_cannot_start_anything_with_wrong_settings() -> None:
    """Every command lists all problems and ends with 2; none starts, and ``run`` does not insist."""
    given = {"SLACK_BOT_TOKEN": "hush", "PORT": "http", "REDIS_URL": "hush://hush"}
    names = ("run", "web", "worker", "scan", "doctor")
    ends = await asyncio.gather(*(command(name, given=given) for name in names))
    for ended in ends:
        lines = ended.err.strip().splitlines()
        assert ended.code == 2
        assert [line.split(" is ")[0] for line in lines] == [
            "SLACK_BOT_TOKEN",
            "SLACK_SIGNING_SECRET",
            "ALERT_CHANNEL",
            "REDIS_URL",
            "PORT",
        ]
        for line in lines:
            name = line.split(" ")[0].lower()
            assert line.endswith(f"set it to {Settings.model_fields[name].description}.")
        assert "hush" not in ended.shown


def test_an_operator_can_keep_the_settings_in_a_file(tried: Tries) -> None:
    """``.env`` is read, azure-identity finds its own part in it, and the environment wins."""
    one = tried["in a file"]
    assert one.ended.code == 0, one.ended.shown
    assert one.number in one.ended.out


def test_a_channel_can_see_what_a_killed_worker_had_in_hand(
    played: tuple[dict[str, Tried], Town],
) -> None:
    """A worker killed in the midst of a scan is replaced by another one within 30 s."""
    _, killed = played
    assert len(killed.posts()) == 1
    assert killed.traffic.count("chat.postMessage") == 1
