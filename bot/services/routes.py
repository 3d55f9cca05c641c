"""Which channel an invoice belongs in."""

from collections.abc import Mapping

from bot.domain.invoice import Invoice
from bot.errors import NoChannel


class Routes:
    """The channels by billing profile, as the settings have them.

    Args:
        routes: channel ids by billing profile id (short or full) or name, lower case.
        default: the channel for all other profiles, maybe "".
    """

    def __init__(self, routes: Mapping[str, str], default: str) -> None:
        # Azure itself writes ids with and without their leading slash.
        self._routes = {name.strip("/"): channel for name, channel in routes.items()}
        self._default = default

    @property
    def channels(self) -> tuple[str, ...]:
        """Every channel there is, in order."""
        return tuple(sorted({self._default, *self._routes.values()} - {""}))

    def channel(self, invoice: Invoice) -> str:
        """Where its card belongs. Raises ``NoChannel``."""
        profile = invoice.billing_profile
        path = f"providers/Microsoft.Billing/billingAccounts/{invoice.billing_account}"
        for key in (f"{path}/billingProfiles/{profile}", profile, invoice.billing_profile_name):
            if key.lower() in self._routes:
                return self._routes[key.lower()]
        if not self._default:
            raise NoChannel(
                "No channel for its billing profile: set ALERT_CHANNEL, or add it to ALERT_ROUTES."
            )
        return self._default
