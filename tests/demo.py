"""The demo as a process, and its page as a browser would use it."""

import json
import os
import re
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import aiohttp

from sandbox.stage import FINANCE
from tests.waiting import until

Json = dict[str, Any]


@dataclass
class Demo:
    """A running demo: ``folder`` is the temporary folder all its processes know."""

    process: subprocess.Popen[bytes]
    folder: Path
    url: str = ""

    def state(self, user: str = "U0ADA") -> Json:
        """What a person sees now."""
        with urlopen(f"{self.url}/api/state?as={user}") as answer:
            return dict(json.load(answer))

    def left(self) -> dict[int, str]:
        """The command lines of all processes of this demo that are still there (Linux), by id."""
        found = {}
        for each in Path("/proc").glob("[0-9]*"):
            try:
                command = (each / "cmdline").read_bytes()
                known = command + (each / "environ").read_bytes()
            except OSError:  # it has just ended
                continue
            if command and str(self.folder).encode() in known:
                found[int(each.name)] = command.replace(b"\0", b" ").decode()
        return found


def launch(**settings: str) -> Demo:
    """Start the demo with these settings without waiting for it; its address is still to be read."""
    folder = Path(tempfile.mkdtemp(prefix="aib-test-"))
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "sandbox", "--no-browser", "--port", "0"),
            *("--env-file", str(folder / ".env")),
        ],
        # One person alone may pay any invoice here, whichever a test comes upon.
        env=os.environ
        | {"TMPDIR": str(folder), "SCAN_EVERY_SECONDS": "3600", "FOUR_EYES_ABOVE": "{}"}
        | settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    return Demo(process, folder)


def start(within: float = 40.0, **settings: str) -> Demo:
    """Start the demo with these settings and read the address it prints."""
    demo = launch(**settings)
    assert demo.process.stdout
    printed, deadline = b"", time.monotonic() + within
    while not (address := re.search(rb"http://[\d.:]+/", printed)):
        left = max(0.0, deadline - time.monotonic())
        ready, _, _ = select.select([demo.process.stdout], [], [], left)
        more = os.read(demo.process.stdout.fileno(), 4096) if ready else b""
        if not more:
            end(demo, signal.SIGTERM)
            raise AssertionError(f"the demo did not start: {printed!r}")
        printed += more
    demo.url = address[0].decode().rstrip("/")
    return demo


def end(demo: Demo, one: signal.Signals) -> int:
    """Send its process group a signal; the exit code."""
    os.killpg(demo.process.pid, one)
    code = demo.process.wait(20)
    assert demo.process.stdout
    demo.process.stdout.close()
    return code


class Page:
    """What the browser does, without the browser."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self.session, self.url = session, url

    async def post(self, path: str, **body: Any) -> Json:
        """POST JSON and return the JSON that comes back."""
        async with self.session.post(f"{self.url}/api/{path}", json=body) as answer:
            assert answer.status == 200
            return dict(await answer.json())

    async def act(self, user: str, do: str, **fields: Any) -> str:
        """Do something in Slack; the trouble, if any."""
        told = await self.post("act", **{"as": user, "do": do, **fields})
        assert told["ok"] is not bool(told["trouble"])
        return str(told["trouble"])

    async def state(self, user: str = "U0ADA") -> Json:
        """What a person sees now."""
        async with self.session.get(f"{self.url}/api/state", params={"as": user}) as answer:
            assert answer.status == 200
            return dict(await answer.json())

    async def seen(self, user: str, find: Callable[[Json], Any]) -> Any:
        """The first truthy thing that ``find`` finds on a person's screen."""

        async def look() -> Any:
            return find(await self.state(user))

        return await until(look, within=15)

    async def modal(self, user: str, words: str) -> Json:
        """The person's modal on top once it says these words."""

        def find(state: Json) -> Json | None:
            top = state["modals"][-1] if state["modals"] else {}
            return top if words in json.dumps(top, ensure_ascii=False) else None

        return dict(await self.seen(user, find))

    async def invoice(self, number: str) -> Json:
        """An invoice in the Azure panel."""
        invoices = (await self.state())["azure"]["invoices"]
        return next(one for one in invoices if one["number"] == number)

    async def press_pay(self, user: str, invoice: Json) -> None:
        """Press Pay now on an invoice's card."""
        assert not await self.act(user, "press", **invoice["card"], action_id="pay.open")


def message(state: Json, ts: str) -> Json:
    """The message of #finance with this ts."""
    (finance,) = [one for one in state["channels"] if one["id"] == FINANCE]
    return next(dict(one) for one in finance["messages"] if one["ts"] == ts)
