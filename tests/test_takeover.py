"""Taking a payment over from somebody, and giving one's own back: a reason, a fresh check, one winner."""

import asyncio
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from bot.domain.payment import State
from bot.domain.people import Presence
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
    assert datetime.fromisoformat(held["since"]) == paying.town.clock.now()


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


async def test_a_payer_cannot_take_over_from_somebody_they_were_not_shown(paying: Unpaid) -> None:
    """Ben was quicker: Cem's reason was meant for Ada, and Ben keeps what he has."""
    view = await window(paying, "U0CEM", OPEN)
    await take(paying)
    assert "<@U0BEN> is paying since" in text_of(await submit(paying, view, WHY))
    assert (await payment(paying))["payer"] == "U0BEN"


async def test_a_payer_cannot_take_over_another_amount(paying: Unpaid) -> None:
    """The amount has changed: the payment is void, everybody is told, Pay now is back."""
    view = await window(paying, "U0BEN", OPEN)
    paying.town.tenant.change_amount(paying.number, Decimal("20000.00"))
    assert "Nobody is paying this invoice any more" in text_of(await submit(paying, view, WHY))
    assert "from 12,340.00 EUR, which <@U0ADA> confirmed, to 20,000.00 EUR" in last(paying)
    assert (await payment(paying))["payer"] == "U0ADA"
    assert paying.can_be_paid


async def test_a_payer_cannot_take_over_what_is_paid(paying: Unpaid) -> None:
    """The card closes instead, with the first payer's name."""
    view = await window(paying, "U0BEN", OPEN)
    paying.town.tenant.pay(paying.number)
    assert "Nobody is paying this invoice any more" in text_of(await submit(paying, view, WHY))
    assert "<@U0ADA> confirmed" in words(paying.card)


MAY_BE_ON_ITS_WAY: dict[State, dict[str, Any]] = {
    State.WIRE_SENT: {"way": Way.WIRE, "wire_date": date(2026, 11, 3), "wire_reference": "REF 1"},
    State.UNCLEAR: {"way": Way.API, "method": "VISA", "follow": "/op", "sent": True},
}


@pytest.mark.parametrize("state", MAY_BE_ON_ITS_WAY)
async def test_a_payer_can_take_over_what_may_be_on_its_way(invoice: Unpaid, state: State) -> None:
    """A wire or an unclear payment: the window warns, and the way to pay is found anew."""
    await begun(invoice, state, **MAY_BE_ON_ITS_WAY[state])

    view = await window(invoice, "U0BEN", OPEN)
    assert "the invoice is paid twice" in words_of(view)
    assert "reserved for you" in text_of(await submit(invoice, view, WHY))

    held = await payment(invoice)
    assert (held["state"], held["payer"], held["way"]) == ("handed_off", "U0BEN", "card")
    assert not {"wire_date", "wire_reference", "method", "follow"} & set(held)
    assert ("sent" in held) is (state is State.UNCLEAR)  # the bot itself never asks Azure again
    assert "<@U0BEN> is paying since" in words(invoice.card)


async def test_a_payer_can_take_over_by_wire(invoice: Unpaid) -> None:
    """The way is that of now: the card is gone, so it is a wire, with its own time to arrive."""
    await begun(invoice, State.HANDED_OFF)
    profile = invoice.town.tenant.accounts[invoice.town.account].profiles[invoice.town.profile]
    del profile.payment_methods["CARD1"]
    assert "I sent the wire" in text_of(await take(invoice))
    assert (await payment(invoice))["way"] == "wire"
    assert "wire.open" in buttons(invoice.card)


async def test_a_payer_cannot_take_over_what_azure_is_charging(invoice: Unpaid) -> None:
    """There is no button; a press on an old card is told why."""
    await begun(invoice, State.HANDED_OFF)
    old = invoice.card
    there = (await invoice.bot.outside.payments.current([invoice.number]))[invoice.number]
    charging = replace(there, state=State.SUBMITTED, operation="charging")
    await invoice.bot.outside.payments.move(there, charging, story=False)
    await invoice.bot.house.cards.refresh(invoice.number)

    assert OPEN not in buttons(invoice.card)
    view = await window(invoice, "U0BEN", OPEN, on=old)
    assert "Azure is charging it" in text_of(view)


