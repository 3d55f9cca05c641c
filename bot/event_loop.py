"""The event loop that the commands run on."""

import asyncio
import sys


def event_loop() -> asyncio.AbstractEventLoop:
    """A new one: uvloop's, which takes less time for each click, where it exists (not on Windows)."""
    if sys.platform == "win32":
        return asyncio.new_event_loop()
    import uvloop  # noqa: PLC0415  # there is none on Windows

    return uvloop.new_event_loop()
