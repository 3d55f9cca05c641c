"""Hand the invoices that match to the one who asked, as files."""

import asyncio

from bot.domain.extract import Extract, row
from bot.domain.listing import Query
from bot.domain.people import Presence
from bot.domain.policy import Refusal
from bot.ports import Files, Journal, RenderExtract
from bot.services.lookup import Lookup, Matches


class Export:
    """Sends what ``/invoices`` would list, all pages of it, by the same rules of access.

    Args:
        lookup: finds what matches and may be seen.
        files, journal: the ports.
        render: makes the files.
    """

    def __init__(
        self, *, lookup: Lookup, files: Files, journal: Journal, render: RenderExtract
    ) -> None:
        self._lookup, self._files = lookup, files
        self._journal, self._render = journal, render

    async def send(self, presence: Presence, query: Query) -> Extract | Refusal:
        """Send the files to this person; nothing is sent where nothing matches.

        Raises:
            BotError: they could not be made or sent, or (``SlackUnclear``) may have been.
        """
        matches = await self._lookup.matches(presence, query)
        if isinstance(matches, Refusal):
            return matches
        # In threads of their own: thousands of rows take seconds, and clicks go on meanwhile.
        extract = await asyncio.to_thread(_extract, query, matches)
        if extract.rows:
            await self._journal.note(
                "lookup.exported",
                actor=presence.user,
                decision="allowed",
                filter=query.filter,
                count=str(len(extract.rows)),
            )
            files = await asyncio.to_thread(self._render.files, extract)
            await self._files.send(presence.user, self._render.comment(extract), files)
        return extract


def _extract(query: Query, matches: Matches) -> Extract:
    reading, today = matches.reading, matches.today
    rows = tuple(row(invoice, today) for invoice in matches.invoices)
    return Extract(query, rows, today, reading.read_at, reading.unread, reading.is_cut)
