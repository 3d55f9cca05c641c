"""Assign: an unpaid invoice is a colleague's to look after; they are told once, and reminded."""

import asyncio
import secrets
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from bot.domain.alert import Alert
from bot.domain.assigning import Assignee
from bot.domain.payment import State
from bot.domain.people import Presence
from bot.domain.remark import Remark, Said
from bot.services.assigning import Choice
from sandbox.slack import Message, View, text_of
from sandbox.slack.rules import message_complaints
from tests.alerting import identity, reminded_on, reminders, set_time
from tests.cards import words
from tests.paying import Unpaid, journal, lose_everything
from tests.town import FINANCE, Bot, Town
from tests.windows import begun, slow_down, submit, window, words_of

MENU = "card.menu"
BEN, CLEO, DAN = "U0BEN", "U0CLEO", "U0DAN"


@pytest.fixture
async def invoice(contoso: Town) -> Unpaid:
    """An invoice overdue since six days; Dan may only look, Ben and Cleo hold no role."""
    for user, name in ((DAN, "dan"), (BEN, "ben"), (CLEO, "cleo")):
        contoso.colleague(user, name)
    contoso.holds(DAN, "billing-account-reader")
    number = contoso.invoice(days_overdue=6)
    bot = await contoso.bot()
    await bot.scan()
    return Unpaid(contoso, bot, number, contoso.card(number))


async def open_form(invoice: Unpaid, user: str = "U0ADA", *, seen: Message | None = None) -> View:
    """Choose Assign in the card's menu."""
    return await window(invoice, user, MENU, on=seen, option=f"assign:{invoice.number}")


async def assign(invoice: Unpaid, to: str, user: str = "U0ADA", why: str = "") -> View:
    """Choose it, and fill in the form; what the window shows in the end."""
    view = await open_form(invoice, user)
    return await submit(invoice, view, {"assign.user": to} | ({"assign.why": why} if why else {}))


async def given(invoice: Unpaid, to: str) -> None:
    """Let Ada have assigned it, as the tests above show it through all of Slack."""
    presence = Presence("U0ADA", invoice.town.workspace.team_id)
    choice = Choice(secrets.token_urlsafe(12), to)
    await invoice.bot.house.colleagues.assigning.assign(presence, invoice.number, choice)
    await invoice.bot.settle()


async def nobody(invoice: Unpaid, user: str = "U0ADA") -> View:
    """Take the assignment away."""
    return await submit(invoice, await open_form(invoice, user), {"assign.nobody": "yes"})


def letters(town: Town, user: str) -> list[Message]:
    """What the bot has written to this person directly, oldest first."""
    found = town.posts(town.workspace.direct_channel([user]).id)
    assert [complaint for m in found for complaint in message_complaints(m.blocks)] == []
    return found


def told(invoice: Unpaid) -> list[str]:
    """What the card's thread tells of assignments, oldest first."""
    found = [m for m in invoice.town.posts() if identity(m).startswith("remark:")]
    assert {m.thread_ts for m in found} <= {invoice.card.ts}
    return [words(m) for m in found]


def assignee(invoice: Unpaid) -> str:
    """What the card says of it."""
    (found,) = [w for w in words(invoice.card).splitlines() if "Assigned to" in w] or [""]
    return found.rpartition("Assigned to ")[2]


# Assigning


async def test_a_colleague_can_be_assigned_an_invoice(invoice: Unpaid) -> None:
    """The card, its thread and the trail say so; they get one message that leads to the card."""
    view = await open_form(invoice)
    assert "gives nobody the right to pay" in words_of(view)
    final = await submit(invoice, view, {"assign.user": BEN, "assign.why": "You know <them>"})

    assert "Assigned to <@U0BEN>" in text_of(final)
    assert assignee(invoice) == "<@U0BEN>."
    assert "Assigned to <@U0BEN>." in invoice.card.text
    (thread,) = told(invoice)
    assert "<@U0ADA> has assigned this invoice to <@U0BEN>. “You know &lt;them&gt;”" in thread
    (letter,) = letters(invoice.town, BEN)
    assert f"<@U0ADA> has assigned invoice {invoice.number} to you" in words(letter)
    assert "12,340.00 EUR" in words(letter)
    button = invoice.town.button(letter, "portal.open")
    assert button is not None
    assert button["url"].endswith(f"/{FINANCE}/p{invoice.card.ts.replace('.', '')}")
    (entry,) = await journal(invoice.town, "assignment.made")
    assert (entry["actor"], entry["invoice"]) == ("U0ADA", invoice.number)
    assert (entry["reason"], entry["role"]) == ("to U0BEN", "billing-account-owner")
    assert "You know" not in str(entry)


