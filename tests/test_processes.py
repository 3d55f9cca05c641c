"""The processes that go on: looked after, stopped, killed, and none left behind."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from sandbox.slack import Person, text_of
from tests.shell import Running, command, free_port, running
from tests.town import FINANCE, Town, modal, told
from tests.waiting import until

pytestmark = pytest.mark.timeout(180)  # many processes, maybe on a busy machine

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")


_ROOT = Path(__file__).parents[1]
_TELLING = """
import gc, threading, time
from bot.cli import main

def tell():
    while not (gc.isenabled() and gc.get_freeze_count()):  # frozen is what the start has read
        time.sleep(0.02)
    print("collecting", flush=True)

threading.Thread(target=tell, daemon=True).start()
main()
"""


async def test_a_platform_can_look_after_the_web_process(contoso: Town) -> None:
    """It serves health, readiness and metrics, starts without a warning and stops when asked to."""
    async with running("web", given=contoso.environment(), anew=True) as web:
        await web.ready()
        assert await web.get("/healthz") == (200, "ok")
        status, readiness = await web.get("/readyz")
        assert (status, json.loads(readiness)["ready"]) == (200, True)
        status, metrics = await web.get("/metrics")
        assert (status, "aib_interactions" in metrics) == (200, True)
        second = await command("web", given=contoso.environment() | {"PORT": str(web.port)})
        assert await web.get("/healthz") == (200, "ok")
        await web.stop()
        assert "warning" not in web.log
        assert "error  " not in web.log
    assert second.code == 1
    (sentence,) = second.err.strip().splitlines()
    assert str(web.port) in sentence
    assert sentence.endswith("set HOST and PORT to a free address.")


@pytest.mark.parametrize("name", ["web", "worker"])
async def test_an_operator_can_count_on_garbage_being_collected(
    contoso: Town, tmp_path: Path, name: str
) -> None:
    """It starts without the collector, to be ready sooner; once ready, the collector is on."""
    given = contoso.environment() | {"PORT": str(free_port())}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _TELLING, name),
        cwd=tmp_path,
        env=given | {"PATH": os.environ["PATH"], "PYTHONPATH": str(_ROOT)},
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout
    try:
        async with asyncio.timeout(40):
            while b"collecting" not in (line := await process.stdout.readline()):
                assert line, "it has ended"
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.communicate()


async def test_a_payer_can_finish_confirming_while_the_bot_is_being_stopped(contoso: Town) -> None:
    """What is in hand at SIGTERM is brought to its end before the process goes."""
    number = contoso.invoice()
    await (await contoso.bot()).scan()
    async with running("web", given=contoso.environment()) as web:
        await web.ready()
        ada = await _in_front_of(contoso, "U0ADA", web)
        await ada.press(FINANCE, contoso.card(number).ts, "pay.open")
        confirming = await modal(ada, "pay.confirm")
        contoso.fault(f"GET */{number}", "delay", seconds=1)
        await ada.submit(confirming.id)
        assert contoso.button(contoso.card(number), "pay.open")  # nothing is done so far
        await web.stop(within=10)
        assert "reserved for you" in text_of(ada.modals()[-1])
        assert "is paying since" in text_of(contoso.card(number))
        assert await web.get("/healthz") == (0, "")


async def test_an_operator_can_scan_beside_a_web_process_without_a_redis(contoso: Town) -> None:
    """Both share the built-in store of one folder: the web process knows the card scan posted."""
    number = contoso.invoice()
    environment = contoso.environment()
    del environment["REDIS_URL"]
    async with running("web", given=environment, anew=True) as web:
        await web.ready()
        shared = environment | {"DATA_DIR": str(web.folder / "data")}
        ended = await command("scan", given=shared, anew=True)
        assert ended.code == 0, ended.shown
        ada = await _in_front_of(contoso, "U0ADA", web)
        await ada.press(FINANCE, contoso.card(number).ts, "pay.open")
        await ada.submit((await modal(ada, "pay.confirm")).id)
        await told(ada, "reserved for you")
        await web.stop()
        await until(lambda: not _pids_naming(web.folder))


@on_linux
async def test_an_operator_can_run_everything_with_one_command(contoso: Town) -> None:
    """``run`` serves and scans, brings back what is killed, and leaves nothing behind."""
    number = contoso.invoice()
    environment = contoso.environment() | {"SCAN_EVERY_SECONDS": "1"}
    del environment["REDIS_URL"]
    async with running("run", given=environment, anew=True) as house:
        await house.ready()
        await until(lambda: any(number in text_of(m) for m in contoso.posts()), within=40)
        first = _child(house, "web")
        os.kill(first, signal.SIGKILL)

        async def is_back() -> bool:
            alive = (await house.get("/healthz"))[0] == 200
            return alive and house.log.count("worker_ready") == 2

        await until(is_back, within=40)
        assert _child(house, "web") not in (0, first)
        assert "process_ended" in house.log
        assert contoso.card(number).ts  # still the only one: the store came back whole
        assert await house.stop(within=12) == 0
        await until(lambda: not _pids_naming(house.folder))


async def _in_front_of(contoso: Town, user: str, web: Running) -> Person:
    """A person in Slack, in front of this process."""
    person = Person(contoso.workspace, user, f"{web.url}/slack/events", clock=contoso.clock.seconds)
    return await contoso.stack.enter_async_context(person)


def _processes() -> Iterator[tuple[int, str]]:
    """Process id and command line, with its environment, of all that this user may look at."""
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            told = (entry / "cmdline").read_bytes() + b"\0" + (entry / "environ").read_bytes()
        except OSError:
            continue
        yield int(entry.name), told.decode(errors="replace")


def _pids_naming(folder: Path) -> list[int]:
    """The processes that have this folder in their command line or environment."""
    return [pid for pid, told in _processes() if str(folder) in told]


def _child(house: Running, name: str) -> int:
    """The process id of ``python -m bot <name>`` started by this one; 0 where there is none."""
    wanted = f"-m\0bot\0{name}\0"
    return next((p for p, told in _processes() if wanted in told and str(house.folder) in told), 0)
