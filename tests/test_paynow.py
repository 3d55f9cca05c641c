"""PAYMENT_MODE=api: the bot has Azure charge an invoice, through Azure's preview."""

import asyncio
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from sandbox.azure import card
from sandbox.slack import View
from tests.charging import (
    PAYNOW,
    PORTAL,
    asked,
    chargeable,
    choose,
    one_operation,
    plain,
    thread,
    watch,
)
from tests.paying import Unpaid, journal, nothing_started
from tests.town import Town

ASKS_AGAIN = "This has changed since you looked"


def methods(town: Town) -> dict[str, Any]:
    """The payment methods of the profile, by name."""
    return town.tenant.accounts[town.account].profiles[town.profile].payment_methods


async def test_a_payer_can_have_the_bot_pay(contoso: Town) -> None:
    """From the marked preview to Paid: asked once, told once, the card says how long it took."""
    invoice = await chargeable(contoso)
    view = await invoice.offer()
    for words in ("Preview", "Confirming charges 12,340.00 EUR", "Visa, ending in 4242"):
        assert words in plain(view)

    told = await invoice.confirm(view)

    assert "Azure is charging 12,340.00 EUR" in plain(told)
    assert "Azure is charging the payment that <@U0ADA> confirmed" in plain(invoice.card)
    assert not invoice.can_be_paid
    operation = one_operation(contoso)
    assert (operation.amount, operation.method) == (Decimal("12340.00"), "CARD1")
    await watch(invoice)
    assert "paid" not in plain(invoice.card)
    await watch(invoice, hours=3, minutes=10)
    assert "3 h 10 min after <@U0ADA> confirmed" in plain(invoice.card)
    assert len(thread(invoice)) == 1
    await watch(invoice, hours=1)
    assert (asked(contoso), len(thread(invoice))) == (1, 1)


async def test_an_auditor_can_see_each_step_of_it(contoso: Town) -> None:
    """Who confirmed by which role, that Azure took it, charged it and showed it, with its ids."""
    invoice = await chargeable(contoso)
    await invoice.confirm(await invoice.offer())
    await watch(invoice)
    await watch(invoice)
    found = []
    for step in ("submitted", "accepted", "charged", "settled"):
        (entry,) = await journal(contoso, f"payment.{step}")
        found.append(entry)
    assert {entry["actor"] for entry in found} == {"U0ADA"}
    assert len({entry["payment"] for entry in found}) == 1
    assert found[0]["role"] == "billing-account-owner"
    assert all(entry["request_id"] for entry in found)


async def test_azure_can_never_be_told_another_amount(contoso: Town) -> None:
    """The number in the request has exactly the digits that are due; no float has touched it."""
    contoso.tenant.switches.paynow_limits = {}
    due = {"EUR": "0.10", "JPY": "418000", "USD": "9007199254.74"}
    for currency, amount in due.items():
        contoso.invoice(currency=currency, amount=Decimal(amount))
    invoice = await chargeable(contoso, card_limit={})

    for number in list(contoso.tenant.invoices)[:3]:
        one = replace(invoice, number=number)
        await one.confirm(await one.offer())
        (operation,) = [o for o in contoso.tenant.operations.values() if o.invoice == number]
        billed = contoso.tenant.invoices[number]
        assert operation.amount == Decimal(due[billed.currency]) == billed.amount_due


async def test_a_payer_can_choose_only_among_eligible_methods(contoso: Town) -> None:
    """Those that can be charged are offered, none of them chosen beforehand; the others say why."""
    methods(contoso)["CARD2"] = card("CARD2", "0505", kind="amex")
    invoice = await chargeable(contoso)

    view = await invoice.offer()

    (field,) = [block for block in view.blocks if block["type"] == "input"]
    shown = [option["text"]["text"] for option in field["element"]["options"]]
    assert [words[:22] for words in shown] == ["Visa, ending in 4242, ", "Amex, ending in 0505, "]
    assert "initial_option" not in field["element"]
    assert "Check or wire transfer: Azure does not take it" in plain(view)
    with pytest.raises(ValueError, match="required"):
        await (await invoice.person()).submit(view.id)
    await choose(invoice, view, "1")
    assert one_operation(contoso).method == "CARD2"


