"""Four eyes: above the amount a second payer answers, in the card's thread, and only one answer counts."""

import asyncio
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from bot.adapters.redis_together import Together
from bot.domain.approval import Approved, Declined, Over
from bot.domain.payment import State
from bot.domain.people import Presence
from sandbox.slack import Message, View, text_of
from tests.cards import buttons, words
from tests.paying import Unpaid, journal, key, store, unpaid
from tests.payment_world import Azure, Process
from tests.town import Bot, HandClock, Town
from tests.windows import begun, payment, stories, submit, window, words_of

APPROVE, DECLINE, WITHDRAW = "approval.approve", "approval.decline", "approval.withdraw"


@pytest.fixture
async def asked(contoso: Town) -> Unpaid:
    """An invoice above the limit, for which Ada asks; Ben and Cem may pay, Dan may only look."""
    for user, name in (("U0BEN", "ben"), ("U0CEM", "cem"), ("U0DAN", "dan")):
        contoso.colleague(user, name)
    contoso.holds("U0BEN", "billing-profile-contributor")
    contoso.holds("U0CEM", "billing-account-contributor")
    contoso.holds("U0DAN", "billing-account-reader")
    invoice = await unpaid(contoso, four_eyes_above={"EUR": Decimal(10_000)})
    await begun(invoice, State.AWAITING_APPROVAL)
    return invoice


def request(invoice: Unpaid) -> Message:
    """The request in the card's thread."""
    return stories(invoice.town, invoice.number)[0]


def last(invoice: Unpaid) -> str:
    """What the thread told last."""
    return words(stories(invoice.town, invoice.number)[-1])


async def answer(invoice: Unpaid, user: str, action: str, **values: str) -> View:
    """Press Approve or Decline on the request as first posted and submit the window that opens."""
    view = await window(invoice, user, action, on=request(invoice))
    if view.submit is None:
        return view
    return await submit(invoice, view, values)


# The request


async def test_a_payer_cannot_pay_alone_above_the_limit(contoso: Town) -> None:
    """Nothing begins; the card and its thread say who asks for what, until when."""
    asked = await unpaid(contoso, four_eyes_above={"EUR": Decimal("12339.99")})
    view = await asked.offer()
    assert "asks a second payer for approval" in text_of(view)
    assert "A second payer has been asked" in text_of(await asked.confirm(view))
    assert await nothing_started_yet(asked)
    assert not asked.can_be_paid
    assert "<@U0ADA> would like to pay since" in words(asked.card)
    assert "a second payer must approve by" in words(asked.card)
    assert "<@U0ADA> would like to pay 12,340.00 EUR for invoice" in words(request(asked))
    assert buttons(request(asked)) == [APPROVE, DECLINE, WITHDRAW]


async def nothing_started_yet(invoice: Unpaid) -> bool:
    """Whether the audit trail knows of no hand-off."""
    return not await journal(invoice.town, "payment.handed_off") and not await journal(
        invoice.town, "payment.approved"
    )


async def test_a_payer_can_pay_alone_up_to_the_limit(contoso: Town) -> None:
    """Exactly the amount, or a currency without one, needs nobody else."""
    invoice = await unpaid(contoso, four_eyes_above={"EUR": Decimal("12340.00"), "USD": Decimal(1)})
    await invoice.hand_off()


async def test_a_second_payer_can_be_led_to_the_request(asked: Unpaid) -> None:
    """Pay now on an old copy of the card tells them where to answer."""
    said = text_of(await asked.press("U0BEN", seen=asked.posted))
    assert "<@U0ADA> has asked for approval" in said


# Approval


async def test_a_second_payer_can_approve(asked: Unpaid) -> None:
    """They see the facts first; then the first is told to pay, and the trail names both."""
    view = await window(asked, "U0BEN", APPROVE, on=request(asked))
    for fact in (asked.number, "12,340.00 EUR", "<@U0ADA>", "Billing profile contributor"):
        assert fact in words_of(view)
    assert await nothing_started_yet(asked)

    final = await submit(asked, view)

    assert "You have approved" in text_of(final)
    assert "<@U0BEN> has approved. <@U0ADA>, please pay 12,340.00 EUR now." in last(asked)
    assert buttons(stories(asked.town, asked.number)[-1]) == ["portal.open"]
    assert buttons(request(asked)) == []
    assert "<@U0ADA> is paying since" in words(asked.card)
    assert "Approved by <@U0BEN>." in words(asked.card)
    (entry,) = await journal(asked.town, "payment.approved")
    assert (entry["actor"], entry["entra_id"]) == ("U0BEN", asked.town.ids["U0BEN"])
    assert entry["role"] == "billing-profile-contributor"
    held = await payment(asked)
    assert (held["payer"], held["approver"]) == ("U0ADA", "U0BEN")
    assert held["entra_id"] == asked.town.ids["U0ADA"]
    assert held["approver_entra_id"] == asked.town.ids["U0BEN"]


