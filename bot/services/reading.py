"""Read the invoices of all watched billing accounts, once for everybody who asks about now."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.domain.invoice import Invoice
from bot.errors import AzureError
from bot.ports import Clock, Invoices
from bot.services.together import side_by_side

_FRESH_FOR = timedelta(seconds=60)
_ACCOUNTS_AT_ONCE = 4
_MOST_READ = 20_000


@dataclass(frozen=True, slots=True)
class Reading:
    """What Azure showed.

    Attributes:
        invoices: of all accounts, in no order.
        read_at: aware UTC.
        unread: display names of accounts that could not be read.
        is_cut: whether there were more invoices than are kept.
        names: what people call each account, by its name.
    """

    invoices: tuple[Invoice, ...]
    read_at: datetime
    unread: tuple[str, ...] = ()
    is_cut: bool = False
    names: Mapping[str, str] = field(default_factory=dict)


class Reader:
    """Reads all watched accounts; one reading serves everybody who asks within a minute."""

    def __init__(self, *, invoices: Invoices, clock: Clock) -> None:
        self._invoices, self._clock = invoices, clock
        self._reading: Reading | None = None
        self._alone = asyncio.Lock()

    async def all(self) -> Reading:
        """What Azure shows, at most a minute old. Raises ``AzureError`` where nothing can be read."""
        async with self._alone:
            now = self._clock.now()
            if self._reading is None or now - self._reading.read_at > _FRESH_FOR:
                self._reading = await self._read(now)
            return self._reading

    async def _read(self, now: datetime) -> Reading:
        accounts = await self._invoices.accounts()
        gate, unread, found = asyncio.Semaphore(_ACCOUNTS_AT_ONCE), list[str](), list[Invoice]()
        failures: list[AzureError] = []

        async def read(name: str, display_name: str) -> None:
            async with gate:
                try:
                    async for page in self._invoices.stream(name):
                        # One more than are kept tells that there are more.
                        found.extend(page.invoices[: _MOST_READ + 1 - len(found)])
                except AzureError as error:
                    failures.append(error)
                    unread.append(display_name or name)

        async with side_by_side() as tasks:
            for account in accounts:
                tasks.create_task(read(account.name, account.display_name))
        if failures and not found:
            raise failures[0]
        kept, is_cut = tuple(found[:_MOST_READ]), len(found) > _MOST_READ
        names = {account.name: account.display_name for account in accounts}
        return Reading(kept, now, tuple(unread), is_cut, names)
