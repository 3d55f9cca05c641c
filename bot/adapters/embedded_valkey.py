"""A real Valkey in ``DATA_DIR``, shared by every process of the bot that uses this folder.

Whoever comes first starts it, nobody has to outlive anybody, and it ends with its last user.
Two files say who is there; the kernel frees a lock however its holder ends:

    users.lock   shared: each process using the store, for as long as it does;
                 exclusive: the keeper once nobody is left, so that an arrival waits until the
                 old server is gone instead of joining one that is about to stop
    server.lock  exclusive: the keeper and its server; to get it is to be the one who starts them
"""

import asyncio
import os
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import structlog

from bot.adapters.valkey_folder import (
    open_log,
    prepare_folder,
    server_binary,
    server_command,
    socket_path,
    take_lock,
)
from bot.errors import SetupError

ARRIVE_WITHIN = 15.0
"""Seconds to wait for an old server to close, or for a new one to answer."""

LOAD_WITHIN = 600.0
"""Seconds instead, once a server answers that it is still reading its file."""

LOOK_EVERY = 0.5
"""Seconds between two looks of watch()."""

RETRY_AFTER = 5.0
"""Seconds watch() rests after an attempt that failed."""

_ASK_EVERY = 0.02
_DISK_FULL = 1_000_000  # bytes left
_KEEPER = Path(__file__).with_name("valkey_keeper.py")
# The server has no use for our tokens; these are what a Python may need to start at all.
_ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TZ")

log = structlog.get_logger(__name__)


class EmbeddedValkey:
    """One process's share in the Valkey of a folder.

    Args:
        data_dir: the folder; made if missing, and closed to all but its owner.
    """

    def __init__(self, data_dir: Path) -> None:
        self._folder = data_dir.expanduser().resolve()
        self._share: int | None = None  # the descriptor holding users.lock
        self._one_at_a_time = asyncio.Lock()

    @property
    def log_file(self) -> Path:
        """Where the keeper and the server write what they have to say."""
        return self._folder / "valkey.log"

    async def start(self) -> str:
        """Join the folder's Valkey, starting it if nobody has; once joined, only returns the URL.

        Returns:
            A ``unix://`` URL with the path percent-encoded, as redis-py and docket take it.

        Raises:
            SetupError: no server for this platform, an unusable folder, or a server that does
                not come up; the sentence says where to look and the way out.
        """
        async with self._one_at_a_time:
            if self._share is None:
                try:
                    self._share = await self._join()
                except OSError as problem:
                    raise SetupError(
                        f"DATA_DIR {self._folder} cannot hold the embedded Valkey "
                        f"({problem.strerror}): make it a folder this user owns and can write, "
                        "or set REDIS_URL."
                    ) from problem
            return f"unix://{quote(str(socket_path(self._folder)))}"

    async def watch(self) -> None:
        """Bring the server back whenever it is gone, until cancelled; run it as a task.

        A look costs one attempt at a lock. A failed attempt is logged and made again: a full
        disk may have room later.
        """
        while True:
            await asyncio.sleep(LOOK_EVERY)
            if self._share is None or self._is_running():
                continue
            log.warning("embedded_valkey_gone", folder=str(self._folder))
            try:
                await self._bring_up()
            except (SetupError, OSError) as problem:
                log.error("embedded_valkey_down", problem=str(problem))  # noqa: TRY400
                await asyncio.sleep(RETRY_AFTER)

    async def stop(self) -> None:
        """Give up this process's share; the server ends by itself when it was the last."""
        async with self._one_at_a_time:
            self._leave()

    async def _join(self) -> int:
        """Take a share, then see that there is a server; the share's descriptor."""
        server_binary()
        await asyncio.to_thread(prepare_folder, self._folder)
        # In this order: a keeper that stops its server has seen that nobody holds a share.
        share = await self._take_share()
        try:
            await self._bring_up()
        except BaseException:  # cancelled, too: no share without a server
            os.close(share)
            raise
        return share

    async def _take_share(self) -> int:
        try:
            async with asyncio.timeout(ARRIVE_WITHIN):
                while True:
                    share = take_lock(self._folder / "users.lock", exclusive=False)
                    if share is not None:
                        return share
                    await asyncio.sleep(_ASK_EVERY)
        except TimeoutError:
            raise SetupError(
                f"The embedded Valkey in {self._folder} is still closing: try again in a moment."
            ) from None

    def _leave(self) -> None:
        if self._share is not None:
            os.close(self._share)
            self._share = None

    def _is_running(self) -> bool:
        """Whether somebody holds server.lock; asked by trying to take it."""
        lock = take_lock(self._folder / "server.lock", exclusive=True)
        if lock is not None:
            os.close(lock)
        return lock is None

    async def _bring_up(self) -> None:
        """Return once the server answers, whoever started it."""
        began = asyncio.get_running_loop().time()
        started = False
        try:
            async with asyncio.timeout(ARRIVE_WITHIN) as patience:
                while True:
                    lock = take_lock(self._folder / "server.lock", exclusive=True)
                    if lock is not None and started:
                        os.close(lock)
                        raise self._failed()  # ours has ended already; another would do the same
                    if lock is not None:
                        started = True
                        # Shielded: the thread must run in any case, as it closes the lock.
                        await asyncio.shield(asyncio.to_thread(self._start_keeper, lock))
                    answer = await _ping(socket_path(self._folder))
                    if answer and not answer.startswith(b"-LOADING"):
                        return
                    if answer:
                        patience.reschedule(began + LOAD_WITHIN)
                    await asyncio.sleep(_ASK_EVERY)
        except TimeoutError:
            raise self._failed() from None

    def _start_keeper(self, server_lock: int) -> None:
        """Start the keeper and hand ``server_lock`` over to it; our copy is closed."""
        try:
            with open_log(self.log_file) as output:
                users_lock = str(self._folder / "users.lock")
                python = [sys.executable, "-I", "-S", str(_KEEPER)]  # as small as it gets
                subprocess.run(  # noqa: S603 - our own script
                    [*python, users_lock, *server_command(self._folder)],
                    check=True,
                    cwd="/",
                    env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
                    pass_fds=[server_lock],  # locked all the while; nothing else goes along
                    start_new_session=True,  # Ctrl-C in a terminal is for the users
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    timeout=ARRIVE_WITHIN,
                )
        except subprocess.SubprocessError as problem:
            raise self._failed() from problem
        finally:
            os.close(server_lock)

    def _failed(self) -> SetupError:
        why = f"{self.log_file} says why; put that right"
        if shutil.disk_usage(self._folder).free < _DISK_FULL:  # the log is cut short then
            why = "the disk is full; make room"
        return SetupError(
            f"The embedded Valkey in {self._folder} did not start: {why}, or set REDIS_URL."
        )


async def _ping(path: Path) -> bytes:
    """The first line a server at the socket ``path`` answers to PING; empty if none does.

    By hand, as a client library would try again and again, and hide a LOADING answer.
    """
    try:
        async with asyncio.timeout(1.0):
            reader, writer = await asyncio.open_unix_connection(path)
            try:
                writer.write(b"PING\r\n")
                return await reader.readline()
            finally:
                writer.close()
    except OSError:  # TimeoutError is one
        return b""
