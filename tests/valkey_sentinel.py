"""A Valkey server and a Sentinel that leads to it, from the binary the bot embeds."""

import contextlib
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from bot.adapters.valkey_folder import server_binary
from tests.shell import free_port

SERVICE = "invoices"


@dataclass(frozen=True)
class Pair:
    """A primary with a replica that Sentinel puts in its place when it is gone."""

    url: str
    port: int
    sentinel: int
    _primary: subprocess.Popen[bytes]

    def lose_primary(self) -> None:
        """Kill it once the replica has everything."""
        with Redis(port=self.port) as client:
            client.set("last", "", ex=1)  # WAIT is about the writes of its own connection
            assert client.wait(1, 2000) == 1
        self._primary.kill()
        self._primary.wait()

    def notice(self, within: float = 15.0) -> None:
        """Have Sentinel notice it at once, and return when the replica is in its place."""
        # Hasty for this moment only: on a busy machine it would give up one that is well.
        self._give_up_after(100)
        _until(lambda: self._port_now() != self.port, time.monotonic() + within)
        self._give_up_after(30_000)

    def _give_up_after(self, ms: int) -> None:
        _asked(self.sentinel, "SENTINEL", "SET", SERVICE, "down-after-milliseconds", ms)

    def _port_now(self) -> int:
        return int(_asked(self.sentinel, "SENTINEL", "GET-MASTER-ADDR-BY-NAME", SERVICE)[1])


@contextlib.contextmanager
def valkey_behind_sentinel(folder: Path, within: float = 15.0) -> Iterator[str]:
    """Run both until the block ends; yields a ``redis+sentinel://`` address."""
    with contextlib.ExitStack() as stack:
        server, deadline = free_port(), time.monotonic() + within
        _start(stack, folder / "server", server, "save ''")
        yield _sentinel(stack, folder, server, deadline)


@contextlib.contextmanager
def valkey_pair(folder: Path, within: float = 15.0) -> Iterator[Pair]:
    """Run a primary, its replica and a Sentinel that is quick to act, until the block ends."""
    with contextlib.ExitStack() as stack:
        server, deadline = free_port(), time.monotonic() + within
        primary = _start(stack, folder / "primary", server, "save ''", "repl-diskless-sync-delay 0")
        _until(lambda: _asked(server, "PING"), deadline)
        _start(stack, folder / "replica", free_port(), "save ''", f"replicaof 127.0.0.1 {server}")
        url = _sentinel(stack, folder, server, deadline, f"failover-timeout {SERVICE} 2000")
        sentinel = int(url.rpartition(":")[2].partition("/")[0])
        _until(lambda: _asked(sentinel, "SENTINEL", "REPLICAS", SERVICE), deadline)
        yield Pair(url, server, sentinel, primary)


def _sentinel(
    stack: contextlib.ExitStack, folder: Path, server: int, deadline: float, *settings: str
) -> str:
    """Start a Sentinel in front of the server once that answers; the address it makes."""
    _until(lambda: _asked(server, "PING"), deadline)
    port, settings = free_port(), (f"monitor {SERVICE} 127.0.0.1 {server} 1", *settings)
    lines = [f"sentinel {setting}" for setting in settings]
    _start(stack, folder / "sentinel", port, *lines, options=("--sentinel",))
    _until(lambda: _asked(port, "PING"), deadline)
    return f"redis+sentinel://127.0.0.1:{port}/{SERVICE}"


def _start(
    stack: contextlib.ExitStack,
    folder: Path,
    port: int,
    *settings: str,
    options: tuple[str, ...] = (),
) -> subprocess.Popen[bytes]:
    folder.mkdir()
    lines = ["bind 127.0.0.1", f"port {port}", f"dir {folder}", f"logfile {folder / 'log'}"]
    config = folder / "valkey.conf"
    config.write_text("\n".join((*lines, *settings)) + "\n")
    started = subprocess.Popen([str(server_binary()), str(config), *options])
    stack.callback(started.wait)
    stack.callback(started.kill)
    return started


def _asked(port: int, *command: object) -> Any:
    with Redis(port=port, retry=Retry(NoBackoff(), 0)) as client:
        return client.execute_command(*command)


def _until(condition: Callable[[], object], deadline: float) -> None:
    while True:
        with contextlib.suppress(RedisError):
            if condition():
                return
        assert time.monotonic() < deadline, "Valkey does not come up"
        time.sleep(0.02)
