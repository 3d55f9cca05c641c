"""Paying by wire: how it is done, telling that it was sent, correcting that, and what comes of it."""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from bot.domain.payment import Payment, State
from bot.domain.ways import Way
from sandbox.azure import wire
from sandbox.company import contoso as company
from sandbox.slack import Person, View, text_of
from tests.charging import plain, thread, watch
from tests.paying import Unpaid, answered, journal, unpaid
from tests.town import FINANCE, Town, modal
from tests.waiting import until

LIMIT = {"EUR": Decimal(10_000)}
NOT_YOURS = "Only whoever is paying the invoice can say that the wire was sent"
REFERENCE = "Contoso G1 <!channel> & *friends*"


@pytest.fixture
async def reserved(contoso: Town) -> Unpaid:
    """An invoice that Ada is paying, above what a card may pay; Ben could pay it, too."""
    contoso.colleague("U0BEN", "ben")
    contoso.holds("U0BEN", "billing-profile-owner")
    invoice = await unpaid(contoso, card_limit=LIMIT)
    await invoice.hand_off()
    return invoice


async def payment_of(invoice: Unpaid) -> Payment:
    """As the store has it."""
    return (await invoice.bot.outside.payments.current([invoice.number]))[invoice.number]


async def form(invoice: Unpaid, user: str = "U0ADA") -> View:
    """Press I sent the wire on the card; the form."""
    person = await invoice.person(user)
    receipt = await person.press(FINANCE, invoice.card.ts, "wire.open")
    assert (receipt.status, receipt.trouble) == (200, "")
    return await modal(person, "wire.sent")


def fields(invoice: Unpaid, days_ago: int, reference: str = REFERENCE) -> dict[str, str]:
    """The form filled in."""
    day = invoice.town.today() - timedelta(days=days_ago)
    return {"wire.day": day.isoformat(), "wire.reference": reference}


async def tell(invoice: Unpaid, view: View, days_ago: int = 1, reference: str = REFERENCE) -> str:
    """Fill the form in and submit it; what the modal says in the end."""
    person = await invoice.person(view.user)
    receipt = await person.submit(view.id, fields(invoice, days_ago, reference))
    assert (receipt.status, receipt.trouble) == (200, "")
    final = await answered(person, modals=len(person.modals()))
    await invoice.bot.settle()
    return plain(final)


async def whispered(person: Person) -> str:
    """The last message that only they see, once there is one."""
    await until(lambda: person.replies)
    return text_of(person.replies[-1])


@pytest.mark.parametrize("why", ["only wire", "above the limit"])
async def test_a_payer_can_read_how_to_pay_by_wire(contoso: Town, why: str) -> None:
    """Where the profile has no card, or a card may not pay as much: PDF, amount, number to quote."""
    if why == "only wire":
        profile = contoso.tenant.accounts[contoso.account].profiles[contoso.profile]
        profile.payment_methods = {"WIRE1": wire("WIRE1")}
    invoice = await unpaid(contoso, card_limit=LIMIT if why == "above the limit" else {})

    view = await invoice.hand_off()

    for words in (
        "on the first page of the invoice's PDF",
        "Wire exactly 12,340.00 EUR",
        f"quote the invoice number *{invoice.number}*",
        "within 10 business days",
    ):
        assert words in plain(view)
    actions = {
        e["action_id"] for b in view.blocks for e in b.get("elements", []) if "action_id" in e
    }
    assert {"invoice.pdf", "wire.open"} <= actions
    assert "by wire" in plain(invoice.card)


async def test_a_payer_below_the_limit_cannot_be_sent_to_the_bank(contoso: Town) -> None:
    """With a card and an amount up to CARD_LIMIT it is the portal."""
    invoice = await unpaid(contoso, card_limit={"EUR": Decimal("12340.00")})
    view = await invoice.hand_off()
    assert "Find invoice" in plain(view)
    assert "Wire exactly" not in plain(view)


async def test_the_demo_company_can_have_an_invoice_that_goes_by_wire() -> None:
    """Its largest invoice is above the default CARD_LIMIT, and its profile has a wire to pay it."""
    tenant = company(datetime.now().astimezone)
    (large,) = [one for one in tenant.invoices.values() if one.amount_due == Decimal("61250.00")]
    assert large.currency == "USD"
    tenant.pay(large.number, "WIREUSD00001")
    assert (large.status, large.payments[0].family) == ("Paid", "CheckWire")