async def test_an_approved_payment_can_settle_like_any_other(asked: Unpaid) -> None:
    """What Azure shows ends it, and the card tells who had confirmed."""
    await answer(asked, "U0BEN", APPROVE)
    asked.town.tenant.pay(asked.number)
    await asked.bot.scan()
    assert "<@U0ADA> confirmed" in words(asked.card)
    assert (await payment(asked))["state"] == "settled"


async def test_an_approved_payer_can_be_led_to_the_portal_once_more(asked: Unpaid) -> None:
    """Pay now on an old copy of the card shows the first payer what to do, and nobody else."""
    await answer(asked, "U0BEN", APPROVE)
    assert "reserved for you" in text_of(await asked.press(seen=asked.posted))
    assert "<@U0ADA> is paying" in text_of(await asked.press("U0CEM", seen=asked.posted))


# Who may not approve


async def test_a_payer_cannot_approve_their_own_request(asked: Unpaid) -> None:
    """They are told so, and the no is kept."""
    for action in (APPROVE, DECLINE):
        view = await window(asked, "U0ADA", action, on=request(asked))
        assert "You have asked for this yourself" in text_of(view)
        assert view.submit is None
        await (await asked.person()).close(view.id)
    assert await nothing_started_yet(asked)
    reasons = Counter(e["reason"] for e in await journal(asked.town, "payment.refused"))
    assert reasons == {"own_request": 2}


async def test_a_payer_cannot_approve_from_a_second_slack_account(asked: Unpaid) -> None:
    """Both accounts lead to the same Entra user, so it is the same person."""
    town = asked.town
    town.workspace.add_person("U0ADA2", "ada2", email="ada@contoso.example")
    view = await window(asked, "U0ADA2", APPROVE, on=request(asked))
    assert "You have asked for this yourself" in text_of(view)
    assert await nothing_started_yet(asked)


async def test_a_payer_cannot_become_somebody_else_s_second_account(asked: Unpaid) -> None:
    """The account that had asked leads to another Entra user now: the request is void."""
    view = await window(asked, "U0BEN", APPROVE, on=request(asked))
    people = asked.town.workspace.people
    people["U0ADA"] = replace(people["U0ADA"], email="ben@contoso.example")
    assert "<@U0ADA> may not pay this invoice any more" in text_of(await submit(asked, view))
    assert await nothing_started_yet(asked)


async def test_a_reader_cannot_approve(asked: Unpaid) -> None:
    """Who may not pay may not approve; they are told what it needs."""
    view = await window(asked, "U0DAN", APPROVE, on=request(asked))
    assert "paying needs owner or contributor" in text_of(view)
    assert view.submit is None
    assert await nothing_started_yet(asked)


async def test_a_second_payer_cannot_approve_with_a_role_they_have_lost(asked: Unpaid) -> None:
    """What they were shown is no yes: the role is read anew when they submit."""
    town = asked.town
    view = await window(asked, "U0BEN", APPROVE, on=request(asked))
    town.tenant.revoke("billing-profile-contributor", town.ids["U0BEN"], town.account, town.profile)
    assert "You hold no billing role" in text_of(await submit(asked, view))
    assert await nothing_started_yet(asked)
    assert buttons(request(asked)) == [APPROVE, DECLINE, WITHDRAW]


async def test_a_second_payer_cannot_approve_while_something_cannot_be_told(asked: Unpaid) -> None:
    """Azure fails on the approver's check, or on the first payer's: the answer is no, both times."""
    view = await window(asked, "U0BEN", APPROVE, on=request(asked))
    asked.town.fault("GET */billingRoleAssignments", "status", status=403, times=-1)
    assert "Azure does not let the bot check this" in text_of(await submit(asked, view))
    asked.town.faults.clear()
    assert await nothing_started_yet(asked)
    await (await asked.person("U0BEN")).close(view.id)
    assert "You have approved" in text_of(await answer(asked, "U0BEN", APPROVE))


