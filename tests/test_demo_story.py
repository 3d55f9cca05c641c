"""The story in the terminal."""

import asyncio
import sys


async def test_a_visitor_can_read_the_whole_story_in_the_terminal() -> None:
    """One payment from the scan to the closed card, told step by step, ends with exit code 0."""
    ended = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "sandbox",
        "--story",
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    printed, _ = await ended.communicate()
    told = printed.decode()
    assert ended.returncode == 0, told
    steps = (
        "1. The bot scans Azure",
        "Pay now",
        "paying needs owner or contributor",
        "ending in 4242",
        "reserved for you",
        "@Ada Okafor is paying since",
        "nobody else can start paying",
        "1 closed",
        "by Visa on",
        "after @Ada Okafor confirmed",
        "That is all.",
    )
    found = [" ".join(told.replace("│", "").split()).find(step) for step in steps]
    assert -1 not in found, told
    assert found == sorted(found)