# Four eyes

LIMIT = {"EUR": Decimal(10_000)}


@pytest.fixture
async def approved(contoso: Town) -> Unpaid:
    """Above the limit: Ada is paying with Ben's approval; Cem may pay, too."""
    for user, name in (("U0BEN", "ben"), ("U0CEM", "cem")):
        contoso.colleague(user, name)
        contoso.holds(user, "billing-profile-contributor")
    invoice = await unpaid(contoso, four_eyes_above=LIMIT)
    ben = {"approver": "U0BEN", "approver_entra_id": contoso.ids["U0BEN"]}
    await begun(invoice, State.HANDED_OFF, **ben)
    return invoice


async def test_a_third_payer_can_take_over_what_was_approved(approved: Unpaid) -> None:
    """The approval stands for the amount, whoever pays it; the card still names both."""
    assert "reserved for you" in text_of(await take(approved, "U0CEM"))
    assert "Approved by <@U0BEN>. Taken over from <@U0ADA>." in words(approved.card)


async def test_a_payer_cannot_be_led_to_pay_what_was_taken_from_them(paying: Unpaid) -> None:
    """Of what the thread told earlier only the words are left, whoever takes it how often."""
    for user in ("U0BEN", "U0CEM"):
        await take(paying, user)
    first, second = stories(paying.town, paying.number)
    assert buttons(first) == []
    assert buttons(second) == ["portal.open"]
    final = await submit(paying, await window(paying, "U0CEM", OPEN), WHY)
    assert "You have given it back" in text_of(final)
    assert [buttons(one) for one in stories(paying.town, paying.number)] == [[], [], []]


async def test_an_approver_cannot_take_over_what_they_have_approved(approved: Unpaid) -> None:
    """Then one person alone would pay; nor from a second Slack account of theirs."""
    approved.town.workspace.add_person("U0BEN2", "ben2", email="ben@contoso.example")
    for user in ("U0BEN", "U0BEN2"):
        view = await window(approved, user, OPEN)
        assert "You have approved this payment" in text_of(view)
        assert view.submit is None
    assert (await payment(approved))["payer"] == "U0ADA"
    refused = await journal(approved.town, "payment.refused")
    assert [entry["reason"] for entry in refused] == ["was_approver"] * 2


async def test_a_payer_cannot_take_over_what_nobody_has_approved(contoso: Town) -> None:
    """The limit was set after the payment had begun, or the store has forgotten who approved."""
    contoso.colleague("U0BEN", "ben")
    contoso.holds("U0BEN", "billing-profile-contributor")
    invoice = await unpaid(contoso, four_eyes_above=LIMIT)
    await begun(invoice, State.HANDED_OFF)
    view = await window(invoice, "U0BEN", OPEN)
    assert "nobody is known to have given it" in text_of(view)
    assert view.submit is None


# Giving back


@pytest.mark.parametrize("state", [State.HANDED_OFF, *MAY_BE_ON_ITS_WAY])
async def test_a_payer_can_give_back(invoice: Unpaid, state: State) -> None:
    """With a reason, which the card, the thread and the trail keep; Pay now is back."""
    await begun(invoice, state, **MAY_BE_ON_ITS_WAY.get(state, {}))
    view = await window(invoice, "U0ADA", OPEN)
    assert view.submit is not None
    assert "Give it back only if" in words_of(view)

    final = await submit(invoice, view, {"reason": "The bank says <no>"})

    assert "You have given it back" in text_of(final)
    assert "<@U0ADA> has given the payment back: “The bank says &lt;no&gt;”" in last(invoice)
    assert "<@U0ADA> gave the payment back" in words(invoice.card)
    assert invoice.can_be_paid
    (entry,) = await journal(invoice.town, "payment.given_back")
    assert (entry["actor"], entry["reason"]) == ("U0ADA", "The bank says <no>")
    assert "reserved for you" in text_of(await invoice.hand_off("U0BEN"))


