"""Whatever somebody does in Slack, the audit trail knows it, and on which evidence."""

import asyncio
import re
from datetime import datetime
from decimal import Decimal

import pytest
from structlog.testing import capture_logs

from bot.errors import StoreUnavailable
from bot.evidence import evidence, request_ids, saw
from bot.services.audit import Audit
from tests.asking import ask, asker, page
from tests.paying import journal, key, store, unpaid
from tests.town import FINANCE, Town
from tests.trails import Raw

GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


async def trail(town: Town) -> Raw:
    """All entries."""
    async with store(town) as redis:
        found: Raw = await redis.xrange(key(town, "journal"))
    return found


async def last(town: Town, event: str) -> dict[str, str]:
    """The newest entry on this event."""
    return (await journal(town, event))[-1]


def ids(entry: dict[str, str]) -> list[str]:
    """The request ids in an entry; each must be one that Azure or Graph could have given."""
    found = entry.get("request_id", "").split()
    assert all(GUID.fullmatch(one) for one in found)
    assert len(set(found)) == len(found)
    return found


async def test_an_auditor_can_see_what_a_hand_off_rests_on(contoso: Town) -> None:
    """Who, on what, by which role held where, and Azure's and Graph's own ids of the answers."""
    card = await unpaid(contoso)
    await card.hand_off("U0ADA")

    offered, handed = [await last(contoso, f"payment.{e}") for e in ("offered", "handed_off")]

    for entry in (offered, handed):
        assert entry["actor"] == "U0ADA"
        assert entry["entra_id"] == contoso.ids["U0ADA"]
        assert entry["invoice"] == card.number
        assert contoso.account.endswith(entry["billing_account"])
        assert contoso.profile.endswith(entry["billing_profile"])
        assert (entry["decision"], entry["role"]) == ("allowed", "billing-account-owner")
        assert entry["scope"] == "billing account"
        assert (Decimal(entry["amount"]), entry["currency"]) == (Decimal("12340.00"), "EUR")
        assert entry["payment"]
        # Roles of account and profile, the person by UPN and by mail, the invoice, its methods.
        assert len(ids(entry)) == 6
    assert not set(ids(offered)) & set(ids(handed))


@pytest.mark.parametrize("by", ["watching", "scan"])
async def test_an_auditor_can_see_what_ended_a_payment(contoso: Town, by: str) -> None:
    """The answer in which Azure showed it as paid, to whoever looked first."""
    card = await unpaid(contoso)
    await card.hand_off("U0ADA")
    contoso.tenant.pay(card.number)
    contoso.clock.advance(minutes=2)

    if by == "scan":
        await card.bot.scan()
    else:
        await card.bot.house.cashier.watching.payments()

    assert 1 <= len(ids(await last(contoso, "payment.settled"))) <= 2


async def test_an_auditor_can_see_every_refusal(contoso: Town) -> None:
    """With its reason, the role that was too low, and the answers it rests on."""
    contoso.colleague("U0BEN", "ben")
    contoso.holds("U0BEN", "billing-profile-reader")
    contoso.colleague("U0EVE", "eve", is_restricted=True)
    card = await unpaid(contoso)
    await card.press("U0BEN")
    eve = await card.person("U0EVE")
    await ask(eve, card.bot, "/invoice", card.number)
    await ask(eve, card.bot, "/invoices")

    low = await last(contoso, "access.refused")
    one, many = await journal(contoso, "lookup.refused")

    assert (low["actor"], low["decision"], low["reason"]) == ("U0BEN", "refused", "role_too_low")
    assert low["role"] == "billing-profile-reader"
    assert len(ids(low)) >= 4
    assert (one["actor"], one["decision"], one["reason"]) == ("U0EVE", "refused", "guest")
    assert (one["invoice"], many["filter"]) == (card.number, "unpaid")


async def test_an_auditor_can_see_every_look_up(contoso: Town) -> None:
    """What was asked, what was found, and the role that let them see it."""
    number = contoso.invoice()
    for _ in range(11):
        contoso.invoice()
    bot = await contoso.bot()
    ron = await asker(contoso, bot)
    await ask(ron, bot, "/invoice", number)
    await ask(ron, bot, "/invoice", "G999999999")
    await ask(ron, bot, "/invoices", "overdue")
    await page(ron, bot, "list.next")

    answered, missing = [await last(contoso, f"lookup.{e}") for e in ("answered", "not_found")]
    first, second = await journal(contoso, "lookup.listed")

    assert (answered["actor"], answered["invoice"]) == ("U0RON", number)
    assert (answered["decision"], answered["role"]) == ("allowed", "billing-profile-reader")
    assert answered["scope"] == "billing profile"
    assert len(ids(answered)) == 5
    assert missing["invoice"] == "G999999999"
    assert (first["filter"], first["count"]) == ("overdue", "12")
    assert (second["filter"], second["count"]) == ("overdue", "12")