RIGHTS = {
    BEN: "You hold no role that lets you pay, and being assigned gives none. These people can pay",
    DAN: "Your billing role does not let you pay",
    "U0ADA": "Your billing role lets you pay it",
}


async def test_an_assignee_can_read_what_they_may_do(invoice: Unpaid) -> None:
    """Being assigned lets nobody pay; who may not is told who can."""
    for user, said in RIGHTS.items():
        await assign(invoice, user, DAN if user == "U0ADA" else "U0ADA")
        assert said in words(letters(invoice.town, user)[0])
        view = await invoice.press(user)
        assert (view.submit is not None) is (user == "U0ADA")


async def test_an_assignee_can_read_in_their_own_language(invoice: Unpaid) -> None:
    """The channel's thread stays in the channel's."""
    invoice.town.workspace.people[BEN].locale = "fr-FR"
    await assign(invoice, BEN)
    assert "vous a attribué la facture" in words(letters(invoice.town, BEN)[0])
    assert "has assigned this invoice" in told(invoice)[0]


async def test_a_colleague_can_take_an_invoice_themselves(invoice: Unpaid) -> None:
    """Who may only look can, too; nobody writes them what they have just done."""
    await assign(invoice, DAN, DAN)
    assert assignee(invoice) == "<@U0DAN>."
    assert "<@U0DAN> looks after this invoice now." in told(invoice)[0]
    assert letters(invoice.town, DAN) == []


async def test_a_former_assignee_can_know(invoice: Unpaid) -> None:
    """Reassigned, then taken away: each is told once, and the form shows who has it."""
    await assign(invoice, BEN)
    view = await open_form(invoice)
    assert view.state["assign.user"]["assign.user"]["selected_user"] == BEN
    await submit(invoice, view, {"assign.user": CLEO})
    assert assignee(invoice) == "<@U0CLEO>."
    assert "It was assigned to <@U0BEN> before." in told(invoice)[1]
    assert "no longer assigned to you" in words(letters(invoice.town, BEN)[1])
    assert "<@U0CLEO>" in words(letters(invoice.town, BEN)[1])

    await nobody(invoice)
    assert assignee(invoice) == ""
    assert "<@U0ADA> has taken this invoice from <@U0CLEO>" in told(invoice)[2]
    assert "taken it back" in words(letters(invoice.town, CLEO)[1])
    assert [len(letters(invoice.town, user)) for user in (BEN, CLEO)] == [2, 2]
    reasons = [e["reason"] for e in await journal(invoice.town, "assignment.made")]
    assert reasons == ["to U0BEN", "to U0CLEO, before U0BEN"]
    (ended,) = await journal(invoice.town, "assignment.ended")
    assert ended["reason"] == "to nobody, before U0CLEO"


async def test_an_assignee_cannot_be_told_twice(invoice: Unpaid) -> None:
    """The form sent twice at once, to two processes, and once more when all is said."""
    town, view, ada = invoice.town, await open_form(invoice), await invoice.person()
    other = await town.bot()
    again = await town.person("U0ADA", other)
    await asyncio.gather(*(who.submit(view.id, {"assign.user": BEN}) for who in (ada, again)))
    for bot in (invoice.bot, other):
        await bot.settle()
        await bot.house.cashier.tell()
    number, step, _ = view.private_metadata.split("|")
    presence = Presence("U0ADA", town.workspace.team_id)
    for _ in range(2):  # the second time over another one's head
        await other.house.colleagues.assigning.assign(presence, number, Choice(step, BEN))
        await other.settle()
        assert len(told(invoice)) == len(letters(town, BEN)) == 1
        assert len(await journal(town, "assignment.made")) == 1
        card = (await other.outside.store.load([number]))[number]
        await other.outside.store.save(replace(card, assignee=None))


async def test_an_assignment_of_the_same_person_cannot_be_told_again(invoice: Unpaid) -> None:
    """Nothing has changed, and whoever asks reads that."""
    await given(invoice, BEN)
    assert "assigned to <@U0BEN> already" in text_of(await assign(invoice, BEN, DAN))
    assert len(told(invoice)) == len(letters(invoice.town, BEN)) == 1


# Who cannot


