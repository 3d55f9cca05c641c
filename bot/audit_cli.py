"""``audit``: the audit trail as a file, and the proof that nobody has touched it."""

import os
import re
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer
from rich.text import Text

from bot.audit_export import Shape, exported, lines, mirrored
from bot.domain.chain import Break, Flaw, Place, Seal, moment
from bot.errors import BotError, SetupError
from bot.terminal import FAILED, carry_out, console, examples, given_settings

if TYPE_CHECKING:
    from bot.adapters.audit_log import RedisAuditLog
    from bot.config import Settings
    from bot.services.proof import Verdict

app = typer.Typer(
    help="Export the audit trail, and prove it.",
    epilog=examples("audit export -o audit.csv", "audit verify"),
    no_args_is_help=True,
)

_WRONG = {
    Flaw.CHANGED: "it was changed, or an entry before it was removed or moved",
    Flaw.REMOVED: "it is gone",
    Flaw.UNSEALED: "it was inserted, or its seal was removed",
    Flaw.ENDS_EARLY: "the trail should end here and does not",
}
_Team = Annotated[
    str, typer.Option(metavar="T…", help="The Slack workspace's id; else Slack is asked for it.")
]
_DAYS = ["%Y-%m-%d"]


@app.command(
    epilog=examples(
        "audit export > audit.csv",
        "audit export --from 2026-01-01 -o audit.csv",
        "audit export --format jsonl -o audit.jsonl",
    )
)
def export(
    *,
    first: Annotated[
        datetime | None,
        typer.Option("--from", formats=_DAYS, help="The first day, UTC; else from the start."),
    ] = None,
    last: Annotated[
        datetime | None,
        typer.Option("--to", formats=_DAYS, help="The last day, UTC; else to the end."),
    ] = None,
    shape: Annotated[
        Shape, typer.Option("--format", help="Only JSON lines can be verified by themselves.")
    ] = Shape.CSV,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", dir_okay=False, help="Else standard output.")
    ] = None,
    team: _Team = "",
) -> None:
    """Write the entries of some days, oldest first."""
    if first and last and last < first:
        raise typer.BadParameter("--to is before --from.")
    start = f"{_ms(first)}-0" if first else "0-1"
    end = str(_ms(last + timedelta(days=1)) - 1) if last else "+"
    carry_out(_export(given_settings(), team, shape, (start, end), output))


@app.command(
    epilog=examples("audit verify", "audit verify --file audit.jsonl", "audit verify --log bot.log")
)
def verify(
    *,
    head: Annotated[
        str, typer.Option(metavar="HASH", help="A hash noted earlier, which must still be there.")
    ] = "",
    log: Annotated[
        list[Path] | None,
        typer.Option(exists=True, dir_okay=False, help="A log of the bot's to compare with."),
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option(
            exists=True, dir_okay=False, help="An export in JSON lines to verify instead."
        ),
    ] = None,
    team: _Team = "",
) -> None:
    """Find a changed, removed, inserted or moved entry, or a missing end; the exit code is 1 then."""
    if head and not re.fullmatch(r"[0-9a-f]{64}", head):
        raise typer.BadParameter("--head takes 64 hex digits.")
    if file and log:
        raise typer.BadParameter("--log compares with the store, not with --file.")
    wanted = frozenset({head} - {""})
    if file:
        verdict, lost = _check_file(file, wanted), None
    else:
        verdict, lost = carry_out(_verify(given_settings(), team, wanted, log or []))
    found = list(_findings(verdict, wanted, lost))
    for sentence in found or [_well(verdict)]:
        console().print(Text(sentence), style="red" if found else "")
    raise typer.Exit(FAILED if found else 0)


async def _export(
    settings: "Settings", team: str, shape: Shape, span: tuple[str, str], output: Path | None
) -> None:
    written = unsealed = 0

    async def counted(places: AsyncIterator[Place]) -> AsyncIterator[Place]:
        nonlocal written, unsealed
        async for place in places:
            written += place.entry is not None
            unsealed += not place.hash
            yield place

    async with _trail(settings, team) as trail:
        try:
            await trail.seal()
        except BotError:
            # A reader's account may not write: what has no seal yet is exported without.
            console(stderr=True).print("The newest entries could not be sealed.")
        start = await trail.before(span[0])
        with _sink(output) as out:
            async for line in lines(shape, counted(trail.places(*span)), start):
                out.write(line.encode(errors="backslashreplace"))
    bare = f" Without a seal: {unsealed:,}." if unsealed else ""
    console(stderr=True).print(Text(f"Entries exported: {written:,}.{bare}"))


