"""Billing profiles: what Azure has done to those whose invoices were not paid.

Source: BillingProfile (``status``, ``statusReasonCode``) of Microsoft's billing REST reference,
2024-04-01.
"""

from collections.abc import Mapping
from urllib.parse import quote

from bot.adapters.azure_pipeline import JsonReader
from bot.domain.profile import Flag

_API = {"api-version": "2024-04-01"}
_ACCOUNTS = "/providers/Microsoft.Billing/billingAccounts"


class AzureProfiles:
    """The port ``Profiles``.

    Args:
        json: reads JSON of Azure.
    """

    def __init__(self, json: JsonReader) -> None:
        self._json = json

    async def flags(self, account: str) -> dict[str, Flag]:
        """The flagged profiles of the account, by their names in lower case."""
        found: dict[str, Flag] = {}
        async for page in self._json.pages(_profiles(account), _API):
            for item in page:
                if isinstance(item, Mapping) and (flag := _flag(item)):
                    found[str(item.get("name") or "").lower()] = flag
        return found

    async def flag(self, account: str, profile: str) -> Flag | None:
        """The flag of one profile, fresh, or None."""
        return _flag(await self._json.get(f"{_profiles(account)}/{quote(profile, safe='')}", _API))


def _profiles(account: str) -> str:
    return f"{_ACCOUNTS}/{quote(account, safe='')}/billingProfiles"


def _flag(item: Mapping[str, object]) -> Flag | None:
    properties = item.get("properties")
    if not isinstance(properties, Mapping):
        return None
    return Flag.of(properties.get("status"), properties.get("statusReasonCode"))
