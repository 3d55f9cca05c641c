"""What befalls the run: machines die, Slack and Azure fail and drag, invoices come and change."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from decimal import Decimal

from sandbox.faults import Kind
from tests.chaos.machines import Fleet, Valkey
from tests.town import Town

SLACK_POSTS, AZURE, GRAPH = "* */chat.*", "* */providers/Microsoft.Billing/*", "* */users*"


@dataclass
class Troubles:
    """One trouble after the other, by a seeded dice."""

    town: Town
    fleet: Fleet
    valkey: Valkey
    dice: random.Random
    happened: Counter[str] = field(default_factory=Counter)

    async def begin(self, seconds: float) -> None:
        """Make trouble for so long."""
        clock = asyncio.get_running_loop().time
        end = clock() + seconds
        troubles: list[Callable[[], Awaitable[None]]] = [
            *(self.kill_a_process, self.kill_a_process, self.restart_valkey, self.slack_fails),
            *(self.azure_fails, self.new_invoice, self.new_invoice, self.azure_books),
            *(self.azure_books, self.azure_books, self.azure_changes, self.graph_fails),
        ]
        while clock() < end:
            trouble = self.dice.choice(troubles)
            self.happened[trouble.__name__] += 1
            await trouble()
            await asyncio.sleep(self.dice.uniform(0.1, 1.0))
            await self.fleet.mend()

    async def kill_a_process(self) -> None:
        """Kill -9, and another one takes its place."""
        await self.fleet.kill(self.dice.choice(sorted(self.fleet.machines)))

    async def restart_valkey(self) -> None:
        """Kill -9; a second later it is back with all it had acknowledged."""
        await self.valkey.kill()
        await asyncio.sleep(self.dice.uniform(0.0, 1.0))
        await self.valkey.start()

    async def slack_fails(self) -> None:
        """Throttled, cut off before or after the work, dragging."""
        kind: Kind = self.dice.choice(["throttle", "drop_before", "drop_after", "delay", "status"])
        self.town.fault(SLACK_POSTS, kind, seconds=1, times=self.dice.randint(1, 3))

    async def azure_fails(self) -> None:
        """Errors, cut lines, nonsense, dragging."""
        kind: Kind = self.dice.choice(
            ["status", "drop_before", "malformed", "empty", "delay", "throttle"]
        )
        self.town.fault(AZURE, kind, seconds=1, times=self.dice.randint(1, 6))

    async def graph_fails(self) -> None:
        """The directory, too."""
        kind: Kind = self.dice.choice(["status", "drop_before", "delay"])
        self.town.fault(GRAPH, kind, seconds=1, times=self.dice.randint(1, 3))

    async def new_invoice(self) -> None:
        """One more to be paid."""
        self.town.invoice(days_overdue=self.dice.randint(0, 20))

    async def azure_books(self) -> None:
        """Someone has paid, or a card was declined."""
        open_ones = self._open()
        if open_ones:
            number = self.dice.choice(open_ones)
            (self.town.tenant.decline if self.dice.random() < 0.3 else self.town.tenant.pay)(number)

    async def azure_changes(self) -> None:
        """Voided, billed anew, or another amount."""
        open_ones = self._open()
        if open_ones:
            number, chance = self.dice.choice(open_ones), self.dice.random()
            if chance < 0.3:
                self.town.tenant.void(number)
            elif chance < 0.6:
                self.town.tenant.rebill(number)
            else:
                self.town.tenant.change_amount(number, Decimal(self.dice.randint(100, 99_999)))

    def _open(self) -> list[str]:
        invoices = self.town.tenant.invoices.values()
        return sorted(i.number for i in invoices if i.status in ("Due", "OverDue"))
