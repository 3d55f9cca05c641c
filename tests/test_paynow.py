"""PAYMENT_MODE=api: the bot has Azure charge an invoice, through Azure's preview."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from bot.adapters.embedded_valkey import EmbeddedValkey
from bot.domain.payment import Payment, State
from bot.domain.paynow import NOT_TOLD, SENT_BEFORE
from bot.views.language import Language
from bot.views.paynow import reason_words
from sandbox.azure import card
from sandbox.slack import View
from tests.charging import (
    ELIGIBILITY,
    PAYNOW,
    asked,
    chargeable,
    choose,
    offer_preview,
    plain,
    thread,
    watch,
)
from tests.paying import Unpaid, journal, nothing_started, unpaid
from tests.town import Town

ASKS_AGAIN = "This has changed since you looked"
PORTAL = "leads you to the Azure portal"


def methods(town: Town) -> dict[str, Any]:
    """The payment methods of the profile, by name."""
    return town.tenant.accounts[town.account].profiles[town.profile].payment_methods


def one_operation(town: Town) -> Any:
    """The only payment that Azure was asked for."""
    assert asked(town) == 1
    (operation,) = town.tenant.operations.values()
    return operation


async def latest(invoice: Unpaid) -> Payment:
    """The invoice's payment as the store has it."""
    found = await invoice.bot.outside.payments.current([invoice.number])
    return found[invoice.number]


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


async def approved(invoice: Unpaid, bot: Any = None) -> Payment | None:
    """Have the payment that waits for approval submitted, as the approval of Ben does."""
    payment = await latest(invoice)
    town, number = invoice.town, invoice.number
    bot = bot or invoice.bot
    reading = await bot.outside.billing.read(town.account, number)
    submitted: Payment | None = await bot.house.cashier.submit(
        payment,
        reading,
        event="payment.approved",
        facts={"actor": "U0BEN", "decision": "allowed"},
        approver="U0BEN",
        approver_entra_id="ben",
    )
    await bot.settle()
    return submitted


@pytest.fixture
async def waiting(contoso: Town) -> Unpaid:
    """An invoice whose payment by the bot waits for a second payer."""
    invoice = await chargeable(contoso, four_eyes_above={"EUR": Decimal(1000)})
    view = await invoice.offer()
    assert "Once approved, Azure charges 12,340.00 EUR" in plain(view)
    await invoice.confirm(view)
    assert asked(contoso) == 0
    assert (await latest(invoice)).method == "CARD1"
    return invoice


async def test_an_approved_payment_can_be_charged(waiting: Unpaid) -> None:
    """The approval takes it to Azure, once; the thread says who approved, and later that it is paid."""
    payment = await approved(waiting)

    assert payment is not None
    assert (payment.state, payment.approver) == (State.SUBMITTED, "U0BEN")
    assert one_operation(waiting.town).method == "CARD1"
    assert "<@U0BEN> has approved" in thread(waiting)[-1]
    (entry,) = await journal(waiting.town, "payment.approved")
    assert (entry["actor"], entry["decision"]) == ("U0BEN", "allowed")
    await watch(waiting)
    await watch(waiting)
    assert "Paid 12,340.00 EUR" in plain(waiting.card)
    assert asked(waiting.town) == 1


async def test_two_approvals_at_once_cannot_pay_twice(waiting: Unpaid) -> None:
    """In two processes, three times: one of them asks Azure, the others see that it is done."""
    other = await waiting.town.bot(payment_mode="api")

    found = await asyncio.gather(approved(waiting), approved(waiting, other), approved(waiting))

    assert asked(waiting.town) == 1
    assert {one.approver for one in found if one} == {"U0BEN"}
    assert len(await journal(waiting.town, "payment.approved")) == 1
    again = await approved(waiting, other)
    assert again is not None
    assert (again.state, asked(waiting.town)) == (State.SUBMITTED, 1)


async def test_a_payment_approved_after_the_mode_has_changed_goes_to_the_portal(
    waiting: Unpaid,
) -> None:
    """PAYMENT_MODE is portal again: nothing is charged, and the payer is asked to pay there."""
    portal = await waiting.town.bot(payment_mode="portal")

    payment = await approved(waiting, portal)

    assert payment is not None
    assert payment.state is State.HANDED_OFF
    assert asked(waiting.town) == 0
    assert "<@U0ADA>, please pay 12,340.00 EUR in the Azure portal" in thread(waiting)[-1]


@pytest.fixture
async def forgetful(contoso: Town, tmp_path: Path) -> AsyncIterator[Town]:
    """Contoso on a private Valkey, whose append-only file a test may switch off."""
    embedded = EmbeddedValkey(tmp_path / "data")
    url = await embedded.start()
    yield replace(contoso, redis_url=url)
    await contoso.stack.aclose()  # the bots first, then the store under them
    await embedded.stop()


async def append_nothing(town: Town) -> None:
    """From now on the store keeps nothing on disk."""
    async with Redis.from_url(town.redis_url) as redis:
        await redis.config_set("appendonly", "no")