async def test_a_payer_can_say_that_the_wire_was_sent(reserved: Unpaid) -> None:
    """From the hand-off's own modal: the card and its thread tell when, by which reference, until when."""
    ada = await reserved.person()
    (under,) = ada.modals()
    receipt = await ada.press_in_modal(under.id, "wire.open")
    assert (receipt.status, receipt.trouble) == (200, "")

    told = await tell(reserved, await modal(ada, "wire.sent"))

    yesterday = reserved.town.today() - timedelta(days=1)
    day = f"{yesterday.day} {yesterday:%b %Y}"
    assert f"You sent the wire on {day}" in told
    (said,) = thread(reserved)
    for words in (said, plain(reserved.card)):
        assert f"<@U0ADA> sent the wire on {day}, reference Contoso G1 &lt;!channel&gt; " in words
    payment = await payment_of(reserved)
    assert (payment.state, payment.way) == (State.WIRE_SENT, Way.WIRE)
    assert (payment.wire_date, payment.wire_reference) == (yesterday, REFERENCE)
    assert payment.deadline is not None
    assert payment.deadline - reserved.town.clock.now() >= timedelta(days=11)
    (entry,) = await journal(reserved.town, "payment.wire_sent")
    assert (entry["actor"], entry["role"]) == ("U0ADA", "billing-account-owner")
    assert (entry["wire_date"], entry["decision"]) == (yesterday.isoformat(), "allowed")


async def test_a_wire_can_settle_the_invoice(reserved: Unpaid) -> None:
    """A week later Azure shows it: paid by wire, so long after the payer confirmed; said once."""
    await tell(reserved, await form(reserved), reference="")
    assert "reference none" in thread(reserved)[0]
    reserved.town.clock.advance(days=6, hours=20)
    reserved.town.tenant.pay(reserved.number, "WIRE1")
    for _ in range(2):
        await reserved.bot.scan()
        await watch(reserved)

    assert "by check or wire transfer" in plain(reserved.card)
    assert "6 d 20 h after <@U0ADA> confirmed" in plain(reserved.card)
    assert len(thread(reserved)) == 2


async def test_a_wire_cannot_stall_before_ten_business_days(reserved: Unpaid) -> None:
    """Until then nobody else can pay; after that the card is back, louder."""
    await tell(reserved, await form(reserved))
    deadline = (await payment_of(reserved)).deadline
    assert deadline is not None
    reserved.town.clock.moment = deadline - timedelta(minutes=1)
    await reserved.bot.scan()
    assert not reserved.can_be_paid

    await watch(reserved, minutes=2)

    assert ":warning: <@U0ADA> confirmed" in plain(reserved.card)
    assert "Pay now" in plain(reserved.card)
    assert "still shows no payment" in thread(reserved)[-1]


async def test_a_payer_can_correct_what_was_told(reserved: Unpaid) -> None:
    """Day and reference change, and are told anew; the day Azure should show it by does not move."""
    await tell(reserved, await form(reserved), days_ago=9, reference="Wrong")
    before = await payment_of(reserved)
    reserved.town.clock.advance(days=2)
    ada = await reserved.person()
    await ada.press(FINANCE, reserved.card.ts, "card.menu", option=f"wire:{reserved.number}")
    view = await modal(ada, "wire.sent")
    assert plain(view).startswith("Correct the wire")
    assert before.wire_date is not None
    assert view.state["wire.day"]["wire.day"]["selected_date"] == before.wire_date.isoformat()
    assert view.state["wire.reference"]["wire.reference"]["value"] == "Wrong"

    await tell(reserved, view, days_ago=10, reference="Right")

    after = await payment_of(reserved)
    assert (after.wire_reference, after.deadline) == ("Right", before.deadline)
    assert "reference Right" in plain(reserved.card)
    assert [("Wrong" in said, "Right" in said) for said in thread(reserved)] == [
        (True, False),
        (False, True),
    ]
    assert len(await journal(reserved.town, "payment.wire_sent")) == 2


async def test_a_payer_cannot_tell_what_makes_no_sense(reserved: Unpaid) -> None:
    """A day to come, one long past, none at all: said beside the field, and nothing is kept."""
    view = await form(reserved)
    ada = await reserved.person()
    for given, words in (
        (fields(reserved, -1), "This day has not come yet"),
        (fields(reserved, 31), "should have arrived long ago"),
        (fields(reserved, 0) | {"wire.day": "tomorrow"}, "Please choose a day"),
    ):
        receipt = await ada.submit(view.id, given)
        assert receipt.trouble == "errors"
        assert words in ada.modals()[-1].errors["wire.day"]
    with pytest.raises(ValueError, match="too long"):
        await ada.submit(view.id, fields(reserved, 0, "x" * 141))
    await reserved.bot.settle()
    assert (await payment_of(reserved)).state is State.HANDED_OFF

    assert "You sent the wire" in await tell(reserved, view, 30, "x" * 140)


async def test_a_reference_past_its_length_cannot_be_kept(reserved: Unpaid) -> None:
    """Also where Slack's own check is passed by."""
    view = await form(reserved)
    longer: Any = {
        **view.state,
        "wire.reference": {
            "wire.reference": {"type": "plain_text_input", "value": "y" * 141},
        },
    }
    blocks = [block for block in view.blocks if block.get("block_id") != "wire.reference"]
    forged = replace(view, state=longer, blocks=blocks)
    reserved.town.workspace.modals.keep(forged)

    receipt = await (await reserved.person()).submit(view.id)

    assert "At most 140 characters" in receipt.body
    assert (await payment_of(reserved)).state is State.HANDED_OFF


