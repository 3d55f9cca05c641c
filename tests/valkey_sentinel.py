"""A Valkey server and a Sentinel that leads to it, from the binary the bot embeds."""

import contextlib
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from bot.adapters.valkey_folder import server_binary
from tests.shell import free_port

SERVICE = "invoices"


@contextlib.contextmanager
def valkey_behind_sentinel(folder: Path, within: float = 15.0) -> Iterator[str]:
    """Run both until the block ends; yields a ``redis+sentinel://`` address."""
    server, sentinel = free_port(), free_port()
    deadline = time.monotonic() + within
    started = []
    try:
        started.append(_start(folder / "server", server, "save ''"))
        _answers(server, deadline)
        monitor = f"sentinel monitor {SERVICE} 127.0.0.1 {server} 1"
        started.append(_start(folder / "sentinel", sentinel, monitor, "--sentinel"))
        _answers(sentinel, deadline)
        yield f"redis+sentinel://127.0.0.1:{sentinel}/{SERVICE}"
    finally:
        for one in started:
            one.kill()
            one.wait()


def _start(folder: Path, port: int, more: str, *options: str) -> subprocess.Popen[bytes]:
    folder.mkdir()
    lines = ["bind 127.0.0.1", f"port {port}", f"dir {folder}", f"logfile {folder / 'log'}", more]
    config = folder / "valkey.conf"
    config.write_text("\n".join(lines) + "\n")
    return subprocess.Popen([str(server_binary()), str(config), *options])


def _answers(port: int, deadline: float) -> None:
    with Redis(port=port, retry=Retry(NoBackoff(), 0)) as client:
        while True:
            with contextlib.suppress(RedisError):
                client.ping()
                return
            assert time.monotonic() < deadline, "Valkey does not come up"
            time.sleep(0.02)
