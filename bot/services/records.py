"""Read records of which one may make no sense: a spoilt one concerns its own invoice only."""

from collections.abc import Collection, Mapping

import structlog

from bot.domain.card import Card
from bot.ports import Cards

SPOILT = (
    "Its card's record in the store makes no sense: delete the key card:<its number>, and the next "
    "scan finds or posts its card anew."
)

_log = structlog.get_logger(__name__)


async def readable(
    cards: Cards, numbers: Collection[str]
) -> tuple[Mapping[str, Card], frozenset[str]]:
    """The records of these invoices, and the numbers of those whose record makes no sense.

    Raises ``StoreUnavailable``.
    """
    try:
        return await cards.load(numbers), frozenset()
    except ValueError:
        found: dict[str, Card] = {}
        spoilt = set()
        for number in numbers:
            try:
                found.update(await cards.load([number]))
            except ValueError:
                spoilt.add(number)
                _log.error("card_record_spoilt", invoice=number)
        return found, frozenset(spoilt)