async def test_a_payer_can_give_back_what_was_approved_and_ask_again(approved: Unpaid) -> None:
    """The approval goes with it: Pay now asks for another one."""
    view = await submit(approved, await window(approved, "U0ADA", OPEN), WHY)
    assert "You have given it back" in text_of(view)
    again = await approved.confirm(await approved.offer("U0CEM"))
    assert "A second payer has been asked" in text_of(again)
    assert "approver" not in await payment(approved)


async def test_a_payer_cannot_give_back_what_is_paid(paying: Unpaid) -> None:
    """Azure shows it as paid meanwhile: it is theirs, settled."""
    view = await window(paying, "U0ADA", OPEN)
    paying.town.tenant.pay(paying.number)
    assert "Nobody is paying this invoice any more" in text_of(await submit(paying, view, WHY))
    assert (await payment(paying))["state"] == "settled"


async def test_a_payer_cannot_give_back_what_was_taken_over(paying: Unpaid) -> None:
    """The window was open while somebody took over: nothing is done to the new payer."""
    view = await window(paying, "U0ADA", OPEN)
    await take(paying)
    final = await submit(paying, view, WHY)
    assert "<@U0BEN> is paying since" in text_of(final)
    assert (await payment(paying))["payer"] == "U0BEN"


# Everybody at once


async def test_two_payers_can_take_over_at_once(paying: Unpaid) -> None:
    """One does; the other is told who, and has taken nothing from them."""
    users = ("U0BEN", "U0CEM")
    views = [await window(paying, user, OPEN) for user in users]

    ends = [text_of(v) for v in await asyncio.gather(*(submit(paying, v, WHY) for v in views))]

    (entry,) = await journal(paying.town, "payment.taken_over")
    quicker = (await payment(paying))["payer"]
    assert entry["actor"] == quicker
    assert [quicker == user for user in users] == ["reserved for you" in end for end in ends]
    (slower,) = [end for end in ends if "reserved for you" not in end]
    assert f"<@{quicker}> is paying since" in slower
    assert len(stories(paying.town, paying.number)) == 1


@pytest.mark.parametrize("turn", [0, 1])
async def test_a_payment_can_be_taken_or_given_back_only_once(paying: Unpaid, turn: int) -> None:
    """Both at the same moment, behind two processes: one of them counts."""
    other = replace(paying, bot=await paying.town.bot(), people={})
    taking, giving = await window(paying, "U0BEN", OPEN), await window(other, "U0ADA", OPEN)
    acts = [submit(paying, taking, WHY), submit(other, giving, WHY)]
    ends = await asyncio.gather(*(acts[turn:] + acts[:turn]))

    counted = [
        kind
        for kind in ("payment.taken_over", "payment.given_back")
        for _ in await journal(paying.town, kind)
    ]
    assert len(counted) == 1
    told = [text_of(view) for view in ends]
    done = "reserved for you" if counted == ["payment.taken_over"] else "You have given it back"
    assert len([words for words in told if done in words]) == 1
    assert paying.can_be_paid is (counted == ["payment.given_back"])


async def test_a_payer_can_send_a_form_twice_without_harm(paying: Unpaid) -> None:
    """The same submission once more changes nothing, and does not take the payment from anybody."""
    view = await window(paying, "U0BEN", OPEN)
    number, shown, token = view.private_metadata.split("|")
    me = Presence("U0BEN", paying.town.workspace.team_id)
    twice = [
        paying.bot.house.cashier.takeover.take(me, number, shown, token=token, reason="Leave")
        for _ in range(2)
    ]
    await asyncio.gather(*twice)
    assert len(await journal(paying.town, "payment.taken_over")) == 1
    async with store(paying.town) as redis:
        assert await redis.hget(key(paying.town, "payment", number), "operation") == token
