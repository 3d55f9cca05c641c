"""The pay-now preview of the pretend Azure: where it is offered, and what it does."""

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest

from tests.azure_world import PREVIEW, Answer, World, azure_world

CARD = "VISA00004242"


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """A served tenant that offers the preview to its bot, a profile contributor."""
    async with azure_world() as served:
        served.tenant.switches.paynow = "offered"
        served.tenant.assign(
            "billing-profile-contributor", served.tenant.bot_id, served.account, served.profile
        )
        yield served


async def post(world: World, number: str, operation: str, body: Any = None) -> Answer:
    """Call an operation of the preview on an invoice."""
    path = f"{world.profile_path}/invoices/{number}/{operation}"
    return await world.arm(path, "POST", version=PREVIEW, json=body)


async def pay(world: World, number: str, amount: float) -> Any:
    """Pay with the card and return the operation's final body."""
    accepted = await post(world, number, "paynow", {"amount": amount, "paymentMethodName": CARD})
    assert accepted.status == 202
    assert "/operationResults/paynow_" in accepted.headers["location"]
    location = accepted.headers["location"]
    assert (await world.arm(location, version=None)).status == 202
    return (await world.arm(location, version=None)).body


async def test_a_tenant_can_lack_the_preview_in_three_ways(world: World) -> None:
    """Unknown version, unknown operation, or not for service principals; the stable version never."""
    number = world.invoice()
    for offer, status in (("unsupported", 400), ("missing", 404), ("forbidden", 403)):
        world.tenant.switches.paynow = offer  # type: ignore[assignment]
        for operation in ("validatePaynowEligibility", "paynow"):
            assert (await post(world, number, operation, {})).status == status
    world.tenant.switches.paynow = "offered"
    stable = await world.arm(f"{world.profile_path}/invoices/{number}/paynow", "POST", json={})
    assert stable.status == 404
    assert not world.tenant.operations


async def test_a_payer_can_see_which_methods_are_eligible(world: World) -> None:
    """A due invoice can be paid by the profile's card and not by its wire transfer."""
    answer = await post(world, world.invoice(), "validatePaynowEligibility")
    card, wire = answer.body["paymentMethods"]
    assert "reasonCode" not in answer.body
    assert (card["family"], card["isEligible"]) == ("CreditCard", True)
    assert (wire["family"], wire["isEligible"]) == ("CheckWire", False)


async def test_a_payer_can_see_why_an_invoice_is_not_eligible(world: World) -> None:
    """Each obstacle has its reason code."""
    for number, reason in (
        ("G999999999", "InvoiceNotFound"),
        (world.invoice(status="Paid"), "DuplicatePayment"),
        (world.invoice(status="Locked"), "NotEligible"),
        (world.invoice("0.00"), "InvalidAmount"),
        (world.invoice("50000.01"), "PayNowLimitExceeded"),
    ):
        answer = await post(world, number, "validatePaynowEligibility")
        assert answer.body == {"reasonCode": reason, "paymentMethods": []}


async def test_a_payer_can_pay_an_invoice(world: World) -> None:
    """The operation ends as Succeeded, its result stays readable, and the invoice is paid once."""
    number = world.invoice("120.50")
    result = await pay(world, number, 120.5)
    invoice = world.tenant.invoices[number]
    assert (result["status"], invoice.status) == ("Succeeded", "Paid")
    (operation,) = world.tenant.operations.values()
    again = await world.arm(
        f"{world.account_path}/operationResults/{operation.name}", version=PREVIEW
    )
    assert again.body == result
    assert len(invoice.payments) == 1


async def test_a_payment_can_succeed_before_the_invoice_shows_it(world: World) -> None:
    """Where settling takes its time, success leaves the invoice due until the money is booked."""
    world.tenant.switches.paynow_settles = False
    world.tenant.switches.paynow_outcome = "Completed"
    number = world.invoice("120.50")
    assert (await pay(world, number, 120.5))["status"] == "Completed"
    assert world.tenant.invoices[number].status == "Due"
    world.tenant.pay(number)
    assert world.tenant.invoices[number].status == "Paid"


async def test_a_payment_can_fault_inside_a_200(world: World) -> None:
    """A declined card and a wrong amount end as Faulted in an HTTP 200, with the invoice unpaid."""
    number = world.invoice("120.50")
    wrong = await pay(world, number, 120.49)
    world.tenant.switches.paynow_outcome = "Faulted"
    declined = await pay(world, number, 120.5)
    invoice = world.tenant.invoices[number]
    assert (wrong["status"], wrong["error"]["code"]) == ("Faulted", "InvalidAmount")
    assert (declined["status"], declined["error"]["code"]) == ("Faulted", "BankDeclined")
    assert (invoice.status, invoice.amount_due) == ("Due", Decimal("120.50"))
    assert [failed.reason for failed in invoice.failed_payments] == ["BankDeclined"]


async def test_two_requests_can_start_two_payments(world: World) -> None:
    """Nothing protects a caller that asks twice: both are on record, the later one faults."""
    number = world.invoice("120.50")
    body = {"amount": 120.5, "paymentMethodName": CARD}
    first, second = [await post(world, number, "paynow", body) for _ in range(2)]
    assert (first.status, second.status) == (202, 202)
    assert [one.invoice for one in world.tenant.operations.values()] == [number, number]
    world.tenant.switches.polls = 0
    for operation in world.tenant.operations.values():
        operation.polls_left = 0
    await world.arm(first.headers["location"], version=None)
    late = await world.arm(second.headers["location"], version=None)
    assert late.body["error"]["code"] == "DuplicatePayment"


async def test_a_payer_cannot_send_an_order_that_makes_no_sense(world: World) -> None:
    """Bodies without a number, with a foreign payment method, or for no invoice are refused."""
    number = world.invoice()
    for body, status in (
        ({}, 400),
        ({"amount": "120.50", "paymentMethodName": CARD}, 400),
        ({"amount": True, "paymentMethodName": CARD}, 400),
        ({"amount": 120.5, "paymentMethodName": "SOMEBODYELSE"}, 400),
        ([], 400),
    ):
        assert (await post(world, number, "paynow", body)).status == status, body
    assert (await post(world, "G999999999", "paynow", {})).status == 404
    assert not world.tenant.operations


async def test_a_reader_cannot_pay(world: World) -> None:
    """Without a paying role the operation is forbidden and the probe says so."""
    world.tenant.revoke(
        "billing-profile-contributor", world.tenant.bot_id, world.account, world.profile
    )
    number = world.invoice()
    probe = await post(world, number, "validatePaynowEligibility")
    order = await post(world, number, "paynow", {"amount": 120.5, "paymentMethodName": CARD})
    assert probe.body["reasonCode"] == "InsufficientPermissions"
    assert order.status == 403
    assert not world.tenant.operations
