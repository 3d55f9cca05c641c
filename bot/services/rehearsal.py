"""Rehearse Pay now: who presses is checked as for a payment, and nothing can come of it."""

from contextlib import aclosing

from bot.domain.invoice import Invoice
from bot.domain.people import Presence
from bot.domain.policy import Grant, Refusal
from bot.domain.rehearsal import NUMBER, Stage
from bot.errors import SetupError
from bot.ports import Invoices
from bot.services.access import Access
from bot.services.audit import Audit, facts


class Rehearsal:
    """Checks who presses; it knows neither offers nor payments.

    Args:
        access: who may.
        audit: where it is noted.
    """

    def __init__(self, *, access: Access, audit: Audit) -> None:
        self._access, self._audit = access, audit

    async def press(self, presence: Presence, stage: Stage) -> Grant | Refusal:
        """Whether this person might pay there now. Raises ``BotError``: then no."""
        account, profile = stage.billing_account, stage.billing_profile
        decision = await self._access.payer(presence, account, profile)
        self._audit.later(
            "rehearsal.pressed",
            actor=presence.user,
            invoice=NUMBER,
            billing_account=account,
            billing_profile=profile,
            **facts(decision),
        )
        return decision


async def invite(invoices: Invoices) -> Stage:
    """A place for a rehearsal: the billing profile of the first invoice that Azure lists.

    Raises:
        SetupError: Azure lists none.
        AzureError: it does not answer.
    """
    for account in await invoices.accounts():
        if invoice := await first_invoice(invoices, account.name):
            return Stage(account.name, invoice.billing_profile, invoice.billing_profile_name)
    raise SetupError(
        "Azure shows the bot no invoice yet, so there is no billing profile to rehearse on: see the "
        "findings on Azure, or wait for the first invoice."
    )


async def first_invoice(invoices: Invoices, account: str) -> Invoice | None:
    """One of the first invoices that Azure lists for an account, an unpaid one if there is any.

    Raises ``AzureError``.
    """
    async with aclosing(invoices.stream(account)) as pages:  # type: ignore[type-var]
        async for page in pages:
            if page.invoices:
                return next((i for i in page.invoices if i.is_payable), page.invoices[0])
    return None