async def test_a_first_payer_without_a_role_cannot_get_the_approval(asked: Unpaid) -> None:
    """The first payer's role is read anew, too; the request is void and everybody is told."""
    town = asked.town
    view = await window(asked, "U0BEN", APPROVE, on=request(asked))
    town.tenant.revoke("billing-account-owner", town.ids["U0ADA"], town.account)

    assert "<@U0ADA> may not pay this invoice any more" in text_of(await submit(asked, view))

    assert await nothing_started_yet(asked)
    assert "<@U0ADA> may not pay this invoice any more" in last(asked)
    assert asked.can_be_paid
    (entry,) = await journal(town, "payment.cancelled")
    assert (entry["actor"], entry["reason"]) == ("U0BEN", "no_role")
    assert "A second payer has been asked" in text_of(
        await asked.confirm(await asked.offer("U0BEN"))
    )


# Another invoice than the one that was asked for


@pytest.mark.parametrize("when", ["before the window", "before the submit", "in the scan"])
async def test_a_second_payer_cannot_approve_another_amount(asked: Unpaid, when: str) -> None:
    """Any change of amount voids the request, whoever sees it first, and it is told."""
    town = asked.town
    view = await window(asked, "U0BEN", APPROVE, on=request(asked)) if "submit" in when else None
    town.tenant.change_amount(asked.number, Decimal("20000.00"))
    if view is not None:
        seen = text_of(await submit(asked, view))
    else:
        if when == "in the scan":
            await asked.bot.scan()
        seen = text_of(await window(asked, "U0BEN", APPROVE, on=request_or_posted(asked)))
    await asked.bot.settle()
    await asked.bot.house.cashier.tell()

    assert "so this request is void" in seen
    assert await nothing_started_yet(asked)
    assert "from 12,340.00 EUR, which <@U0ADA> confirmed, to 20,000.00 EUR" in last(asked)
    assert buttons(request(asked)) == []
    assert asked.can_be_paid


def request_or_posted(invoice: Unpaid) -> Message:
    """The request with its buttons, as on a screen that has not caught up."""
    message = request(invoice)
    if APPROVE in buttons(message):
        return message
    number_and_id = f"{invoice.number}|{(message.metadata or {})['event_payload']['alert_id'][6:]}"
    button = {
        "type": "button",
        "text": {"type": "plain_text", "text": "Approve"},
        "action_id": APPROVE,
        "value": number_and_id,
    }
    row = {"type": "actions", "block_id": "old", "elements": [button]}
    return replace(message, blocks=[*message.blocks, row])


async def test_a_second_payer_cannot_approve_what_is_paid(asked: Unpaid) -> None:
    """Paid in the portal meanwhile: the request is void and the card closes."""
    view = await window(asked, "U0BEN", APPROVE, on=request(asked))
    asked.town.tenant.pay(asked.number)
    assert "so this request is void" in text_of(await submit(asked, view))
    await asked.bot.scan()
    assert f"Invoice {asked.number}: paid" in words(asked.card)
    assert await nothing_started_yet(asked)


# Declining and withdrawing


async def test_a_second_payer_can_decline_with_a_reason(asked: Unpaid) -> None:
    """Pay now comes back; the card, the thread and the trail say who declined, and why."""
    final = await answer(asked, "U0BEN", DECLINE, reason=" Wait for the <credit> note ")

    assert "You have declined" in text_of(final)
    said = "<@U0BEN> has declined the payment of <@U0ADA>: “Wait for the &lt;credit&gt; note”"
    assert said in last(asked)
    assert "<@U0BEN> declined the payment of <@U0ADA>" in words(asked.card)
    assert asked.can_be_paid
    assert buttons(request(asked)) == []
    (entry,) = await journal(asked.town, "payment.declined")
    assert (entry["actor"], entry["reason"]) == ("U0BEN", "Wait for the <credit> note")
    assert entry["entra_id"] == asked.town.ids["U0BEN"]


async def test_a_second_payer_cannot_decline_without_a_reason(asked: Unpaid) -> None:
    """Spaces are none: the form says so and nothing happens."""
    view = await window(asked, "U0BEN", DECLINE, on=request(asked))
    ben = await asked.person("U0BEN")
    receipt = await ben.submit(view.id, {"reason": "   "})
    assert receipt.trouble == "errors"
    assert ben.modals()[-1].errors == {"reason": "Please give a reason."}
    with pytest.raises(ValueError, match="required"):
        await ben.submit(view.id, {"reason": ""})
    assert (await payment(asked))["state"] == "awaiting_approval"


