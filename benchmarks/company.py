"""The pretend company the bot is measured in, on a Valkey of its own."""

import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.adapters.embedded_valkey import EmbeddedValkey
from tests.town import FINANCE, Town, town


@asynccontextmanager
async def company() -> AsyncIterator[Town]:
    """A town, with the environment that leads azure-identity there, until the block ends."""
    with tempfile.TemporaryDirectory(prefix="aib-") as folder:
        embedded = EmbeddedValkey(Path(folder))
        try:
            async with town(await embedded.start()) as made:
                os.environ.update(made.azure.environment())
                yield made
        finally:
            await embedded.stop()


def card_ts(town: Town, number: str, channel: str = FINANCE) -> str:
    """The ts of an invoice's card, which may stand below a summary that names it, too."""
    for message in town.posts(channel):
        button = town.button(message, "pay.open")
        if button is not None and button["value"] == number:
            return message.ts
    raise LookupError(f"{number} has no card with a button")
