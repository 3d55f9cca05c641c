"""The process that owns the embedded Valkey: it starts it and stops it after the last user.

Run as a script, on the standard library alone so that it stays small:

    python -I -S valkey_keeper.py USERS_LOCK SERVER_BINARY OPTION...

It belongs to no user process: any of them may be killed while the others keep the store. It
inherits the open, locked ``server.lock`` and hands it on to the server without ever naming it:
the lock is free only when both are gone, so there are never two servers on one folder.
"""

import ctypes
import fcntl
import os
import signal
import sys
import threading
import time

STOP_WITHIN = 5.0
"""Seconds the server may take to stop before it is killed; nothing acknowledged is lost then."""

SETTLED_AFTER = 1.0
"""Seconds after which a killed server is started again; one that falls sooner would loop."""

_PR_SET_PDEATHSIG = 1


def start_server(command: list[str]) -> int:
    """Start ``command`` (absolute path first) as a child that cannot outlive this process.

    Call it from the main thread, before there is another: Linux ties the child's life to the
    thread that forked it. Elsewhere than on Linux the child outlives a killed keeper; it still
    holds ``server.lock`` then, and goes on serving.

    Returns:
        The child's process id.
    """
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None
    keeper = os.getpid()
    server = os.fork()
    if server:
        return server
    try:
        if libc is not None:
            # SIGKILL is safe, every acknowledged write is on disk, and cannot be kept waiting.
            libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != keeper:
                os._exit(1)
        os.execv(command[0], command)  # noqa: S606 - no shell is wanted
    except OSError as problem:
        sys.stderr.write(f"cannot run {command[0]}: {problem.strerror}\n")
    finally:
        os._exit(127)


def follow(server: int, leaving: threading.Event) -> None:
    """Wait for the end of ``server`` and end this process with it, freeing ``server.lock``.

    A server that had settled and was killed by a signal is started again instead, by running
    this script anew: a fresh process image forks from a single thread, and the lock stays held.
    A server that gave up by itself wrote why in its log; whether to try again is the users' call.
    """
    began = time.monotonic()
    _, status = os.waitpid(server, 0)
    settled = time.monotonic() - began >= SETTLED_AFTER
    if os.WIFSIGNALED(status) and settled and not leaving.is_set():
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606
    os._exit(0)


def main(users_lock: str, command: list[str]) -> None:
    """Keep the server of ``command`` running until nobody holds ``users_lock`` (a path) any more.

    Never returns: the process ends with its server.
    """
    os.umask(0o077)
    if os.fork():  # nobody's child: whoever started it need neither wait for it nor reap it
        os._exit(0)
    # A service manager signals every process at once when it stops: the store must outlast the
    # users that still finish their work, so keeper and server (which inherits this) hold still.
    signal.pthread_sigmask(signal.SIG_SETMASK, {signal.SIGTERM, signal.SIGHUP})
    # Python's own handler would swallow a stop that reaches the child before it is the server.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    server = start_server(command)
    leaving = threading.Event()
    follower = threading.Thread(target=follow, args=(server, leaving), daemon=True)
    follower.start()
    # Opened only now, so the server has no part in it. Sleeps in the kernel until the last user
    # has gone, however it went; then holds arrivals off until the server is gone too.
    users = os.open(users_lock, os.O_RDWR)
    fcntl.flock(users, fcntl.LOCK_EX)
    leaving.set()
    os.kill(server, signal.SIGINT)
    follower.join(STOP_WITHIN)
    os.kill(server, signal.SIGKILL)
    follower.join()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