async def _verify(
    settings: "Settings", team: str, wanted: frozenset[str], logs: list[Path]
) -> "tuple[Verdict, Seal | None]":
    from bot.adapters.clock import SystemClock  # noqa: PLC0415  # each command imports its own
    from bot.services.proof import Proof  # noqa: PLC0415

    async with _trail(settings, team) as trail:
        proof = Proof(trail=trail, clock=SystemClock())
        verdict, lost = await proof.check(wanted), None
        for log in logs:
            with log.open(encoding="utf-8", errors="replace") as text:
                lost = lost or await proof.unlike(mirrored(text))
    return verdict, lost


def _check_file(file: Path, wanted: frozenset[str]) -> "Verdict":
    from bot.services.proof import check_file  # noqa: PLC0415

    try:
        with file.open(encoding="utf-8") as text:
            return check_file(exported(text), wanted)
    except ValueError as error:
        console(stderr=True).print(Text(str(error)), style="red")
        raise typer.Exit(FAILED) from None


def _findings(verdict: "Verdict", wanted: frozenset[str], lost: Seal | None) -> Iterator[str]:
    """What is wrong, a sentence each."""
    if verdict.broken:
        where, what = _where(verdict.broken), _WRONG[verdict.broken.flaw]
        yield f"The audit trail does not hold at {where}: {what}."
        yield f"Entries before it that are as they were written: {verdict.count:,}."
    for missing in sorted(wanted - verdict.found - {verdict.start}):
        yield f"No entry has the hash {missing}: it was cut off or changed, or went by age."
    if lost:
        when = moment(lost.id).isoformat()
        yield f"The log knows an entry of {when} (id {lost.id}) that the trail does not have."


def _well(verdict: "Verdict") -> str:
    waiting = f" Not sealed yet: {verdict.unsealed:,}." if verdict.unsealed else ""
    if not verdict.count:
        return f"The audit trail has no sealed entry.{waiting}"
    holds = f"The audit trail holds. Entries as they were written: {verdict.count:,}."
    return f"{holds} The last hash: {verdict.head}.{waiting}"


def _where(broken: Break) -> str:
    fields = broken.entry.fields if broken.entry else {}
    time, event = (
        fields.get("time") or moment(broken.id).isoformat(),
        fields.get("event") or "unknown event",
    )
    return f"{time}, {event} (id {broken.id})"


def _ms(day: datetime) -> int:
    return int(day.replace(tzinfo=UTC).timestamp()) * 1000


@contextmanager
def _sink(output: Path | None) -> Iterator[BinaryIO]:
    """Standard output, or a file that only its owner may read and that is there when it is whole."""
    if output is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    part = output.with_name(f"{output.name}.part")
    try:
        part.unlink(missing_ok=True)
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:  # noqa: PTH123
            yield out
        part.replace(output)
    except OSError as error:
        raise SetupError(f"{output} cannot be written: {error.strerror}.") from error
    finally:
        part.unlink(missing_ok=True)


@asynccontextmanager
async def _trail(settings: "Settings", team: str) -> AsyncIterator["RedisAuditLog"]:
    import aiohttp  # noqa: PLC0415

    from bot.adapters.audit_log import RedisAuditLog  # noqa: PLC0415
    from bot.adapters.redis_connection import connect  # noqa: PLC0415
    from bot.adapters.slack_gateway import TIMEOUT, SlackGateway  # noqa: PLC0415
    from bot.vendors import redis_url  # noqa: PLC0415

    if not team:
        async with aiohttp.ClientSession(timeout=TIMEOUT) as session:
            token = settings.slack_bot_token.get_secret_value()
            slack = SlackGateway(token, api_url=settings.slack_api_url, session=session)
            team = (await slack.workspace()).team
    async with redis_url(settings) as url:
        client = await connect(url)
        try:
            yield RedisAuditLog(client, team)
        finally:
            await client.aclose()