async def test_a_store_that_may_forget_cannot_be_trusted_with_a_charge(forgetful: Town) -> None:
    """What is not surely on disk is not sent: the payer is led to the portal, and told why."""
    invoice = await chargeable(forgetful)
    view = await invoice.offer()
    await append_nothing(forgetful)

    told = await invoice.confirm(view)

    assert asked(forgetful) == 0
    assert "the bot's memory cannot promise to keep" in plain(told)
    assert "Find invoice" in plain(told)
    assert "<@U0ADA> is paying since" in plain(invoice.card)


async def test_an_operator_can_take_the_risk_of_a_store_that_may_forget(forgetful: Town) -> None:
    """With ALLOW_VOLATILE_STORE the bot pays all the same."""
    invoice = await chargeable(forgetful, allow_volatile_store=True)
    view = await invoice.offer()
    await append_nothing(forgetful)

    assert "Azure is charging" in plain(await invoice.confirm(view))


async def test_the_bot_can_never_charge_again_after_an_uncertain_end(contoso: Town) -> None:
    """Charged, says Azure, yet a day later the invoice is still due: the next payer gets the portal."""
    contoso.tenant.switches.paynow_settles = False
    contoso.tenant.switches.paynow_at_once = True
    invoice = await chargeable(contoso)
    told = await invoice.confirm(await invoice.offer())
    assert "Azure has charged 12,340.00 EUR" in plain(told)
    assert "Azure has charged the payment" in plain(invoice.card)
    await watch(invoice, hours=25)
    assert "still shows no payment" in plain(invoice.card)

    view = await invoice.offer()

    assert reason_words(Language(), SENT_BEFORE) in plain(view)
    assert PORTAL in plain(view)
    await invoice.confirm(view)
    assert asked(contoso) == 1


async def test_a_failed_charge_can_be_tried_again(contoso: Town) -> None:
    """Faulted is a clear no: the card says why, Pay now is back, and the bot may ask once more."""
    contoso.tenant.switches.paynow_outcome = "Faulted"
    invoice = await chargeable(contoso)
    await invoice.confirm(await invoice.offer())
    await watch(invoice)
    await watch(invoice)
    assert "failed: the bank declined it. It can be paid again" in plain(invoice.card)
    assert len(thread(invoice)) == 1

    contoso.tenant.switches.paynow_outcome = "Succeeded"
    await invoice.confirm(await invoice.offer())
    assert asked(contoso) == 2
    await watch(invoice)
    await watch(invoice)
    assert "Paid 12,340.00 EUR" in plain(invoice.card)
    assert len(contoso.tenant.invoices[invoice.number].payments) == 1


async def test_the_worker_cannot_ask_sooner_than_azure_wants(contoso: Town) -> None:
    """Retry-After is honoured from the first answer on."""
    invoice = await chargeable(contoso)
    contoso.tenant.switches.retry_after = 40
    await invoice.confirm(await invoice.offer())
    (operation,) = contoso.tenant.operations

    def looks() -> int:
        return contoso.traffic.count(f"/operationResults/{operation}")

    await watch(invoice, seconds=39)
    assert looks() == 0
    await watch(invoice, seconds=2)
    assert looks() == 1
    await watch(invoice, seconds=39)
    assert looks() == 1
    await watch(invoice, seconds=2)
    assert looks() == 2


async def test_a_charge_under_way_can_be_followed_in_portal_mode(contoso: Town) -> None:
    """Whoever switches the mode back does not lose sight of what was begun."""
    invoice = await chargeable(contoso)
    await invoice.confirm(await invoice.offer())
    portal = await contoso.bot(payment_mode="portal")

    for _ in range(2):
        contoso.clock.advance(seconds=10)
        await portal.house.cashier.watching.payments()

    assert "Paid 12,340.00 EUR" in plain(invoice.card)


async def test_nobody_can_pay_beside_a_charge_under_way(contoso: Town) -> None:
    """Others are told who is paying; the payer, pressing again, sees how it stands."""
    contoso.colleague("U0BEN", "ben")
    contoso.holds("U0BEN", "billing-profile-owner")
    invoice = await chargeable(contoso)
    view = await invoice.offer("U0BEN")
    await invoice.confirm(await invoice.offer())

    assert "<@U0ADA> is paying this invoice since" in plain(await invoice.confirm(view))
    again = await invoice.press(seen=invoice.posted)
    assert "Azure is charging 12,340.00 EUR" in plain(again)
    assert asked(contoso) == 1


def test_every_reason_can_be_read() -> None:
    """Each of the bot's own words and of Azure's codes is a whole sentence in plain words."""
    for reason in (*REASONS, NOT_TOLD, SENT_BEFORE, "http 429", "", "<!channel>"):
        words = reason_words(Language(), reason)
        assert words.endswith(".")
        assert "<!" not in words


async def test_a_refused_charge_can_be_paid_in_the_portal(contoso: Town) -> None:
    """Azure says no at once: nothing was begun, the payer is told why and goes to the portal."""
    invoice = await chargeable(contoso)
    view = await invoice.offer()
    contoso.fault(PAYNOW, "status", status=403)

    told = await invoice.confirm(view)

    assert "Azure has charged nothing" in plain(told)
    assert "Find invoice" in plain(told)
    assert not invoice.can_be_paid
    assert asked(contoso) == 1