async def test_an_auditor_can_see_every_click(contoso: Town) -> None:
    """Whatever came of it, each leaves an entry of its own, and every entry is sealed at once."""
    card = await unpaid(contoso)
    ada = await card.person("U0ADA")
    await ada.close((await card.offer()).id)
    await card.hand_off("U0ADA")
    await card.press("U0ADA", seen=card.posted)
    await ask(ada, card.bot, "/invoice", "=1+1")
    await ask(ada, card.bot, "/invoice", "help")
    await ask(ada, card.bot, "/invoices")
    await ada.press(FINANCE, card.card.ts, "card.menu", option=f"refresh:{card.number}")
    await ada.press(FINANCE, card.card.ts, "portal.open")
    await card.bot.settle()

    clicks = [
        (entry["event"], entry["outcome"])
        for _, entry in await trail(contoso)
        if entry["event"].startswith("click.")
    ]

    assert sorted(clicks) == [
        ("click.cancel", "cancelled"),
        ("click.confirm", "HandedOff"),
        ("click.invoice", "bad number"),
        ("click.invoice", "help"),
        ("click.invoices", "Listing"),
        ("click.portal", "opened"),
        ("click.press", "Offered"),
        ("click.press", "Offered"),
        ("click.press", "Taken"),
        ("click.refresh", "refreshed"),
    ]
    assert {entry["actor"] for entry in await journal(contoso, "click.press")} == {"U0ADA"}
    async with store(contoso) as redis:
        sealed = await redis.xrange(key(contoso, "journal", "seals"))
    assert [identity for identity, _ in sealed] == [
        identity for identity, _ in await trail(contoso)
    ]


async def test_an_auditor_can_see_a_decision_that_could_not_be_made(contoso: Town) -> None:
    """An error is a no: it is kept with its kind and the ids of the answers there were."""
    card = await unpaid(contoso)
    contoso.fault("GET */billingRoleAssignments", "status", status=403)

    await card.press("U0ADA")
    await card.bot.settle()

    entry = await last(contoso, "click.press")
    assert (entry["actor"], entry["invoice"]) == ("U0ADA", card.number)
    assert (entry["decision"], entry["reason"]) == ("error", "AzureDenied")
    assert await journal(contoso, "payment.offered") == []


async def test_an_entry_cannot_be_lost_without_a_word(contoso: Town) -> None:
    """Where the trail cannot be written the log says so, with the entry but no words of anybody."""
    bot = await contoso.bot()
    audit = bot.house.audit
    with capture_logs() as logs:
        audit.later("lookup.answered", actor="U0ADA", reason="\ud800")  # half an emoji
        await bot.settle()
        async with store(contoso) as redis:
            await redis.set(key(contoso, "journal"), "no stream")
        audit.later("lookup.answered", actor="U0ADA", invoice="G1", reason="my own words")
        await bot.settle()

    half, line = [line for line in logs if line["event"] == "audit_not_written"]
    assert half["error"] == "UnicodeEncodeError"
    assert line == {
        "event": "audit_not_written",
        "log_level": "error",
        "error": "StoreUnavailable",
        "happened": "lookup.answered",
        "actor": "U0ADA",
        "invoice": "G1",
    }


async def test_many_clicks_at_once_can_be_sealed_in_few_steps(contoso: Town) -> None:
    """Who asks while it goes on has it done once more, not once each; what fails is tried again."""
    outside = (await contoso.bot()).outside
    steps: list[int] = []

    class Sealing:
        async def seal(self) -> int:
            steps.append(await outside.trail.seal())
            if len(steps) == 1:
                raise StoreUnavailable("just once")
            return steps[-1]

        async def trim(self, _: datetime) -> int:
            return 0

    audit = Audit(
        journal=outside.store, sealing=Sealing(), clock=contoso.clock, later=outside.background
    )
    for n in range(100):
        audit.later("event", actor=f"U{n}")
    await outside.background.drain(20)

    assert sum(steps) == 100
    assert len(steps) < 50


async def test_evidence_can_come_from_work_side_by_side() -> None:
    """Each block has what came inside it, in child tasks too; never what came in another's."""

    async def ask_azure(*names: str) -> None:
        await asyncio.sleep(0)
        for name in names:
            saw(name)

    async def decision(name: str) -> str:
        with evidence() as seen:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(ask_azure(f"{name}1", f"{name}1"))
                tasks.create_task(ask_azure(f"{name}2"))
            assert request_ids() == seen.request_ids
        return seen.request_ids

    saw("nobody asks")
    with evidence() as outer:
        both = await asyncio.gather(decision("a"), decision("b"))
        assert list(both) == ["a1 a2", "b1 b2"]
        assert sorted(outer.ids) == ["a1", "a2", "b1", "b2"]
        await ask_azure(*(f"page {n}" for n in range(100)))
    assert request_ids() == ""
    assert outer.ids == [f"page {n}" for n in range(88, 100)]
