"""``audit`` as an operator runs it: the real command on the real trail."""

import asyncio
import csv
import io
import json
import stat
from datetime import timedelta
from pathlib import Path

import pytest
from docket import Docket
from pydantic import SecretStr
from typer.testing import CliRunner

from bot.audit_cli import _export, _findings, _verify, _well, app
from bot.audit_export import Shape
from bot.config import Settings
from bot.jobs import _jobs
from tests.paying import Unpaid, key, store, unpaid
from tests.shell import command
from tests.town import Town

EVER = ("0-1", "+")


async def story(town: Town) -> Unpaid:
    """A payment from the press to its end, with the bot behind it."""
    card = await unpaid(town)
    await card.hand_off("U0ADA")
    town.tenant.pay(card.number)
    await card.bot.scan()
    return card


async def verified(settings: Settings, *logs: Path, head: str = "") -> tuple[list[str], str]:
    """What ``audit verify`` finds wrong, and what it says where it finds nothing."""
    wanted = frozenset({head} - {""})
    verdict, lost = await _verify(settings, "", wanted, list(logs))
    return list(_findings(verdict, wanted, lost)), _well(verdict)


async def test_an_auditor_can_prove_the_trail_with_the_real_command(
    contoso: Town, tmp_path: Path
) -> None:
    """Exported as JSON lines it can be proven far from the bot; what was tampered with is named."""
    card = await story(contoso)
    given, file = contoso.environment(), tmp_path / "audit.jsonl"

    export = await command("audit", "export", "--format", "jsonl", "-o", str(file), given=given)
    proof = await asyncio.to_thread(CliRunner().invoke, app, ["verify", "--file", str(file)])
    forged = tmp_path / "forged.jsonl"
    forged.write_text(file.read_text().replace("U0ADA", "U0EVE", 1))
    false = await asyncio.to_thread(CliRunner().invoke, app, ["verify", "--file", str(forged)])
    async with store(contoso) as redis:
        entries = await redis.xrange(key(contoso, "journal"))
        await redis.xdel(key(contoso, "journal"), entries[0][0])
    broken, _ = await verified(card.bot.outside.settings)

    lines = [json.loads(line) for line in file.open()]
    told = {line["event"] for line in lines if line["invoice"] == card.number}
    assert {"payment.offered", "payment.handed_off", "payment.settled", "click.press"} <= told
    assert (export.code, f"Entries exported: {len(entries)}." in export.err) == (0, True)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert (proof.exit_code, lines[-1]["hash"] in proof.output) == (0, True)
    assert (false.exit_code, "it was changed" in false.output) == (1, True)
    assert f"(id {entries[0][0]}): it is gone" in broken[0]


