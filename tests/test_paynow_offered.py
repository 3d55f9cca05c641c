"""PAYMENT_MODE=api: what is offered beforehand, and where only the portal is left."""

from typing import Any

from bot.domain.paynow import NOT_TOLD, SENT_BEFORE
from bot.views.language import Language
from bot.views.paynow import reason_words
from tests.charging import (
    ELIGIBILITY,
    PORTAL,
    asked,
    chargeable,
    offer_preview,
    plain,
)
from tests.paying import Unpaid, unpaid
from tests.town import Town

REASONS = {
    "Other": "Azure gives no reason.",
    "NotEligible": "Azure does not take it for this invoice.",
    "PayNowLimitExceeded": "above what Azure lets be charged",
    "InsufficientPermissions": "the bot holds no paying role",
    "DuplicatePayment": "knows of a payment of this invoice already",
    "InvoiceNotFound": "does not find the invoice",
    "InvalidAmount": "does not take this amount",
    "InvalidAccount": "does not allow it for this billing account",
    "SomethingNew": "Azure says SomethingNew.",
}


async def portal_only(invoice: Unpaid) -> str:
    """Press, and be offered the portal alone; what the modal says. It is closed again."""
    view = await invoice.offer()
    assert PORTAL in plain(view)
    assert not [block for block in view.blocks if block["type"] == "input"]
    await (await invoice.person()).close(view.id)
    await invoice.bot.settle()
    return plain(view)


async def test_a_payer_can_read_why_the_bot_cannot_pay(contoso: Town) -> None:
    """Each reason code has its words, an unknown one is said as it is; the portal takes over."""
    invoice = await chargeable(contoso)

    for reason, words in REASONS.items():
        contoso.tenant.switches.paynow_reason = reason
        assert words in await portal_only(invoice)
        contoso.clock.advance(seconds=30)

    assert "reserved for you" in plain(await invoice.hand_off())
    assert asked(contoso) == 0


async def test_a_tenant_without_the_preview_can_use_the_portal(contoso: Town) -> None:
    """Where Azure knows no such version or operation, or forbids it, the payer is led to the portal."""
    invoice = await chargeable(contoso)
    ways: dict[Any, str] = {
        "unsupported": "Azure does not offer this to your company",
        "missing": "Azure does not offer this to your company",
        "forbidden": "Azure does not let the bot pay",
    }
    for offer, words in ways.items():
        contoso.tenant.switches.paynow = offer
        assert words in await portal_only(invoice)

    await invoice.hand_off()
    assert asked(contoso) == 0


async def test_a_payer_can_use_the_portal_while_eligibility_cannot_be_told(contoso: Town) -> None:
    """An error there never stands in the way of the portal, nor lets anything be charged."""
    invoice = await chargeable(contoso)
    for kind in ("status", "malformed", "drop_after"):
        contoso.faults.clear()
        contoso.fault(ELIGIBILITY, kind, times=-1)
        await portal_only(invoice)

    await invoice.hand_off()
    assert asked(contoso) == 0


async def test_a_bot_in_portal_mode_cannot_ask_for_anything_of_the_preview(contoso: Town) -> None:
    """By default nothing of it is ever called, whatever the tenant offers."""
    offer_preview(contoso)
    invoice = await unpaid(contoso)
    assert "Preview" not in plain(await invoice.hand_off())
    assert contoso.traffic.count("/validatePaynowEligibility") + asked(contoso) == 0


async def test_a_payer_can_have_eligibility_asked_beside_the_rest(contoso: Town) -> None:
    """It begins before the role lists have come, so the press takes no longer for it."""
    invoice = await chargeable(contoso)
    contoso.traffic.exchanges.clear()
    contoso.fault("GET */billingRoleAssignments", "delay", seconds=0.25, times=2)

    await invoice.offer()

    seen = {exchange.path.rpartition("/")[2]: exchange for exchange in contoso.traffic.exchanges}
    roles, eligibility = seen["billingRoleAssignments"], seen["validatePaynowEligibility"]
    assert eligibility.at < roles.at + roles.ms / 1000


def test_every_reason_can_be_read() -> None:
    """Each of the bot's own words and of Azure's codes is a whole sentence in plain words."""
    for reason in (*REASONS, NOT_TOLD, SENT_BEFORE, "http 429", "", "<!channel>"):
        words = reason_words(Language(), reason)
        assert words.endswith(".")
        assert "<!" not in words
