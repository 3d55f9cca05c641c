"""What Azure has done to a billing profile whose invoices were not paid."""

from enum import StrEnum


class Flag(StrEnum):
    """The consequence of not paying, as Azure shows it on the billing profile."""

    WARNED = "warned"
    DISABLED = "disabled"

    @classmethod
    def of(cls, status: object, reason: object) -> "Flag | None":
        """The flag for Azure's ``status`` and ``statusReasonCode``, in any case; None for others.

        Only ``PastDue`` is about unpaid invoices. Source: BillingProfile in Microsoft's billing REST
        reference (2024-04-01).
        """
        if str(reason).lower() != "pastdue":
            return None
        word = str(status).lower()
        return cls(word) if word in cls._value2member_map_ else None