async def test_somebody_without_a_role_cannot_assign(invoice: Unpaid) -> None:
    """Any billing role will do, none will not; the trail keeps the no."""
    view = await open_form(invoice, BEN)
    assert view.submit is None
    assert "You hold no billing role on Contoso Finance" in text_of(view)
    (entry,) = await journal(invoice.town, "assignment.refused")
    assert (entry["actor"], entry["reason"]) == (BEN, "no_role")


async def test_somebody_cannot_assign_with_a_role_they_have_lost(invoice: Unpaid) -> None:
    """The role is read anew at the submit."""
    town, view = invoice.town, await open_form(invoice)
    town.tenant.revoke("billing-account-owner", town.ids["U0ADA"], town.account)
    final = await submit(invoice, view, {"assign.user": BEN})
    assert "You hold no billing role" in text_of(final)
    assert (assignee(invoice), told(invoice), letters(town, BEN)) == ("", [], [])


async def test_somebody_cannot_assign_on_a_check_that_took_too_long(invoice: Unpaid) -> None:
    """A yes of half a minute ago is none."""
    view = await open_form(invoice)
    slow_down(invoice)
    final = await submit(invoice, view, {"assign.user": BEN})
    assert "Checking took too long" in text_of(final)
    assert (assignee(invoice), told(invoice)) == ("", [])


UNFIT: dict[str, tuple[dict[str, Any], str]] = {
    "guest": ({"is_restricted": True}, "is a guest here"),
    "stranger": ({"team_id": "T0OTHER"}, "another company's workspace"),
    "deactivated": ({"deleted": True}, "is deactivated"),
    "app": ({"is_bot": True}, "is an app"),
    "invited": ({"is_invited_user": True}, "has not accepted the invitation"),
    "outside": ({}, "is not in the card's channel"),
}


async def test_somebody_who_cannot_see_the_card_cannot_be_assigned(invoice: Unpaid) -> None:
    """Full, active members of the workspace who are in the card's channel, and nobody else."""
    town = invoice.town
    for kind, (slack, said) in UNFIT.items():
        user = f"U0{kind.upper()}"
        town.colleague(user, kind, **slack)
        if kind == "outside":
            town.workspace.channels[FINANCE].members.remove(user)
        final = text_of(await assign(invoice, user))
        assert said in final
        assert "Nothing was changed." in final
        assert letters(town, user) == []
    assert (assignee(invoice), told(invoice)) == ("", [])


async def test_an_outsider_cannot_assign(invoice: Unpaid) -> None:
    """Refused as everywhere else, whatever role they hold."""
    for kind in ("guest", "stranger", "deactivated"):
        user = f"U0{kind.upper()}"
        invoice.town.colleague(user, kind, **UNFIT[kind][0])
        invoice.town.holds(user, "billing-account-owner")
        assert (await open_form(invoice, user)).submit is None
    reasons = [e["reason"] for e in await journal(invoice.town, "assignment.refused")]
    assert reasons == ["guest", "other_company", "deactivated"]


async def test_a_form_cannot_ask_for_two_things_or_none(invoice: Unpaid) -> None:
    """Somebody or nobody; the form says so, and stays."""
    ada = await invoice.person()
    await given(invoice, BEN)
    view = await open_form(invoice)
    both = {"assign.user": CLEO, "assign.nobody": "yes"}
    assert (await ada.submit(view.id, both)).trouble == "errors"
    assert list(ada.modals()[-1].errors) == ["assign.nobody"]
    assert assignee(invoice) == "<@U0BEN>."


async def test_a_paid_invoice_cannot_be_assigned(invoice: Unpaid) -> None:
    """Azure is asked at the submit; the card closes."""
    view = await open_form(invoice)
    invoice.town.tenant.pay(invoice.number)
    final = await submit(invoice, view, {"assign.user": BEN})
    assert "There is nothing to assign" in text_of(final)
    assert letters(invoice.town, BEN) == []


# What follows


async def test_an_assignee_can_be_reminded(invoice: Unpaid) -> None:
    """The reminder in the thread mentions them, and they get a message; each once."""
    await given(invoice, BEN)
    for _ in range(2):
        invoice.town.clock.advance(hours=24)
        await invoice.bot.scan()
        await invoice.bot.scan()
    assert reminded_on(invoice.town, invoice.number) == [7]
    assert "<@U0BEN>, it is assigned to you." in words(reminders(invoice.town, invoice.number)[0])
    _, letter = letters(invoice.town, BEN)
    assert f"Reminder: invoice {invoice.number}, assigned to you, is 7 days" in words(letter)


