"""A small Valkey Cluster from the binary the bot embeds: three primaries on loopback."""

import contextlib
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from bot.adapters.valkey_folder import server_binary
from tests.shell import free_port

_SLOTS = 16_384
_PATIENCE = 15_000  # ms until a silent node counts as lost
_SHARES = ((0, 5460), (5461, 10_922), (10_923, _SLOTS - 1))


@dataclass
class Cluster:
    """A running cluster; its nodes by port, and the bus port of each."""

    folder: Path
    nodes: dict[int, subprocess.Popen[bytes]] = field(default_factory=dict)
    buses: dict[int, int] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """A ``redis+cluster://`` address."""
        return f"redis+cluster://127.0.0.1:{next(iter(self.nodes))}"

    def start(self, port: int, bus: int) -> None:
        """Start one node, which belongs to no cluster yet."""
        self.nodes[port] = _start(self.folder / str(port), port, bus)
        self.buses[port] = bus

    def owner(self, key: str) -> int:
        """The port of the primary that holds this key."""
        first = next(iter(self.nodes))
        slot = int(_asked(first, "CLUSTER", "KEYSLOT", key))
        share = next(n for n, (low, high) in enumerate(_SHARES) if low <= slot <= high)
        return list(self.nodes)[share]

    def add_replica(self, primary: int, within: float = 15.0) -> None:
        """Put a node at the side of this primary, and wait until it has all of its data."""
        deadline = time.monotonic() + within
        port, bus = _free_ports(2)
        self.start(port, bus)
        _until(lambda: _asked(port, "PING"), deadline)
        _asked(port, "CLUSTER", "MEET", "127.0.0.1", primary, self.buses[primary])
        name = _asked(primary, "CLUSTER", "MYID")
        _until(lambda: _asked(port, "CLUSTER", "REPLICATE", name), deadline)
        # Only who is known to all others can be voted for.
        for one in self.nodes:
            _until(lambda: _agrees_of(one, len(self.nodes)), deadline)  # noqa: B023
        _until(lambda: b"master_link_status:up" in _told(port, "replication"), deadline)

    def lose(self, port: int, key: str) -> None:
        """Kill one node once a replica has everything; ``key`` is one of the node's, to write to."""
        with Redis(port=port) as client:
            client.set(key, "", ex=1)  # WAIT is about the writes of its own connection
            assert client.wait(1, 2000) == 1
        gone = self.nodes.pop(port)
        gone.kill()
        gone.wait()

    def notice(self, within: float = 15.0) -> None:
        """Have the nodes notice it at once, and return when the replica is in its place."""
        # Hasty for this moment only: on a busy machine they would give up one that is well.
        self._give_up_after(300)
        replica = list(self.nodes)[-1]
        deadline = time.monotonic() + within
        _until(lambda: b"role:master" in _told(replica, "replication"), deadline)
        for port in self.nodes:
            _until(lambda: b"cluster_state:ok" in _asked(port, "CLUSTER", "INFO"), deadline)  # noqa: B023
        self._give_up_after(_PATIENCE)

    def _give_up_after(self, ms: int) -> None:
        for port in self.nodes:
            _asked(port, "CONFIG", "SET", "cluster-node-timeout", ms)


@contextlib.contextmanager
def valkey_cluster(folder: Path, within: float = 15.0) -> Iterator[str]:
    """Run the nodes until the block ends; yields a ``redis+cluster://`` address."""
    with mendable_cluster(folder, within) as cluster:
        yield cluster.url


@contextlib.contextmanager
def mendable_cluster(folder: Path, within: float = 15.0) -> Iterator[Cluster]:
    """Run the nodes until the block ends."""
    ports = _free_ports(2 * len(_SHARES))
    pairs = list(zip(ports[::2], ports[1::2], strict=True))
    deadline = time.monotonic() + within
    cluster = Cluster(folder)
    try:
        for port, bus in pairs:
            cluster.start(port, bus)
        with contextlib.ExitStack() as stack:
            _join(
                [stack.enter_context(Redis(port=p, retry=Retry(NoBackoff(), 0))) for p, _ in pairs],
                pairs,
                deadline,
            )
        yield cluster
    finally:
        for node in cluster.nodes.values():
            node.kill()
            node.wait()


def _asked(port: int, *command: object) -> Any:
    with Redis(port=port, retry=Retry(NoBackoff(), 0)) as client:
        return client.execute_command(*command)


def _told(port: int, section: str) -> bytes:
    with Redis(port=port, retry=Retry(NoBackoff(), 0)) as client:
        return str(client.info(section)).replace("'", "").replace(": ", ":").encode()


def _agrees_of(port: int, nodes: int) -> bool:
    info = bytes(_asked(port, "CLUSTER", "INFO"))
    return b"cluster_state:ok" in info and f"cluster_known_nodes:{nodes}".encode() in info


def _start(folder: Path, port: int, bus: int) -> subprocess.Popen[bytes]:
    folder.mkdir()
    options = {
        "cluster-node-timeout": str(_PATIENCE),
        "repl-diskless-sync-delay": "0",
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
    """Ports nobody listens on, each another one."""
    found: set[int] = set()
    while len(found) < count:
        found.add(free_port())
    return list(found)
