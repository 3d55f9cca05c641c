"""The rehearsal: the button's whole path, with an invoice that nobody can pay."""

from dataclasses import replace

import pytest
from pydantic import SecretStr

from sandbox.slack import Message, View, text_of
from tests.cards import buttons, contents, words
from tests.doctoring import examined
from tests.paying import answered, key, offers, store
from tests.town import FINANCE, Bot, Town


async def rehearsed(town: Town, audience: str = "") -> tuple[Bot, Message]:
    """The rehearsal message that the doctor has posted, and a bot behind it."""
    town.invoice()
    bot = await town.bot()
    await bot.scan()
    found = await examined(town, rehearse=True, audience=audience)
    assert found.code == 0
    assert "press Pay now there" in found.said("Rehearsal", "ok")
    (message,) = [
        m for c in town.workspace.messages for m in town.posts(c) if "REHEARSAL" in text_of(m)
    ]
    return bot, message


async def pressed(town: Town, bot: Bot, message: Message, user: str = "U0ADA") -> View:
    """The window a press on it ends in."""
    person = await town.person(user, bot)
    receipt = await person.press(message.channel, message.ts, "rehearsal.press")
    assert (receipt.status, receipt.trouble) == (200, "")
    return await answered(person, modals=1)


async def test_an_operator_can_post_a_button_to_rehearse_with(contoso: Town) -> None:
    """The message is marked as a rehearsal in heading, words and notification, and has Pay now."""
    _, message = await rehearsed(contoso)
    assert message.channel == FINANCE
    assert buttons(message) == ["rehearsal.press", "rehearsal.end"]
    assert "Rehearsal: this is no invoice, and nothing can be paid" in words(message)
    assert message.text.startswith("Rehearsal: this is no invoice")
    assert message.metadata is None


async def test_a_payer_can_rehearse_without_paying(contoso: Town) -> None:
    """The press goes through guard, listener and access check; nothing is offered, kept or started."""
    bot, message = await rehearsed(contoso)
    before = await contents(contoso)
    view = await pressed(contoso, bot, message)
    await bot.settle()
    shown = text_of(view).replace("*", "")
    assert "Rehearsal: all is well" in shown
    assert "You may pay invoices of Contoso Finance as Billing account owner" in shown
    assert (view.submit, view.private_metadata) == (None, "")
    assert view.callback_id == "rehearsal.info"
    assert await offers(contoso) == {}
    after = await contents(contoso)
    changed = {name for name in after if after[name] != before.get(name)}
    kinds = {name.removeprefix(key(contoso, "")).split(":")[0] for name in changed}
    assert kinds <= {"journal", "clicks", "seen"}
    assert not [name for name in after if "REHEARSAL" in name]


@pytest.mark.parametrize(
    ("user", "role", "why"),
    [
        ("U0BEA", "billing-profile-reader", "paying needs owner or contributor"),
        ("U0BEA", "", "You hold no billing role on Contoso Finance"),
    ],
)
async def test_a_colleague_can_learn_why_they_may_not_pay(
    contoso: Town, user: str, role: str, why: str
) -> None:
    """All is well with the path, and the reason is the one that a real press would give."""
    contoso.colleague(user, "bea")
    if role:
        contoso.holds(user, role)
    bot, message = await rehearsed(contoso)
    view = await pressed(contoso, bot, message, user)
    assert "Rehearsal: all is well" in text_of(view)
    assert "You may not pay here" in text_of(view)
    assert why in text_of(view)


async def test_a_stranger_cannot_be_told_that_they_may_pay(contoso: Town) -> None:
    """Who comes from another company is refused in the rehearsal, too."""
    bot, message = await rehearsed(contoso)
    contoso.colleague("U0EVE", "eve", team_id="T0EVIL")
    assert "belongs to another one" in text_of(await pressed(contoso, bot, message, "U0EVE"))


async def test_a_payer_can_be_told_that_azure_cannot_be_asked(contoso: Town) -> None:
    """Where access cannot be checked the window says so, and a payment would be refused."""
    bot, message = await rehearsed(contoso)
    contoso.fault("GET */billingRoleAssignments", "status", status=403, times=-1)
    view = await pressed(contoso, bot, message)
    assert "your press came through, but this could not be checked" in text_of(view)
    assert "all is well" not in text_of(view)


