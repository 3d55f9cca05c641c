"""Pay now, from the press to the hand-off, through the real bot."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from sandbox.azure import card, wire
from sandbox.slack import View, text_of
from tests.paying import (
    CHECKING,
    Unpaid,
    card_of,
    journal,
    key,
    nothing_started,
    offers,
    screens,
    store,
    unpaid,
)
from tests.town import FINANCE, Town
from tests.waiting import until

GONE = "This confirmation is no longer valid"


def words(view: View) -> str:
    """What the modal says, with plain spaces."""
    return text_of(view).replace("\xa0", " ")


def ben_may_pay(town: Town) -> None:
    """One more owner."""
    town.colleague("U0BEN", "ben")
    town.holds("U0BEN", "billing-profile-owner")


def rewrite(invoice: Unpaid, view: View, **changes: Any) -> View:
    """Put a changed copy of a modal in its place, as a forger would."""
    forged = replace(view, **changes)
    invoice.town.workspace.modals.keep(forged)
    return forged


async def test_an_owner_can_see_at_once_that_the_bot_is_checking(contoso: Town) -> None:
    """The press is acknowledged and a modal opened before Azure has said anything."""
    invoice = await unpaid(contoso)
    ada = await invoice.person()
    contoso.fault("GET */billingRoleAssignments", "delay", seconds=0.4, times=-1)

    with screens(contoso, "U0ADA") as seen:
        receipt = await ada.press(FINANCE, invoice.card.ts, "pay.open")
        assert (receipt.status, receipt.trouble) == (200, "")
        assert receipt.seconds < 0.4
        await until(lambda: seen and seen[-1].callback_id == "pay.confirm")

    first, last = seen
    assert CHECKING in text_of(first)
    assert first.submit is None
    assert last.id == first.id


async def test_an_owner_can_read_what_they_are_about_to_confirm(contoso: Town) -> None:
    """The confirmation shows the invoice, the role found and every active payment method."""
    methods = contoso.tenant.accounts[contoso.account].profiles[contoso.profile].payment_methods
    methods["CARD2"] = card("CARD2", "0505", kind="amex", expiration="03/2029")
    methods["CARD3"] = replace(card("CARD3", "6666"), status="inactive")
    due = contoso.midnight() - timedelta(days=10)
    invoice = await unpaid(contoso)
    contoso.tenant.invoices[invoice.number].po = "PO <!channel> 7"

    view = await invoice.offer()

    for part in (
        invoice.number,
        "12,340.00 EUR",
        f"{due.day} {due:%b %Y}",
        "Contoso Finance",
        "PO &lt;!channel&gt; 7",
        "You may pay it as *Billing account owner*",
        "Visa, ending in 4242, expires 12/2032",
        "Amex, ending in 0505, expires 03/2029",
        "Check or wire transfer",
        "Confirming charges nothing yet",
    ):
        assert part in words(view)
    assert "6666" not in words(view)
    assert (view.submit or {})["text"] == "Confirm"
    assert (view.close or {})["text"] == "Cancel"


async def test_an_owner_can_pay_though_the_methods_cannot_be_read(contoso: Town) -> None:
    """No decision hangs on the payment methods, so a note takes their place."""
    contoso.fault("GET */paymentMethodLinks", "status", status=403, times=-1)
    invoice = await unpaid(contoso)

    view = await invoice.offer()

    assert "The payment methods could not be read" in words(view)
    assert "reserved for you" in text_of(await invoice.confirm(view))


async def test_an_owner_can_see_that_there_is_no_payment_method_yet(contoso: Town) -> None:
    """A profile without methods is said to have none."""
    profile = contoso.tenant.accounts[contoso.account].profiles[contoso.profile]
    profile.payment_methods = {"WIRE9": replace(wire("WIRE9"), status="inactive")}

    view = await (await unpaid(contoso)).offer()

    assert "This billing profile has no payment method yet" in words(view)


async def test_an_offer_can_be_found_in_redis_only_by_its_token(contoso: Town) -> None:
    """The pending confirmation is a hash with a time to live; Slack carries its token alone."""
    invoice = await unpaid(contoso, confirmation_ttl_seconds=77)

    view = await invoice.offer()

    ((token, fields),) = (await offers(contoso)).items()
    assert fields["user"] == "U0ADA"
    assert fields["team"] == contoso.workspace.team_id
    assert fields["invoice"] == invoice.number
    assert (Decimal(fields["amount"]), fields["currency"]) == (Decimal("12340.00"), "EUR")
    assert view.private_metadata == token
    assert len(token) >= 32
    async with store(contoso) as redis:
        assert await redis.type(key(contoso, "offer", token)) == "hash"
        assert 70 < await redis.ttl(key(contoso, "offer", token)) <= 77


async def test_two_offers_can_never_have_the_same_token(contoso: Town) -> None:
    """Each press makes its own offer, for the same person and invoice too."""
    invoice = await unpaid(contoso)

    first, second = await invoice.offer(), await invoice.offer()

    assert first.private_metadata != second.private_metadata
    assert len(await offers(contoso)) == 2


async def test_an_owner_can_go_to_the_portal_after_confirming(contoso: Town) -> None:
    """The hand-off shows the link and the steps there; the card says who is paying since when."""
    template = "https://portal.example/?a={billing_account}&p={billing_profile}&i={invoice}"
    invoice = await unpaid(contoso, portal_invoice_url=template)

    view = await invoice.hand_off()

    (link,) = [e for b in view.blocks for e in b.get("elements", []) if "url" in e]
    account = contoso.account.replace(":", "%3A")
    assert link["url"] == (
        f"https://portal.example/?a={account}&p={contoso.profile}&i={invoice.number}"
    )
    for part in (f"Find invoice *{invoice.number}*", "12,340.00 EUR", "within 24 hours"):
        assert part in words(view)
    assert view.submit is None
    since = int(contoso.clock.now().timestamp())
    assert f"<@U0ADA> is paying since <!date^{since}^" in text_of(invoice.card)
    assert not invoice.can_be_paid
    assert contoso.button(invoice.card, "portal.open")
    (entry,) = await journal(contoso, "payment.handed_off")
    assert (entry["actor"], entry["invoice"]) == ("U0ADA", invoice.number)
    assert (Decimal(entry["amount"]), entry["currency"]) == (Decimal("12340.00"), "EUR")
    assert await offers(contoso) == {}


async def test_an_invoice_that_is_not_due_yet_can_be_paid(contoso: Town) -> None:
    """The card appears before the due date, and so does its button."""
    number = contoso.invoice(days_overdue=-2)
    bot = await contoso.bot()
    await bot.scan()

    await Unpaid(contoso, bot, number, card_of(contoso, number)).hand_off()


async def test_an_owner_can_cancel(contoso: Town) -> None:
    """Cancelling or closing the modal ends the offer, and pressing again makes a new one."""
    invoice = await unpaid(contoso)
    view = await invoice.offer()
    ada = await invoice.person()

    receipt = await ada.close(view.id)
    await invoice.bot.settle()

    assert receipt is not None
    assert receipt.status == 200
    assert await offers(contoso) == {}
    assert [entry["actor"] for entry in await journal(contoso, "payment.cancelled")] == ["U0ADA"]
    assert invoice.can_be_paid
    await invoice.hand_off()


async def test_a_cancelled_confirmation_cannot_be_used(contoso: Town) -> None:
    """What was closed on one screen is over on every other one."""
    invoice = await unpaid(contoso)
    view = await invoice.offer()
    await (await invoice.person()).close(view.id)
    await invoice.bot.settle()

    again = await invoice.offer()
    told = await invoice.confirm(rewrite(invoice, again, private_metadata=view.private_metadata))

    assert GONE in text_of(told)
    assert await nothing_started(contoso)


async def test_a_confirmation_cannot_be_used_after_its_time(contoso: Town) -> None:
    """CONFIRMATION_TTL_SECONDS later the offer is gone and the person is told."""
    invoice = await unpaid(contoso, confirmation_ttl_seconds=1)
    view = await invoice.offer()

    async def expired() -> bool:
        return not await offers(contoso)

    await until(expired)
    told = await invoice.confirm(view)

    assert GONE in text_of(told)
    assert "expired" in text_of(told)
    assert await nothing_started(contoso)
    assert invoice.can_be_paid


async def test_a_confirmation_cannot_be_used_by_somebody_else(contoso: Town) -> None:
    """Ben, who may pay himself, gets nowhere with Ada's token, and hers stays good."""
    ben_may_pay(contoso)
    invoice = await unpaid(contoso)
    hers, his = await invoice.offer(), await invoice.offer("U0BEN")

    forged = rewrite(invoice, his, private_metadata=hers.private_metadata)
    told = await invoice.confirm(forged)

    assert GONE in text_of(told)
    assert await nothing_started(contoso)
    assert "reserved for you" in text_of(await invoice.confirm(hers))


