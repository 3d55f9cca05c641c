"""A rehearsal: the button's whole path, with an invoice that does not exist."""

from dataclasses import dataclass

NUMBER = "REHEARSAL"
"""In the place of an invoice number. No record, alert or payment ever bears it."""


@dataclass(frozen=True, slots=True)
class Stage:
    """The billing profile on which a presser's access is checked; ``name`` is what people call it."""

    billing_account: str
    billing_profile: str
    name: str