async def test_anybody_can_end_the_rehearsal(contoso: Town) -> None:
    """The message loses its buttons, and says who ended it."""
    bot, message = await rehearsed(contoso)
    ada = await contoso.person("U0ADA", bot)
    await ada.press(message.channel, message.ts, "rehearsal.end")
    await bot.settle()
    ended = contoso.workspace.message(message.channel, message.ts)
    assert ended is not None
    assert buttons(ended) == []
    assert "The rehearsal is over; <@U0ADA> ended it." in text_of(ended)


async def test_an_operator_can_rehearse_with_one_person_alone(contoso: Town) -> None:
    """With ``--as`` the message goes to that person's direct messages, where the button works."""
    bot, message = await rehearsed(contoso, "U0ADA")
    assert message.channel.startswith("D")
    assert "all is well" in text_of(await pressed(contoso, bot, message))
    assert len(contoso.posts(FINANCE)) == 1


async def test_a_rehearsal_cannot_be_posted_where_another_company_reads(contoso: Town) -> None:
    """The channel guard holds for rehearsals as for cards."""
    contoso.invoice()
    contoso.workspace.channels[FINANCE].is_ext_shared = True
    found = await examined(contoso, rehearse=True, allow_shared_channels="")
    assert "shared with another company" in found.said("Rehearsal", "failure")
    assert contoso.posts() == []


async def test_a_rehearsal_cannot_be_pressed_past_the_guard(contoso: Town) -> None:
    """A wrong signing secret shows itself: the press is turned away."""
    _, message = await rehearsed(contoso)
    other = await contoso.bot(slack_signing_secret=SecretStr("0" * 32))
    ada = await contoso.person("U0ADA", other)
    receipt = await ada.press(message.channel, message.ts, "rehearsal.press")
    assert receipt.status == 401
    assert ada.modals() == []


async def test_a_spoilt_rehearsal_button_cannot_break_anything(contoso: Town) -> None:
    """A value that makes no sense is answered with a reference, nothing else."""
    bot, message = await rehearsed(contoso)
    ada = await contoso.person("U0ADA", bot)
    for n, value in enumerate(("", "REHEARSAL", "[1]", "7", '{"a": 1}'), start=1):
        blocks = [
            block | {"elements": [e | {"value": value} for e in block["elements"]]}
            if block["type"] == "actions"
            else block
            for block in message.blocks
        ]
        await ada.press_stale(replace(message, blocks=blocks), "rehearsal.press")
        await bot.settle()
        assert len(ada.replies) == n
        assert "Reference:" in text_of(ada.replies[-1])


async def test_an_operator_can_see_that_there_is_no_place_to_rehearse(contoso: Town) -> None:
    """Without any invoice there is no billing profile, and nothing is posted."""
    found = await examined(contoso, rehearse=True)
    assert found.code == 1
    assert "no billing profile to rehearse on" in found.said("Rehearsal", "failure")
    assert contoso.posts() == []


async def test_a_rehearsal_can_be_found_in_the_audit_trail(contoso: Town) -> None:
    """Who pressed, and what the bot decided, by which role."""
    bot, message = await rehearsed(contoso)
    await pressed(contoso, bot, message)
    await bot.settle()
    async with store(contoso) as redis:
        entries = [fields for _, fields in await redis.xrange(key(contoso, "journal"))]
    (entry,) = [one for one in entries if one["event"] == "rehearsal.pressed"]
    assert (entry["actor"], entry["invoice"], entry["decision"]) == (
        "U0ADA",
        "REHEARSAL",
        "allowed",
    )
    assert entry["role"] == "billing-account-owner"


async def test_a_rehearsal_cannot_become_a_card(contoso: Town) -> None:
    """Neither the next scan nor a look-up knows of it."""
    bot, message = await rehearsed(contoso)
    await pressed(contoso, bot, message)
    await bot.scan()
    assert len(contoso.posts(FINANCE)) == 2
    assert await bot.outside.outbox.channels() == {}
    async with store(contoso) as redis:
        assert not await redis.sismember(key(contoso, "cards", "open"), "REHEARSAL")
    ada = await contoso.person("U0ADA", bot)
    await ada.command("/invoice", "REHEARSAL")
    await bot.settle()
    assert "Azure shows no invoice REHEARSAL" in text_of(ada.replies[-1])