async def test_a_payer_can_withdraw_their_request(asked: Unpaid) -> None:
    """One press, no window: Pay now is back and the thread says so."""
    await press(asked, "U0ADA", WITHDRAW)
    assert "<@U0ADA> has withdrawn the payment." in last(asked)
    assert asked.can_be_paid
    assert buttons(request(asked)) == []
    assert len(await journal(asked.town, "payment.withdrawn")) == 1
    assert (await asked.person()).replies == []


async def press(invoice: Unpaid, user: str, action: str) -> None:
    """Press a button of the request; all that follows is done."""
    person = await invoice.person(user)
    receipt = await person.press_stale(request_or_posted(invoice), action)
    assert (receipt.status, receipt.trouble) == (200, "")
    await invoice.bot.settle()


async def test_a_payer_can_withdraw_without_a_role(asked: Unpaid) -> None:
    """Nothing begins by it, so it needs none."""
    town = asked.town
    town.tenant.revoke("billing-account-owner", town.ids["U0ADA"], town.account)
    await press(asked, "U0ADA", WITHDRAW)
    assert asked.can_be_paid


async def test_a_second_payer_cannot_withdraw(asked: Unpaid) -> None:
    """Only who has asked can; they alone are told."""
    await press(asked, "U0BEN", WITHDRAW)
    assert "Only <@U0ADA>" in text_of((await asked.person("U0BEN")).replies[-1])
    assert (await payment(asked))["state"] == "awaiting_approval"


# Time


async def look(invoice: Unpaid, bot: Bot | None = None) -> None:
    """What the worker does every few seconds."""
    house = (bot or invoice.bot).house
    await house.cashier.watching.payments()
    await house.cashier.tell()


async def test_second_payers_can_be_reminded_once_at_half_time(asked: Unpaid) -> None:
    """After twelve hours one reply says that it still waits; the buttons stay above."""
    for _ in range(11):
        asked.town.clock.advance(hours=1)
        await look(asked)
    assert len(stories(asked.town, asked.number)) == 1
    for _ in range(10):
        asked.town.clock.advance(hours=1, minutes=1)
        await look(asked)
    first, second = stories(asked.town, asked.number)
    assert "Still waiting: <@U0ADA> would like to pay" in words(second)
    assert buttons(second) == []
    assert buttons(first) == [APPROVE, DECLINE, WITHDRAW]
    assert "You have approved" in text_of(await answer(asked, "U0BEN", APPROVE))


async def test_a_reminder_cannot_take_an_answer_away(asked: Unpaid) -> None:
    """The reminder goes out while somebody withdraws: the withdrawal holds."""
    asked.town.clock.advance(hours=13)
    await asyncio.gather(look(asked), press(asked, "U0ADA", WITHDRAW), look(asked))
    assert (await payment(asked))["state"] == "cancelled"


async def test_a_request_can_expire(asked: Unpaid) -> None:
    """After 24 hours Pay now is back, everybody is told, and nobody can approve any more."""
    old = request(asked)
    asked.town.clock.advance(hours=24, minutes=1)
    await look(asked)
    await asked.bot.settle()
    assert asked.can_be_paid
    assert "Nobody approved the payment" in words(asked.card)
    assert "within 24 hours, so it was not started" in last(asked)
    assert buttons(request(asked)) == []
    view = await window(asked, "U0BEN", APPROVE, on=old)
    assert "this request has expired" in text_of(view)
    assert await nothing_started_yet(asked)


async def test_a_second_payer_cannot_approve_a_moment_too_late(asked: Unpaid) -> None:
    """Nobody has looked since, but the submit itself sees that the time is over."""
    asked.town.clock.advance(hours=23, minutes=59)
    view = await window(asked, "U0BEN", APPROVE, on=request(asked))
    asked.town.clock.advance(minutes=2)
    assert "this request has expired" in text_of(await submit(asked, view))
    assert await nothing_started_yet(asked)
    assert (await payment(asked))["state"] == "expired"


async def test_a_second_payer_cannot_approve_on_a_check_that_took_too_long(asked: Unpaid) -> None:
    """A yes of half a minute ago is none."""
    view = await window(asked, "U0BEN", APPROVE, on=request(asked))
    access = asked.bot.house.access
    asked_before = access.payer

    async def slow(*who: str) -> object:
        asked.town.clock.advance(seconds=16)
        return await asked_before(*who)  # type: ignore[arg-type]

    access.payer = slow  # type: ignore[method-assign,assignment]
    assert "Checking took too long" in text_of(await submit(asked, view))
    assert await nothing_started_yet(asked)


# Everybody at once