async def test_a_colleague_cannot_tell_of_the_payers_wire(reserved: Unpaid) -> None:
    """Another payer who presses the button reads, alone, that only the payer can."""
    ben = await reserved.person("U0BEN")
    await ben.press(FINANCE, reserved.card.ts, "wire.open")

    assert NOT_YOURS in await whispered(ben)
    assert ben.modals() == []


async def test_a_colleague_cannot_use_the_payers_form(reserved: Unpaid) -> None:
    """What Ada's form carries is worth nothing in Ben's hands."""
    hers = await form(reserved)
    ben = await reserved.person("U0BEN")
    await ben.press_stale(reserved.posted, "pay.open")
    his = await until(lambda: ben.modals() and ben.modals()[-1])
    await until(lambda: "is paying this invoice" in text_of(ben.modals()[-1]))
    reserved.town.workspace.modals.keep(replace(hers, id=his.id, user="U0BEN"))

    told = await tell(reserved, replace(hers, id=his.id, user="U0BEN"))

    assert NOT_YOURS in told
    assert (await payment_of(reserved)).state is State.HANDED_OFF
    (entry,) = await journal(reserved.town, "wire.refused")
    assert (entry["actor"], entry["reason"]) == ("U0BEN", "not_the_payer")


async def test_a_payer_who_lost_the_role_cannot_tell(reserved: Unpaid) -> None:
    """The role is checked at that moment."""
    view = await form(reserved)
    town = reserved.town
    town.tenant.revoke("billing-account-owner", town.ids["U0ADA"], town.account)

    told = await tell(reserved, view)

    assert "You hold no billing role" in told
    assert (await payment_of(reserved)).state is State.HANDED_OFF


@pytest.mark.parametrize("what", ["paid", "amount", "void"])
async def test_a_payer_cannot_tell_of_a_payment_that_is_over(reserved: Unpaid, what: str) -> None:
    """Azure shows something else by now: that is said, and ends the payment."""
    view = await form(reserved)
    tenant = reserved.town.tenant
    if what == "paid":
        tenant.pay(reserved.number)
    elif what == "void":
        tenant.void(reserved.number)
    else:
        tenant.change_amount(reserved.number, Decimal("13000.00"))

    told = await tell(reserved, view)

    assert (NOT_YOURS if what == "amount" else "There is nothing to pay") in told
    assert await journal(reserved.town, "payment.wire_sent") == []
    if what == "amount":
        assert (await payment_of(reserved)).state is State.SUPERSEDED


async def test_a_form_sent_twice_can_be_told_only_once(reserved: Unpaid) -> None:
    """The second time changes nothing, also in another process."""
    view = await form(reserved)
    await tell(reserved, view)
    other = await reserved.town.bot(card_limit=LIMIT)
    elsewhere = Unpaid(reserved.town, other, reserved.number, reserved.posted)
    person = await elsewhere.person()
    reserved.town.workspace.modals.keep(replace(view, state={}))

    told = await tell(elsewhere, view)

    assert "You sent the wire" in told
    assert len(await journal(reserved.town, "payment.wire_sent")) == 1
    assert len(thread(reserved)) == 1
    assert person.modals()


async def test_a_payer_can_wire_what_was_meant_for_the_portal(contoso: Town) -> None:
    """The card's menu takes it: from then on a wire's ten business days count."""
    invoice = await unpaid(contoso)
    await invoice.hand_off()
    ada = await invoice.person()
    await ada.press(FINANCE, invoice.card.ts, "card.menu", option=f"wire:{invoice.number}")

    await tell(invoice, await modal(ada, "wire.sent"))

    assert (await payment_of(invoice)).way is Way.WIRE
    contoso.clock.advance(days=3)
    await invoice.bot.scan()
    assert not invoice.can_be_paid


async def test_a_payer_who_presses_pay_now_again_can_see_the_wire(reserved: Unpaid) -> None:
    """An old card's Pay now shows what was told, and how to correct it."""
    await tell(reserved, await form(reserved))
    view = await reserved.press(seen=reserved.posted)
    assert "You sent the wire on" in plain(view)
    assert "Correct the wire" in plain(view)


async def test_nobody_can_find_the_reference_in_the_log(
    reserved: Unpaid, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a person wrote is in the store, the trail and the channel, and never in the log."""
    await tell(reserved, await form(reserved), reference="Very secret words")
    await reserved.bot.scan()
    printed = capsys.readouterr().out
    assert re.search("wire_sent", printed)
    assert "secret" not in printed
