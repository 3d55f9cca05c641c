"""Payments under way in the pretend portal: Azure books them a while after somebody paid."""

import asyncio
from dataclasses import dataclass
from decimal import Decimal

from sandbox.azure import AzureTenant


@dataclass(frozen=True)
class _Pending:
    method: str
    amount: Decimal | None
    timer: asyncio.TimerHandle


class Settling:
    """At most one payment under way for each invoice."""

    def __init__(self, tenant: AzureTenant) -> None:
        self._tenant = tenant
        self._pending: dict[str, _Pending] = {}

    def begin(self, number: str, method: str, amount: Decimal | None, delay: float) -> None:
        """Book a payment of ``amount`` (None: all that is due then) in ``delay`` seconds."""
        self.drop(number)
        timer = asyncio.get_running_loop().call_later(delay, self.book, number)
        self._pending[number] = _Pending(method, amount, timer)
        self._tenant.announce("invoice", invoice=number)

    def book(self, number: str) -> bool:
        """Book the payment under way now; whether there was one and something was still due."""
        pending = self._pending.get(number)
        if pending is None:
            return False
        self.drop(number)
        try:
            self._tenant.pay(number, pending.method, pending.amount)
        except ValueError:  # voided, re-billed or paid meanwhile
            self._tenant.announce("invoice", invoice=number)
            return False
        return True

    def drop(self, number: str) -> None:
        """Forget the payment under way, if there is one."""
        pending = self._pending.pop(number, None)
        if pending:
            pending.timer.cancel()

    def seconds_left(self, number: str) -> int | None:
        """Whole seconds until the payment is booked; None where none is under way."""
        pending = self._pending.get(number)
        if pending is None:
            return None
        return max(0, round(pending.timer.when() - asyncio.get_running_loop().time()))

    def close(self) -> None:
        """Forget them all."""
        for number in list(self._pending):
            self.drop(number)
