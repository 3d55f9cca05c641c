"""Taking a payment over from somebody, and giving one's own back: a reason, a fresh check, one winner."""

import asyncio
from dataclasses import replace
from decimal import Decimal

import pytest

from bot.domain.payment import State
from bot.domain.ways import Way
from sandbox.slack import View, text_of
from tests.cards import buttons, words
from tests.paying import Unpaid, journal, key, store, unpaid
from tests.town import Town
from tests.windows import begun, payment, stories, submit, window, words_of

OPEN = "takeover.open"
WHY = {"reason": "Ada is on leave"}


@pytest.fixture
async def invoice(contoso: Town) -> Unpaid:
    """An invoice that Ada, Ben and Cem may pay; Dan may only look."""
    for user, name in (("U0BEN", "ben"), ("U0CEM", "cem"), ("U0DAN", "dan")):
        contoso.colleague(user, name)
    contoso.holds("U0BEN", "billing-profile-contributor")
    contoso.holds("U0CEM", "billing-account-contributor")
    contoso.holds("U0DAN", "billing-account-reader")
    return await unpaid(contoso)


@pytest.fixture
async def paying(invoice: Unpaid) -> Unpaid:
    """The same invoice, which Ada is paying."""
    await begun(invoice, State.HANDED_OFF)
    return invoice


async def take(invoice: Unpaid, user: str = "U0BEN") -> View:
    """Press the button and give a reason; what the window shows in the end."""
    return await submit(invoice, await window(invoice, user, OPEN), WHY)


def last(invoice: Unpaid) -> str:
    """What the thread told last."""
    return words(stories(invoice.town, invoice.number)[-1])


# Taking over


async def test_a_payer_can_take_over(paying: Unpaid) -> None:
    """With a reason; the first payer is told, the trail names both, and the steps are shown."""
    paying.town.clock.advance(hours=20)
    view = await window(paying, "U0BEN", OPEN)
    assert "Ask <@U0ADA> first" in words_of(view)
    assert (await payment(paying))["payer"] == "U0ADA"

    final = await submit(paying, view, WHY)

    assert "reserved for you" in text_of(final)
    assert "<@U0BEN> has taken over from <@U0ADA>: “Ada is on leave”" in last(paying)
    assert "<@U0ADA>, please do not pay this invoice any more." in last(paying)
    assert buttons(stories(paying.town, paying.number)[-1]) == ["portal.open"]
    assert "<@U0BEN> is paying since" in words(paying.card)
    assert "Taken over from <@U0ADA>." in words(paying.card)
    (entry,) = await journal(paying.town, "payment.taken_over")
    assert (entry["actor"], entry["entra_id"]) == ("U0BEN", paying.town.ids["U0BEN"])
    assert (entry["earlier_payer"], entry["reason"]) == ("U0ADA", "Ada is on leave")
    assert entry["role"] == "billing-profile-contributor"
    held = await payment(paying)
    assert (held["payer"], held["earlier_payer"]) == ("U0BEN", "U0ADA")


async def test_a_payment_taken_over_can_take_its_own_time(paying: Unpaid) -> None:
    """The new payer has the whole time from then on, before the card gets louder."""
    paying.town.clock.advance(hours=23)
    await take(paying)
    paying.town.clock.advance(hours=23)
    await paying.bot.scan()
    assert "<@U0BEN> is paying since" in words(paying.card)
    paying.town.clock.advance(hours=2)
    await paying.bot.scan()
    assert "Azure still shows no payment" in words(paying.card)


async def test_a_payment_taken_over_can_settle(paying: Unpaid) -> None:
    """Whoever took it over is named on the closed card."""
    await take(paying)
    paying.town.tenant.pay(paying.number)
    await paying.bot.scan()
    assert "<@U0BEN> confirmed" in words(paying.card)


async def test_a_payer_cannot_take_over_without_a_reason(paying: Unpaid) -> None:
    """Spaces are none, and more than 300 characters are too many."""
    view = await window(paying, "U0BEN", OPEN)
    ben = await paying.person("U0BEN")
    assert (await ben.submit(view.id, {"reason": " \n "})).trouble == "errors"
    assert ben.modals()[-1].errors == {"reason": "Please give a reason."}
    with pytest.raises(ValueError, match="too long"):
        await ben.submit(view.id, {"reason": "x" * 301})
    assert (await payment(paying))["payer"] == "U0ADA"


async def test_a_reader_cannot_take_over(paying: Unpaid) -> None:
    """It needs the same role as paying."""
    view = await window(paying, "U0DAN", OPEN)
    assert "paying needs owner or contributor" in text_of(view)
    assert view.submit is None


async def test_a_payer_cannot_take_over_with_a_role_they_have_lost(paying: Unpaid) -> None:
    """The role is read anew at the submit; nothing changes for the first payer."""
    town = paying.town
    view = await window(paying, "U0BEN", OPEN)
    town.tenant.revoke("billing-profile-contributor", town.ids["U0BEN"], town.account, town.profile)
    assert "You hold no billing role" in text_of(await submit(paying, view, WHY))
    assert (await payment(paying))["payer"] == "U0ADA"
    assert len(stories(town, paying.number)) == 0


async def test_a_payer_cannot_take_over_while_azure_cannot_tell(paying: Unpaid) -> None:
    """In doubt the answer is no."""
    view = await window(paying, "U0BEN", OPEN)
    paying.town.fault(f"GET */invoices/{paying.number}", "status", status=403, times=-1)
    final = await submit(paying, view, WHY)
    assert "Azure does not let the bot check this" in text_of(final)
    assert (await payment(paying))["payer"] == "U0ADA"


async def test_a_payer_cannot_take_over_what_is_paid(paying: Unpaid) -> None:
    """The card closes instead, with the first payer's name."""
    view = await window(paying, "U0BEN", OPEN)
    paying.town.tenant.pay(paying.number)
    assert "Nobody is paying this invoice any more" in text_of(await submit(paying, view, WHY))
    assert "<@U0ADA> confirmed" in words(paying.card)


@pytest.mark.parametrize("state", [State.WIRE_SENT, State.UNCLEAR])
async def test_a_payer_can_take_over_what_may_be_on_its_way(invoice: Unpaid, state: State) -> None:
    """A wire or an unclear payment: the window warns, and nothing of it is left afterwards."""
    day = invoice.town.today()
    await begun(invoice, State.HANDED_OFF if state is State.WIRE_SENT else State.SUBMITTED)
    payments = invoice.bot.outside.payments
    before = (await payments.current([invoice.number]))[invoice.number]
    wired = {"wire_date": day, "wire_reference": "REF 1"} if state is State.WIRE_SENT else {}
    left = replace(before, state=state, operation="left", way=Way.WIRE, **wired)  # type: ignore[arg-type]
    await payments.move(before, left)

    view = await window(invoice, "U0BEN", OPEN, on=_with_button(invoice))
    assert "the invoice is paid twice" in words_of(view)
    assert "reserved for you" in text_of(await submit(invoice, view, WHY))

    held = await payment(invoice)
    assert (held["state"], held["payer"], held["way"]) == ("handed_off", "U0BEN", "card")
    assert "wire_date" not in held
    assert "wire_reference" not in held


def _with_button(invoice: Unpaid) -> object:
    """The card, not shown anew yet, as it looks once it is."""
    return replace(
        invoice.card,
        blocks=[
            {
                "type": "actions",
                "block_id": "new",
                "elements": [
                    {
                        "type": "button",
                        "text": {"type": "plain_text", "text": "Take over"},
                        "action_id": OPEN,
                        "value": invoice.number,
                    }
                ],
            }
        ],
    )
