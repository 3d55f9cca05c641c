"""Give an invoice's PDF to one person who may see the invoice at that moment."""

from bot.domain.document import SignedLink
from bot.domain.outcome import Denied
from bot.domain.people import Presence
from bot.domain.policy import Refusal
from bot.errors import AzureMalformed
from bot.ports import Documents, Invoices
from bot.services.access import Access
from bot.services.audit import Audit, facts
from bot.services.checking import Checking
from bot.services.together import side_by_side


class InvoicePdf:
    """The link in the answer is a secret: whoever calls shows it to that person alone.

    Args:
        invoices, documents: Azure.
        check: knows where invoices lie.
        access: who may see what.
        audit: is told who got a PDF and who did not; never the link.
    """

    def __init__(
        self,
        *,
        invoices: Invoices,
        documents: Documents,
        check: Checking,
        access: Access,
        audit: Audit,
    ) -> None:
        self._invoices, self._documents = invoices, documents
        self._check, self._access, self._audit = check, access, audit

    async def __call__(self, presence: Presence, number: str) -> SignedLink | Denied:
        """The link, if this person holds any billing role on the invoice's scope now.

        Raises ``BotError``: then no.
        """
        place = await self._check.place(number)
        async with side_by_side() as tasks:
            reading = tasks.create_task(self._invoices.read(place.account, number))
            decision = await self._access.viewer(presence, place.account, place.profile)
            if isinstance(decision, Refusal):
                reading.cancel()
        where = {
            "actor": presence.user,
            "invoice": number,
            "billing_account": place.account,
            "billing_profile": place.profile,
        }
        if isinstance(decision, Refusal):
            self._audit.later("document.refused", **where, **facts(decision))
            return Denied(decision, place.profile_name)
        invoice = reading.result()
        if (invoice.billing_account, invoice.billing_profile) != (place.account, place.profile):
            raise AzureMalformed("This invoice has moved to another billing profile.")
        link = await self._documents.pdf(place.account, number)
        self._audit.later("document.sent", **where, **facts(decision))
        return link
