"""A small Valkey Cluster from the binary the bot embeds: three primaries on loopback."""

import contextlib
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from bot.adapters.valkey_folder import server_binary

SLOTS = 16_384
NODES = 3


@contextlib.contextmanager
def valkey_cluster(folder: Path, within: float = 10.0) -> Iterator[str]:
    """Run the nodes until the block ends; yields a ``redis+cluster://`` address."""
    ports = _ports(2 * NODES)
    nodes = [_start(folder / str(port), port, bus) for port, bus in zip(ports[::2], ports[1::2], strict=True)]
    deadline = time.monotonic() + within
    try:
        clients = [Redis(port=port) for port in ports[::2]]
        for client in clients:
            _until(lambda c=client: c.ping(), deadline)
        for n, client in enumerate(clients):
            share = SLOTS // NODES
            last = SLOTS - 1 if n == NODES - 1 else (n + 1) * share - 1
            client.execute_command("CLUSTER ADDSLOTSRANGE", n * share, last)
            client.execute_command("CLUSTER SET-CONFIG-EPOCH", n + 1)
        for port, bus in zip(ports[2::2], ports[3::2], strict=True):
            clients[0].execute_command("CLUSTER MEET", "127.0.0.1", port, bus)
        for client in clients:
            _until(lambda c=client: b"cluster_state:ok" in c.execute_command("CLUSTER INFO"), deadline)
            client.close()
        yield f"redis+cluster://127.0.0.1:{ports[0]}"
    finally:
        for node in nodes:
            node.kill()
            node.wait()