async def test_two_second_payers_can_approve_at_once(asked: Unpaid) -> None:
    """Exactly one approval counts; the other is told who was quicker."""
    views = [await window(asked, user, APPROVE, on=request(asked)) for user in ("U0BEN", "U0CEM")]

    ends = [text_of(view) for view in await asyncio.gather(*(submit(asked, v) for v in views))]

    (entry,) = await journal(asked.town, "payment.approved")
    quicker = (await payment(asked))["approver"]
    assert entry["actor"] == quicker
    assert sorted("You have approved" in end for end in ends) == [False, True]
    (slower,) = [end for end in ends if "You have approved" not in end]
    assert f"<@{quicker}> has approved it already" in slower
    assert len(stories(asked.town, asked.number)) == 2


@pytest.mark.parametrize("turn", range(3))
async def test_a_request_can_have_one_answer_only(asked: Unpaid, turn: int) -> None:
    """Approve, decline and withdraw at the same moment, behind two processes: one wins."""
    other = replace(asked, bot=await asked.town.bot(four_eyes_above={"EUR": 10_000}), people={})
    yes = await window(asked, "U0BEN", APPROVE, on=request(asked))
    no = await window(other, "U0CEM", DECLINE, on=request(asked))
    acts = [
        submit(asked, yes),
        submit(other, no, {"reason": "No"}),
        press(other if turn else asked, "U0ADA", WITHDRAW),
    ]
    ends = await asyncio.gather(*(acts[turn:] + acts[:turn]))

    kinds = ("payment.approved", "payment.declined", "payment.withdrawn")
    (counted,) = [kind for kind in kinds if await journal(asked.town, kind)]
    assert len(await journal(asked.town, counted)) == 1
    state = (await payment(asked))["state"]
    assert state == ("handed_off" if counted == "payment.approved" else "cancelled")
    told = " ".join(text_of(view) for view in ends if view)
    assert ("You have approved" in told) is (counted == "payment.approved")
    assert ("You have declined" in told) is (counted == "payment.declined")
    assert ("already" in told) is True
    assert len(stories(asked.town, asked.number)) == 2
    assert buttons(request(asked)) == []
    assert asked.can_be_paid is (counted != "payment.approved")


async def test_a_second_payer_cannot_be_told_that_both_of_their_answers_count(
    redis_url: str,
) -> None:
    """They approve and decline at the same moment: they hear of the one that holds."""
    azure = Azure(HandClock(), payers={"U0ADA", "U0BEN"})
    azure.bill("G100000001", "200.00")
    limits = {"four_eyes_above": {"EUR": Decimal(150)}}
    client: Any = Together.from_url(redis_url, decode_responses=True)
    async with client:
        process = Process(client, f"T{uuid4().hex[:8]}", azure, **limits)
        await process.store.begin_ledger()
        ada, ben = Presence("U0ADA", "T1"), Presence("U0BEN", "T1")
        offered: Any = await process.desk.press(ada, "G100000001", asyncio.sleep(0, "V1"))
        waiting: Any = await process.desk.confirm(ada, offered.offer.token)
        asked = waiting.payment.id
        no, yes = await asyncio.gather(
            process.approvals.decline(ben, "G100000001", asked, "No"),
            process.approvals.approve(ben, "G100000001", asked),
        )
    assert [type(yes), type(no)] in ([Approved, Over], [Over, Declined])


async def test_a_request_cannot_be_answered_after_another_was_made(asked: Unpaid) -> None:
    """The buttons of a withdrawn request do not answer the one made since."""
    old = request(asked)
    await press(asked, "U0ADA", WITHDRAW)
    await asked.confirm(await asked.offer("U0CEM"))
    view = await window(asked, "U0BEN", APPROVE, on=old)
    assert "This request is over" in text_of(view)
    assert (await payment(asked))["state"] == "awaiting_approval"
    assert (await payment(asked))["payer"] == "U0CEM"


async def test_a_request_can_outlive_the_store_s_memory(asked: Unpaid) -> None:
    """What Slack still shows is restored, and the approver is compared with who asked, read anew."""
    town = asked.town
    async with store(town) as redis:
        await redis.delete(key(town, "payment", asked.number), key(town, "ledger"))
    await asked.bot.scan()
    assert (await payment(asked)).get("entra_id") is None
    town.workspace.add_person("U0ADA2", "ada2", email="ada@contoso.example")
    view = await answer(asked, "U0ADA2", APPROVE)
    assert "You have asked for this yourself" in text_of(view)
    assert "You have approved" in text_of(await answer(asked, "U0BEN", APPROVE))
    assert (await payment(asked))["entra_id"] == town.ids["U0ADA"]