async def test_an_assignee_can_be_reminded_of_what_a_summary_tells(contoso: Town) -> None:
    """Many reminders come as one summary, and the assignee still hears of theirs."""
    contoso.colleague(BEN, "ben")
    numbers = [contoso.invoice(days_overdue=6) for _ in range(11)]
    bot = await contoso.bot()
    await bot.scan()
    (first,) = [m for m in contoso.posts() if identity(m) == f"invoice:{numbers[0]}"]
    await given(Unpaid(contoso, bot, numbers[0], first), BEN)
    contoso.clock.advance(days=1)
    await bot.scan()
    assert reminders(contoso, numbers[0]) == []
    assert [numbers[0] in words(m) for m in letters(contoso, BEN)] == [True, True]


async def test_an_assignee_cannot_be_reminded_of_what_is_under_way(invoice: Unpaid) -> None:
    """A reminder that waits is not sent once somebody is paying."""
    await given(invoice, BEN)
    invoice.town.clock.advance(days=1)
    await invoice.bot.house.look()
    await begun(invoice, State.HANDED_OFF)
    await invoice.bot.scan()
    assert len(letters(invoice.town, BEN)) == 1


async def test_an_assignee_cannot_be_written_to_in_quiet_hours(contoso: Town) -> None:
    """The thread tells what a person has just done; the messages wait until the morning."""
    contoso.colleague(BEN, "ben")
    set_time(contoso, 1, 17.9)
    number = contoso.invoice(days_overdue=6)
    bot = await contoso.bot(quiet_hours="18:00-08:00")
    await bot.scan()
    invoice = Unpaid(contoso, bot, number, contoso.card(number))
    contoso.clock.advance(hours=1)
    await given(invoice, BEN)
    assert (len(told(invoice)), letters(contoso, BEN)) == (1, [])
    contoso.clock.advance(hours=14)
    await bot.scan()
    assert "has assigned invoice" in words(letters(contoso, BEN)[0])


async def test_an_assignee_cannot_be_bothered_with_what_was_undone(contoso: Town) -> None:
    """Given to and fro in the night: in the morning each reads how it stands, once."""
    for user, name in ((BEN, "ben"), (CLEO, "cleo")):
        contoso.colleague(user, name)
    set_time(contoso, 1, 17.9)
    number = contoso.invoice(days_overdue=8)
    bot = await contoso.bot(quiet_hours="18:00-19:00")
    await bot.scan()
    contoso.clock.advance(hours=1)
    for user in (BEN, CLEO, BEN):
        await given(Unpaid(contoso, bot, number, contoso.card(number)), user)
    contoso.clock.advance(hours=1)
    await bot.scan()
    (bens,), (cleos,) = letters(contoso, BEN), letters(contoso, CLEO)
    assert "has assigned invoice" in words(bens)
    assert "no longer assigned to you" in words(cleos)


async def test_an_assignee_who_has_left_cannot_be_written_to(invoice: Unpaid) -> None:
    """Whoever is no longer in the card's channel reads nothing of it any more."""
    await given(invoice, BEN)
    invoice.town.workspace.channels[FINANCE].members.remove(BEN)
    invoice.town.clock.advance(days=1)
    await invoice.bot.scan()
    assert reminded_on(invoice.town, invoice.number) == [7]
    assert len(letters(invoice.town, BEN)) == 1


async def test_an_assignment_can_outlast_changes_and_a_lost_store(invoice: Unpaid) -> None:
    """The card carries a copy that a store without any memory finds again."""
    await given(invoice, BEN)
    other = await _refreshed(invoice)
    assert assignee(invoice) == "<@U0BEN>."
    await lose_everything(invoice.town)
    await other.scan()
    assert assignee(invoice) == "<@U0BEN>."
    invoice.town.clock.advance(days=2)
    await other.scan()
    assert len(letters(invoice.town, BEN)) == 2


async def _refreshed(invoice: Unpaid) -> Bot:
    """Another process shows the card anew after a change."""
    other = await invoice.town.bot()
    invoice.town.tenant.change_amount(invoice.number, Decimal(99))
    await other.scan()
    assert "99.00 EUR" in words(invoice.card)
    return other