async def test_a_confirmation_cannot_be_closed_by_somebody_else(contoso: Town) -> None:
    """Nobody can end the offer of another."""
    ben_may_pay(contoso)
    invoice = await unpaid(contoso)
    hers, his = await invoice.offer(), await invoice.offer("U0BEN")

    forged = rewrite(invoice, his, private_metadata=hers.private_metadata)
    await (await invoice.person("U0BEN")).close(forged.id)
    await invoice.bot.settle()

    assert "reserved for you" in text_of(await invoice.confirm(hers))


@pytest.mark.parametrize("token", ["", "*", "T" * 3000])
async def test_a_made_up_confirmation_cannot_be_used(contoso: Town, token: str) -> None:
    """Only tokens the bot has given out open anything."""
    invoice = await unpaid(contoso)
    view = await invoice.offer()

    told = await invoice.confirm(rewrite(invoice, view, private_metadata=token))

    assert GONE in text_of(told)
    assert await nothing_started(contoso)


async def test_a_confirmation_cannot_be_used_twice(contoso: Town) -> None:
    """Sent again after the hand-off it starts nothing, nor after the payment has ended."""
    invoice = await unpaid(contoso)
    view = await invoice.offer()
    await invoice.confirm(view)

    assert GONE in text_of(await invoice.confirm(rewrite(invoice, view)))
    contoso.clock.advance(hours=25)
    await invoice.bot.scan()
    assert GONE in text_of(await invoice.confirm(rewrite(invoice, view)))

    assert len(await journal(contoso, "payment.handed_off")) == 1
    assert invoice.can_be_paid


async def test_an_owner_can_press_confirm_twice_without_harm(contoso: Town) -> None:
    """The same confirmation twice at once is one hand-off."""
    invoice = await unpaid(contoso)
    view = await invoice.offer()
    ada = await invoice.person()
    contoso.fault("GET */billingRoleAssignments", "delay", seconds=0.3, times=-1)

    await asyncio.gather(ada.submit(view.id), ada.submit(view.id))
    await invoice.bot.settle()

    assert len(await journal(contoso, "payment.handed_off")) == 1


async def test_a_second_offer_cannot_start_a_second_payment(contoso: Town) -> None:
    """Two open confirmations of one person lead to one payment; the other shows its link."""
    invoice = await unpaid(contoso)
    await invoice.offer()
    second = await invoice.offer()
    await invoice.confirm(second)
    ada = await invoice.person()
    await ada.close(second.id)

    view = await invoice.confirm(ada.modals()[-1])

    assert "reserved for you" in text_of(view)
    assert len(await journal(contoso, "payment.handed_off")) == 1
    assert await offers(contoso) == {}
