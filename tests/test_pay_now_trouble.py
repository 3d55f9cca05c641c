"""Pay now when something breaks on the way: nobody is left in the dark, nothing is half done."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from bot.adapters.embedded_valkey import EmbeddedValkey
from sandbox.slack import Message, Person, text_of
from tests.paying import (
    CHECKING,
    answered,
    journal,
    nothing_started,
    offers,
    screens,
    unpaid,
)
from tests.town import FINANCE, Town
from tests.waiting import until

MEMORY = "The bot's memory does not answer just now. Nothing was started"


@dataclass
class Outage:
    """A town on a store of its own that can be switched off and on again."""

    town: Town
    embedded: EmbeddedValkey

    async def begin(self) -> None:
        """Stop the store; return once nobody answers any more."""
        await self.embedded.stop()

        async def silent() -> bool:
            once = Retry(NoBackoff(), 0)
            async with Redis.from_url(self.town.redis_url, retry=once) as redis:
                try:
                    await redis.ping()
                except RedisError:
                    return True
                return False

        await until(silent)

    async def end(self) -> None:
        """Start it again, with all it had."""
        await self.embedded.start()


@pytest.fixture
async def outage(contoso: Town, tmp_path: Path) -> AsyncIterator[Outage]:
    """Contoso on a private Valkey."""
    embedded = EmbeddedValkey(tmp_path / "data")
    url = await embedded.start()
    yield Outage(replace(contoso, redis_url=url), embedded)
    await contoso.stack.aclose()  # the bots first, then the store under them
    await embedded.stop()


def with_value(message: Message, value: str) -> Message:
    """The message with another value on its Pay now button, as it never was."""

    def changed(element: dict[str, Any]) -> dict[str, Any]:
        return {**element, "value": value} if element["action_id"] == "pay.open" else element

    blocks = [
        {**b, "elements": [changed(e) for e in b["elements"]]} if b["type"] == "actions" else b
        for b in message.blocks
    ]
    return replace(message, blocks=blocks)


async def whispered(person: Person) -> str:
    """The one ephemeral message the person gets."""
    await until(lambda: person.replies)
    (message,) = person.replies
    return text_of(message)


async def test_an_owner_cannot_press_while_redis_is_down(outage: Outage) -> None:
    """No state, no offer; and when it is back, everything goes on."""
    invoice = await unpaid(outage.town)
    ada = await invoice.person()
    await outage.begin()

    await ada.press(FINANCE, invoice.card.ts, "pay.open")
    await until(lambda: ada.replies)
    assert MEMORY in text_of(ada.replies[-1])

    await outage.end()
    assert await offers(outage.town) == {}
    await invoice.hand_off()


async def test_an_owner_cannot_confirm_while_redis_is_down(outage: Outage) -> None:
    """Nothing was started, and nothing comes of it later."""
    invoice = await unpaid(outage.town)
    view = await invoice.offer()
    await outage.begin()

    assert MEMORY in text_of(await invoice.confirm(view))

    await outage.end()
    assert await nothing_started(outage.town)
    await invoice.hand_off()


async def test_an_owner_cannot_be_handed_off_when_redis_fails_at_the_last_step(
    outage: Outage,
) -> None:
    """The store goes away after all checks and before the claim."""
    invoice = await unpaid(outage.town)
    view = await invoice.offer()
    ada = await invoice.person()
    outage.town.fault("GET */billingRoleAssignments", "delay", seconds=0.6, times=-1)

    await ada.submit(view.id)
    await until(lambda: outage.town.traffic.count(f"/invoices/{invoice.number}") == 2)
    await outage.begin()
    told = await answered(ada, modals=1)

    assert MEMORY in text_of(told)
    await outage.end()
    assert await nothing_started(outage.town)


async def test_an_owner_whose_modal_cannot_open_is_told_beside_the_card(contoso: Town) -> None:
    """A trigger older than three seconds opens nothing; the answer is a message to them alone."""
    invoice = await unpaid(contoso)
    ada = await invoice.person()

    pressing = asyncio.create_task(ada.press(FINANCE, invoice.card.ts, "pay.open"))
    await asyncio.sleep(0)  # the trigger id is given out now; then Slack takes too long
    contoso.clock.advance(seconds=4)

    assert (await pressing).status == 200
    assert "Slack did not answer as it should. Nothing was started" in await whispered(ada)
    await invoice.bot.settle()
    assert ada.modals() == []
    assert await offers(contoso) == {}
    await invoice.hand_off()


async def test_an_owner_whose_modal_opens_too_late_cannot_leave_an_offer(contoso: Town) -> None:
    """Nothing is offered in a modal that never came."""
    invoice = await unpaid(contoso)
    ada = await invoice.person()
    contoso.fault("* */views.open", "delay", seconds=0.3)

    await ada.press(FINANCE, invoice.card.ts, "pay.open")
    contoso.clock.advance(seconds=4)

    assert "Nothing was started" in await whispered(ada)
    await invoice.bot.settle()
    assert await offers(contoso) == {}
    assert await journal(contoso, "payment.offered") == []


async def test_an_owner_who_closes_the_modal_while_it_checks_cannot_leave_an_offer(
    contoso: Town,
) -> None:
    """What nobody sees cannot be confirmed."""
    invoice = await unpaid(contoso)
    ada = await invoice.person()
    contoso.fault("GET */billingRoleAssignments", "delay", seconds=0.3, times=-1)

    await ada.press(FINANCE, invoice.card.ts, "pay.open")
    await until(ada.modals)
    assert CHECKING in text_of(ada.modals()[-1])
    await ada.close(ada.modals()[-1].id)
    await invoice.bot.settle()

    assert await offers(contoso) == {}
    assert len(await journal(contoso, "payment.cancelled")) == 1
    assert ada.modals() == []


@pytest.mark.parametrize("value", ["", "../secrets", "💶💶💶", "G" * 2000, "refresh:G123456789"])
async def test_a_button_without_an_invoice_number_cannot_start_anything(
    contoso: Town, value: str
) -> None:
    """A value that is no invoice number is answered, and nothing else happens."""
    invoice = await unpaid(contoso)
    ada = await invoice.person()
    asked = contoso.traffic.count("billingRoleAssignments")

    receipt = await ada.press_stale(with_value(invoice.card, value), "pay.open")

    assert (receipt.status, receipt.trouble) == (200, "")
    assert "Something went wrong inside the bot" in await whispered(ada)
    assert ada.modals() == []
    assert contoso.traffic.count("billingRoleAssignments") == asked


async def test_a_number_that_azure_does_not_know_cannot_start_anything(contoso: Town) -> None:
    """A well-formed number of no invoice is said to be unknown."""
    invoice = await unpaid(contoso)

    view = await invoice.press(seen=with_value(invoice.card, "G999999999"))

    assert "Azure does not know this (any more)." in text_of(view)
    assert await offers(contoso) == {}


async def test_an_invoice_of_an_account_that_is_not_watched_cannot_be_paid(contoso: Town) -> None:
    """AZURE_BILLING_ACCOUNTS also says what may be paid through the bot."""
    invoice = await unpaid(contoso, azure_billing_accounts=contoso.account)
    account = contoso.tenant.add_account("Fabrikam")
    profile = contoso.tenant.add_profile(account, "Fabrikam", currency="EUR")
    for role, who in (("reader", contoso.tenant.bot_id), ("owner", contoso.ids["U0ADA"])):
        contoso.tenant.assign(f"billing-account-{role}", who, account)
    foreign = replace(contoso, account=account, profile=profile).invoice()

    view = await invoice.press(seen=with_value(invoice.card, foreign))

    assert ":no_entry:" in text_of(view)
    assert await offers(contoso) == {}


async def test_a_payment_can_go_on_while_the_card_cannot_be_updated(contoso: Town) -> None:
    """The hand-off holds, others are refused, and the next scan heals the card."""
    contoso.colleague("U0BEN", "ben")
    contoso.holds("U0BEN", "billing-profile-owner")
    invoice = await unpaid(contoso)
    contoso.fault("* */chat.update", "status", status=500, times=-1)

    await invoice.hand_off()
    assert invoice.can_be_paid  # the card is wrong, but nobody can be led astray by it
    assert "<@U0ADA> is paying" in text_of(await invoice.press("U0BEN"))

    contoso.faults.clear()
    await invoice.bot.scan()
    assert "<@U0ADA> is paying since" in text_of(invoice.card)
    assert not invoice.can_be_paid


async def test_a_payer_who_was_not_shown_the_outcome_can_get_it_again(contoso: Town) -> None:
    """The claim holds although Slack never showed the link; pressing again does."""
    invoice = await unpaid(contoso)
    view = await invoice.offer()
    ada = await invoice.person()
    contoso.fault("* */views.update", "status", status=500, times=-1)

    await ada.submit(view.id)
    await invoice.bot.settle()
    assert len(await journal(contoso, "payment.handed_off")) == 1
    contoso.faults.clear()

    assert "reserved for you" in text_of(await invoice.press(seen=invoice.posted))


async def test_a_payer_can_close_the_modal_before_the_outcome(contoso: Town) -> None:
    """Confirmed is confirmed: the card shows it, and closing withdraws nothing any more."""
    invoice = await unpaid(contoso)
    view = await invoice.offer()
    ada = await invoice.person()
    contoso.fault("GET */billingRoleAssignments", "delay", seconds=0.2, times=-1)

    await ada.submit(view.id)
    await ada.close(ada.modals()[-1].id)
    await invoice.bot.settle()

    assert "<@U0ADA> is paying since" in text_of(invoice.card)


async def test_an_owner_can_never_see_more_than_one_answer(contoso: Town) -> None:
    """A press shows the waiting modal and one outcome; nothing flickers."""
    invoice = await unpaid(contoso)

    with screens(contoso, "U0ADA") as seen:
        await invoice.offer()
        await invoice.bot.settle()

    assert len(seen) == 2
