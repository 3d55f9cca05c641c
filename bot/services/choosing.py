"""Ask Azure what the bot may charge for an invoice (``PAYMENT_MODE=api``)."""

import structlog

from bot.domain.payment import Payment, State
from bot.domain.paynow import NOT_ALLOWED, NOT_OFFERED, NOT_TOLD, SENT_BEFORE, Eligibility
from bot.errors import AzureDenied, AzureError, AzureMalformed, AzureNotFound
from bot.ports import Payments, Paynow
from bot.services.checking import Place
from bot.services.together import side_by_side

_log = structlog.get_logger(__name__)


class Choosing:
    """Whatever cannot be told leads to the portal, and never stops a payment there.

    Args:
        paynow: Azure's preview.
        payments: the store.
    """

    def __init__(self, *, paynow: Paynow, payments: Payments) -> None:
        self._paynow, self._payments = paynow, payments

    async def ask(self, place: Place) -> Eligibility | str:
        """What Azure says, or in one of ``bot.domain.paynow``'s words why it is not to be asked.

        Raises ``StoreUnavailable``.
        """
        async with side_by_side() as tasks:
            told = tasks.create_task(self._eligibility(place))
            payments = tasks.create_task(self._payments.current([place.number]))
        return SENT_BEFORE if _is_open(payments.result().get(place.number)) else told.result()

    async def _eligibility(self, place: Place) -> Eligibility | str:
        try:
            return await self._paynow.eligibility(place.account, place.profile, place.number)
        except AzureError as error:
            _log.warning("paynow_not_offered", invoice=place.number, error=type(error).__name__)
            return why_not(error)


def why_not(error: AzureError) -> str:
    """What it means that Azure did not say whether the bot may pay."""
    if isinstance(error, AzureDenied):
        return NOT_ALLOWED
    # An unknown api-version is a bad request to Azure.
    return NOT_OFFERED if isinstance(error, AzureNotFound | AzureMalformed) else NOT_TOLD


def _is_open(last: Payment | None) -> bool:
    """Whether the bot has asked Azure before and no clear no has come of it."""
    return last is not None and last.sent and last.state is not State.FAILED
