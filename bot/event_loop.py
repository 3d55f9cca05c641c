"""The event loop that the commands run on."""

import asyncio
import sys


def event_loop() -> asyncio.AbstractEventLoop:
    """A new one for the whole process: uvloop's, quicker for each click, where it exists."""
    if sys.platform == "win32":
        return asyncio.new_event_loop()
    import uvloop  # noqa: PLC0415  # there is none on Windows

    class Loop(uvloop.Loop):
        """Closed by the end of its process.

        uvloop's own ``close`` waits for connections that were given up meanwhile, in some cases
        without end, so that a command would never end.
        """

        def close(self) -> None:
            """Leave it."""

    return Loop()