async def test_an_assignment_cannot_outlast_the_invoice(invoice: Unpaid) -> None:
    """Paid or void: the card says nothing of it any more, and the store has forgotten it."""
    other = invoice.town.invoice()
    await invoice.bot.scan()
    for number, end in ((invoice.number, "pay"), (other, "void")):
        one = Unpaid(invoice.town, invoice.bot, number, invoice.town.card(number))
        await given(one, BEN)
        assert assignee(one) == "<@U0BEN>."
        getattr(invoice.town.tenant, end)(number)
        await invoice.bot.scan()
        assert assignee(one) == ""
        card = (await invoice.bot.outside.store.load([number]))[number]
        assert card.assignee is None


# Troubles


async def test_an_assignee_can_be_told_after_a_crash(invoice: Unpaid) -> None:
    """A process that dies right after the step: another one's sweep tells of it, once."""
    number, outside = invoice.number, invoice.bot.outside
    card = (await outside.store.load([number]))[number]
    remark = Remark("step", Said.ASSIGNED, number, "U0ADA", BEN)
    await outside.remarks.keep(remark, replace(card, assignee=Assignee(BEN, "U0ADA", "step")))
    other = await invoice.town.bot()
    for _ in range(2):
        await other.house.cashier.tell()
        await other.scan()
    assert len(told(invoice)) == len(letters(invoice.town, BEN)) == 1


async def test_an_assignee_cannot_be_told_again_after_a_late_crash(invoice: Unpaid) -> None:
    """A process that dies when all is told, before the outbox knows: nothing is said again."""
    await given(invoice, BEN)
    number, outside = invoice.number, invoice.bot.outside
    (entry,) = await journal(invoice.town, "assignment.made")
    step = entry["operation"]
    alerts = [Alert.remark(number, step), Alert.direct(number, BEN, step=step)]
    await outside.outbox.put(FINANCE, alerts)
    await invoice.bot.scan()
    assert await outside.outbox.channels() == {}
    assert len(told(invoice)) == len(letters(invoice.town, BEN)) == 1


async def test_an_assignee_cannot_get_a_message_twice_after_a_lost_answer(invoice: Unpaid) -> None:
    """Slack took both messages and its answers were lost: neither is sent again."""
    invoice.town.fault("*chat.postMessage", "drop_after", times=2)
    await given(invoice, BEN)
    assert invoice.town.faults.waiting == []
    await invoice.bot.scan()
    assert len(told(invoice)) == len(letters(invoice.town, BEN)) == 1


async def test_an_assignee_can_get_a_message_that_slack_has_put_off(contoso: Town) -> None:
    """Throttled: surely not sent, so it is sent later."""
    contoso.colleague(BEN, "ben")
    set_time(contoso, 1, 17.9)
    number = contoso.invoice(days_overdue=8)
    bot = await contoso.bot(quiet_hours="18:00-19:00")
    await bot.scan()
    contoso.clock.advance(hours=1)
    await given(Unpaid(contoso, bot, number, contoso.card(number)), BEN)
    contoso.clock.advance(hours=1)
    contoso.fault("*chat.postMessage", "throttle", seconds=0)
    await bot.scan()
    assert (contoso.faults.waiting, letters(contoso, BEN)) == ([], [])
    for _ in range(2):
        await bot.scan()
    assert len(letters(contoso, BEN)) == 1


async def test_a_channel_cannot_be_held_up_by_one_person(invoice: Unpaid) -> None:
    """A message that Slack will not take for this person is left out; all else goes on."""
    town = invoice.town
    await given(invoice, BEN)
    town.workspace.people.pop(BEN)
    for days in (1, 7):
        town.clock.advance(days=days)
        await invoice.bot.scan()
    assert reminded_on(town, invoice.number) == [7, 14]
    assert await invoice.bot.outside.outbox.channels() == {}


async def test_a_reader_can_see_on_their_home_tab_what_is_theirs(contoso: Town) -> None:
    """It comes first, and is marked."""
    for days in (30, 20):
        contoso.invoice(days_overdue=days)
    number = contoso.invoice(days_overdue=1)
    bot = await contoso.bot()
    await bot.scan()
    await given(Unpaid(contoso, bot, number, contoso.card(number)), "U0ADA")
    ada = await contoso.person("U0ADA", bot)
    await ada.open_home()
    await bot.settle()
    home = ada.home()
    assert home is not None
    said = text_of(home)
    assert said.count("Assigned to you") == 1
    assert said.index(number) < said.index("Assigned to you") < said.index("G100000001")
