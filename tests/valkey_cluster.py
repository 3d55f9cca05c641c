"""A small Valkey Cluster from the binary the bot embeds: three primaries on loopback."""

import contextlib
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from bot.adapters.valkey_folder import server_binary

_SLOTS = 16_384
_SHARES = ((0, 5460), (5461, 10_922), (10_923, _SLOTS - 1))


@contextlib.contextmanager
def valkey_cluster(folder: Path, within: float = 15.0) -> Iterator[str]:
    """Run the nodes until the block ends; yields a ``redis+cluster://`` address."""
    ports = _free_ports(2 * len(_SHARES))
    pairs = list(zip(ports[::2], ports[1::2], strict=True))
    deadline = time.monotonic() + within
    nodes = []
    try:
        for port, bus in pairs:
            nodes.append(_start(folder / str(port), port, bus))
        with contextlib.ExitStack() as stack:
            _join(
                [stack.enter_context(Redis(port=p, retry=Retry(NoBackoff(), 0))) for p, _ in pairs],
                pairs,
                deadline,
            )
        yield f"redis+cluster://127.0.0.1:{ports[0]}"
    finally:
        for node in nodes:
            node.kill()
            node.wait()


def _start(folder: Path, port: int, bus: int) -> subprocess.Popen[bytes]:
    folder.mkdir()
    options = {
        "bind": "127.0.0.1",
        "port": str(port),
        "cluster-enabled": "yes",
        "cluster-port": str(bus),
        "dir": str(folder),
        "logfile": str(folder / "log"),
        "save": "",
    }
    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    return subprocess.Popen([str(server_binary()), *words])


def _join(clients: list[Redis], pairs: list[tuple[int, int]], deadline: float) -> None:
    """Share the slots out, introduce the nodes to the first one, wait until all agree."""
    for epoch, (client, share) in enumerate(zip(clients, _SHARES, strict=True), start=1):
        _until(client.ping, deadline)
        client.execute_command("CLUSTER", "ADDSLOTSRANGE", *share)  # type: ignore[no-untyped-call]
        client.execute_command("CLUSTER", "SET-CONFIG-EPOCH", epoch)  # type: ignore[no-untyped-call]
    for port, bus in pairs[1:]:
        clients[0].execute_command("CLUSTER", "MEET", "127.0.0.1", port, bus)  # type: ignore[no-untyped-call]
    for client in clients:
        _until(lambda: _agrees(client), deadline)  # noqa: B023  # called before the next turn


def _agrees(client: Redis) -> bool:
    info = bytes(client.execute_command("CLUSTER", "INFO"))  # type: ignore[no-untyped-call]
    return b"cluster_state:ok" in info and b"cluster_known_nodes:3" in info


def _until(condition: Callable[[], object], deadline: float) -> None:
    while True:
        with contextlib.suppress(RedisError):
            if condition():
                return
        assert time.monotonic() < deadline, "the cluster does not come up"
        time.sleep(0.02)


def _free_ports(count: int) -> list[int]:
    """Ports nobody listens on just now, chosen by the system, each another one."""
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]