async def test_an_auditor_can_take_some_days_along(
    contoso: Town, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """To a file or to standard output; days without entries make a file with the columns only."""
    card = await story(contoso)
    settings, none = card.bot.outside.settings, tmp_path / "none.csv"
    long_ago = ("0-1", "1577836800000")

    await _export(settings, "", Shape.CSV, EVER, None)
    shown = capfdbinary.readouterr().out.decode().partition("time,event,")  # after the tests' log
    await _export(settings, "", Shape.CSV, long_ago, none)

    rows = list(csv.DictReader(io.StringIO("".join(shown[1:]))))
    assert [row["event"] for row in rows if row["amount"]] == [
        "payment.offered",
        "payment.handed_off",
        "payment.settled",
    ]
    assert none.read_text().startswith("time,event,actor,")
    assert none.read_text().count("\n") == 1
    assert stat.S_IMODE(none.stat().st_mode) == 0o600


async def test_an_auditor_can_be_told_when_what_and_which(contoso: Town, tmp_path: Path) -> None:
    """Of an end that is missing, also where only the log or a noted hash still knows of it."""
    settings = (await story(contoso)).bot.outside.settings
    journal, log = key(contoso, "journal"), tmp_path / "bot.log"
    async with store(contoso) as redis:
        entries = await redis.xrange(journal)
        seals = dict(await redis.xrange(f"{journal}:seals"))
        (last, fields), (gone, _) = entries[-2:]
        hash_ = seals[gone]["hash"]
        log.write_text(json.dumps({"event": "audit", "id": gone, "hash": hash_}) + "\n")
        nothing, holds = await verified(settings, log, head=hash_)
        assert nothing == []
        assert holds.startswith("The audit trail holds.")
        assert holds.endswith(f": {len(entries)}. The last hash: {hash_}.")

        for stream in (journal, f"{journal}:seals"):
            await redis.xdel(stream, gone)
        (where, how_many), _ = await verified(settings)
        assert f"(id {gone}): the trail should end here" in where
        assert how_many.endswith(f"as they were written: {len(entries) - 1}.")

        await redis.hset(f"{journal}:head", mapping={"id": last, "hash": seals[last]["hash"]})
        assert (await verified(settings))[0] == []
        (known,), _ = await verified(settings, log)
        assert f"(id {gone}) that the trail does not have" in known
        (missing,), _ = await verified(settings, head=hash_)
        assert hash_ in missing

        await redis.xdel(f"{journal}:seals", last)
        (where, *_), _ = await verified(settings)
        assert f"{fields['time']}, {fields['event']} (id {last}): it was inserted" in where


async def test_an_auditor_can_be_told_of_a_trail_without_entries(contoso: Town) -> None:
    """Nothing is wrong with it, and nothing is proven by it."""
    settings = (await contoso.bot()).outside.settings
    assert await verified(settings) == ([], "The audit trail has no sealed entry.")
    async with store(contoso) as redis:
        await redis.xadd(key(contoso, "journal"), {"event": "first"})
    assert await verified(settings) == (
        [],
        "The audit trail has no sealed entry. Not sealed yet: 1.",
    )


async def test_an_auditor_can_export_as_a_user_who_may_only_read(
    contoso: Town, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """What has no seal then is exported without one, and that is said."""
    settings, file = (await contoso.bot()).outside.settings, tmp_path / "audit.jsonl"
    assert settings.redis_url
    url = settings.redis_url.get_secret_value().replace("unix://", "unix://reader@")
    reader = settings.model_copy(update={"redis_url": SecretStr(f"{url}?password=pw")})
    async with store(contoso) as redis:
        reads = ["+@read", "+@connection", "+@transaction"]
        await redis.execute_command("ACL", "SETUSER", "reader", "on", ">pw", "~aib:*", *reads)
        await redis.xadd(key(contoso, "journal"), {"event": "first"})

    await _export(reader, "", Shape.JSONL, EVER, file)
    holds = await verified(reader)

    (line,) = [json.loads(line) for line in file.read_text().splitlines()]
    assert (line["event"], line["hash"]) == ("first", "")
    assert "could not be sealed" in (told := capfd.readouterr().err)
    assert "Without a seal: 1." in told
    assert holds[0] == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["export", "--from", "2026-02-01", "--to", "2026-01-31"], "--to is before --from"),
        (["export", "--from", "yesterday"], "--from"),
        (["verify", "--head", "short"], "64 hex digits"),
        (["verify", "--file", "{csv}"], "Line 1 is no line of an export"),
        (["verify", "--file", "{csv}", "--log", "{csv}"], "not with --file"),
    ],
)
def test_an_operator_can_be_told_what_makes_no_sense(
    arguments: list[str], told: str, tmp_path: Path
) -> None:
    """In a sentence, before anything is asked of anybody."""
    sheet = tmp_path / "audit.csv"
    sheet.write_text("time,event\n")
    given = [a.replace("{csv}", str(sheet)) for a in arguments]

    ended = CliRunner(env={"NO_COLOR": "1", "COLUMNS": "200"}).invoke(app, given)

    assert ended.exit_code in (1, 2)
    assert told in ended.output


async def test_a_worker_can_seal_what_a_killed_process_has_left(contoso: Town) -> None:
    """In its sweep, though nobody does anything any more and the rest of the sweep fails."""
    bot = await contoso.bot()
    outside, journal = bot.outside, key(contoso, "journal")
    async with store(contoso) as redis, Docket(outside.home.team, url=outside.redis_url) as docket:
        (sweep,) = [j for j in _jobs(outside, bot.house, docket) if j.__name__ == "sweep"]
        for spoilt in ("", key(contoso, "watch", "payments")):
            newest = await redis.xadd(journal, {"event": "payment.handed_off"})
            if spoilt:
                await redis.set(spoilt, "no sorted set")
            await sweep()
            assert await redis.hget(f"{journal}:head", "id") == newest


async def test_a_worker_can_let_old_entries_go(contoso: Town) -> None:
    """Once an hour, what is older than 400 days."""
    bot = await contoso.bot()
    outside, journal = bot.outside, key(contoso, "journal")
    async with store(contoso) as redis, Docket(outside.home.team, url=outside.redis_url) as docket:
        (trim,) = [j for j in _jobs(outside, bot.house, docket) if j.__name__ == "audit_retention"]
        old = int((contoso.clock.now() - timedelta(days=401)).timestamp() * 1000)
        await redis.xadd(journal, {"event": "old"}, id=f"{old}-0")
        newest = await redis.xadd(journal, {"event": "new"})
        await bot.house.audit.seal()
        await trim()
        assert [identity for identity, _ in await redis.xrange(journal)] == [newest]
    assert (await verified(outside.settings))[0] == []