async def test_a_payer_can_choose_among_many_methods(contoso: Town) -> None:
    """More than Slack's radio buttons hold become a menu; odd names of Azure's do no harm."""
    for at in range(12):
        name = f"MORE{at}"
        methods(contoso)[name] = replace(card(name, f"{at:04}"), display_name="<!channel> & " * 99)
    invoice = await chargeable(contoso)

    view = await invoice.offer()

    (field,) = [block for block in view.blocks if block["type"] == "input"]
    assert (field["element"]["type"], len(field["element"]["options"])) == ("static_select", 13)
    await choose(invoice, view, "12")
    assert one_operation(contoso).method == "MORE11"


async def forged(invoice: Unpaid, view: View, value: str) -> View:
    """Confirm with a value that the form never offered."""
    (block,) = [b["block_id"] for b in view.blocks if b["type"] == "input"]
    option = {"text": {"type": "plain_text", "text": "x"}, "value": value}
    told = {"pay.method": {"type": "radio_buttons", "selected_option": option}}
    invoice.town.workspace.modals.keep(replace(view, state={block: told}))
    return await invoice.confirm(view)


async def test_a_method_that_was_not_offered_cannot_be_charged(contoso: Town) -> None:
    """A forged choice starts nothing: the person is asked again."""
    invoice = await chargeable(contoso)
    view = await invoice.offer()

    for value in ("1", "-1", "CARD1", "٠", ""):
        view = await forged(invoice, view, value)
        assert ASKS_AGAIN in plain(view)
        assert view.callback_id == "pay.confirm"
        assert await nothing_started(contoso)

    assert asked(contoso) == 0
    await invoice.confirm(view)
    assert asked(contoso) == 1


async def test_a_method_that_is_not_eligible_any_more_cannot_be_charged(contoso: Town) -> None:
    """Eligibility is asked again on confirming; the person is led to the portal instead."""
    invoice = await chargeable(contoso)
    view = await invoice.offer()
    contoso.tenant.switches.paynow_reason = "DuplicatePayment"

    again = await invoice.confirm(view)

    assert ASKS_AGAIN in plain(again)
    assert "Azure knows of a payment of this invoice already" in plain(again)
    assert PORTAL in plain(again)
    assert (asked(contoso), await nothing_started(contoso)) == (0, True)
    assert "reserved for you" in plain(await invoice.confirm(again))
    assert asked(contoso) == 0


async def test_a_changed_amount_cannot_be_charged_unseen(contoso: Town) -> None:
    """Old and new are shown, and only the new amount, confirmed, is ever sent."""
    invoice = await chargeable(contoso)
    view = await invoice.offer()
    contoso.tenant.change_amount(invoice.number, Decimal("12000.00"))

    again = await invoice.confirm(view)

    assert "12,340.00 EUR → *12,000.00 EUR*" in plain(again)
    assert asked(contoso) == 0
    await invoice.confirm(again)
    assert one_operation(contoso).amount == Decimal("12000.00")


async def test_an_amount_above_the_card_limit_cannot_be_charged(contoso: Town) -> None:
    """Such an invoice is paid by wire, whatever Azure says of its eligibility."""
    invoice = await chargeable(contoso, card_limit={"EUR": Decimal(10_000)})

    told = await invoice.confirm(await invoice.offer())

    assert "Wire exactly 12,340.00 EUR" in plain(told)
    assert asked(contoso) == 0


async def test_a_payer_who_confirms_twice_at_once_cannot_pay_twice(contoso: Town) -> None:
    """The same confirmation sent twice, and a second one of the same person: one request."""
    invoice = await chargeable(contoso)
    ada = await invoice.person()
    first, second = await invoice.offer(), await invoice.offer()
    other = await contoso.bot(payment_mode="api")
    elsewhere = await contoso.person("U0ADA", other)
    contoso.fault("GET */billingRoleAssignments", "delay", seconds=0.2, times=-1)
    contoso.fault(PAYNOW, "delay", seconds=0.4, times=-1)  # nobody has an answer before all ask

    await asyncio.gather(
        ada.submit(second.id), elsewhere.submit(second.id), elsewhere.submit(second.id)
    )
    await invoice.bot.settle()
    await other.settle()
    await ada.close(second.id)
    told = await invoice.confirm(first)

    assert asked(contoso) == 1
    assert len(await journal(contoso, "payment.submitted")) == 1
    assert "Azure is charging 12,340.00 EUR" in plain(told)
