"""May this person see this invoice now? Asked freshly of Slack, Entra and Azure each time."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.invoice import Invoice
from bot.domain.outcome import Denied
from bot.domain.payment import FRESH_FOR
from bot.domain.people import Presence
from bot.domain.policy import Grant, Refusal
from bot.errors import AzureMalformed, TooSlow
from bot.ports import Clock, Invoices
from bot.services.access import Access
from bot.services.audit import facts
from bot.services.checking import Checking
from bot.services.together import side_by_side


@dataclass(frozen=True, slots=True)
class Viewed:
    """A yes, with what it rests on.

    Attributes:
        grant: the role that allows it.
        invoice: as Azure had it at that moment.
        at: when the check began, aware UTC: nothing in it is older.
    """

    grant: Grant
    invoice: Invoice
    at: datetime

    @property
    def facts(self) -> dict[str, str]:
        """What the audit trail keeps of it."""
        return {
            "billing_profile": self.invoice.billing_profile,
            "billing_account": self.invoice.billing_account,
            **facts(self.grant),
        }


class Viewing:
    """Any billing role on the invoice's scope suffices.

    Args:
        invoices: Azure.
        check: knows where invoices lie, and keeps refusals.
        access: who may see what.
        clock: dates the checks.
    """

    def __init__(
        self, *, invoices: Invoices, check: Checking, access: Access, clock: Clock
    ) -> None:
        self._invoices, self._check, self._access, self._clock = invoices, check, access, clock

    async def __call__(self, presence: Presence, number: str, *, event: str) -> Viewed | Denied:
        """Whether this person may see it; a no is kept in the audit trail as ``event``.

        Raises ``BotError``: then no.
        """
        began = self._clock.now()
        place = await self._check.place(number)
        async with side_by_side() as tasks:
            reading = tasks.create_task(self._invoices.read(place.account, number))
            decision = await self._access.viewer(presence, place.account, place.profile)
            if isinstance(decision, Refusal):
                reading.cancel()
        if isinstance(decision, Refusal):
            role = decision.role.key if decision.role else ""
            await self._check.refused(presence, place, decision.reason, event=event, role=role)
            return Denied(decision, place.profile_name)
        invoice = reading.result()
        if (invoice.billing_account, invoice.billing_profile) != (place.account, place.profile):
            raise AzureMalformed("This invoice has moved to another billing profile.")
        return Viewed(decision, invoice, began)

    def still_holds(self, viewed: Viewed) -> None:
        """Return if a step may rest on it. Raises ``TooSlow`` where it is too old."""
        if self._clock.now() - viewed.at > FRESH_FOR:
            raise TooSlow("Checking took too long, so nothing was started. Please try again.")
