"""Notes: whoever may see an invoice can say something in its card's thread, and only there."""

import asyncio
import logging
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.assigning import LONGEST_WHY
from bot.domain.people import Presence
from bot.domain.remark import LONGEST_NOTE, Remark, Said, clean
from bot.views.language import Language
from bot.views.remarks import RemarkView
from sandbox.slack import Message, View, text_of
from sandbox.slack.rules import message_complaints
from tests.alerting import identity
from tests.anything import HOSTILE as WORST
from tests.cards import contents, words
from tests.paying import Unpaid, journal, unpaid
from tests.town import Town
from tests.windows import slow_down, submit, window

HOSTILE = "Pay <!channel> *now* <https://evil.example|here>\n@here <@U0EVIL> &lt;!here&gt; `x`"
PAST = "Contoso paid this by cheque"


@pytest.fixture
async def invoice(contoso: Town) -> Unpaid:
    """An overdue invoice's card; Dan may only look, Ben holds no role."""
    for user, name in (("U0DAN", "dan"), ("U0BEN", "ben")):
        contoso.colleague(user, name)
    contoso.holds("U0DAN", "billing-account-reader")
    return await unpaid(contoso)


async def open_form(invoice: Unpaid, user: str = "U0DAN") -> View:
    """Choose Add a note in the card's menu."""
    return await window(invoice, user, "card.menu", option=f"note:{invoice.number}")


def notes(invoice: Unpaid) -> list[Message]:
    """The notes in the card's thread, oldest first."""
    found = [m for m in invoice.town.posts() if identity(m).startswith("remark:")]
    assert {m.thread_ts for m in found} <= {invoice.card.ts}
    return found


async def test_a_reader_can_add_a_note(invoice: Unpaid) -> None:
    """It is in the thread under their name; the trail keeps who and where, and not what."""
    final = await submit(invoice, await open_form(invoice), {"note.text": f"  {PAST}\n\nAsk Ben "})
    assert "Your note is in the card's thread" in text_of(final)
    (note,) = notes(invoice)
    assert "<@U0DAN> noted:" in words(note)
    assert note.blocks[1]["text"]["text"] == f"{PAST}\n\nAsk Ben"
    assert note.text == f"<@U0DAN> noted: {PAST}Ask Ben"
    (entry,) = await journal(invoice.town, "note.added")
    assert (entry["actor"], entry["invoice"]) == ("U0DAN", invoice.number)
    assert entry["role"] == "billing-account-reader"


async def test_a_note_can_be_found_nowhere_but_in_the_thread(
    invoice: Unpaid, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither the store, nor the trail, nor the log holds it once it is told."""
    caplog.set_level(logging.INFO)
    await submit(invoice, await open_form(invoice), {"note.text": PAST})
    await invoice.bot.scan()
    assert PAST in text_of(notes(invoice)[0])
    kept = await contents(invoice.town)
    assert [name for name, value in kept.items() if value and PAST.encode() in value] == []
    said = capsys.readouterr()
    assert PAST not in said.out + said.err + caplog.text


async def test_a_note_cannot_ping_or_lead_astray(invoice: Unpaid) -> None:
    """What looks like markup is shown as it was written."""
    await submit(invoice, await open_form(invoice), {"note.text": HOSTILE})
    (note,) = notes(invoice)
    heading, literal = note.blocks
    assert heading["text"]["text"] == ":memo: <@U0DAN> noted:"
    assert literal["text"] == {"type": "plain_text", "text": HOSTILE, "emoji": False}
    assert "<" not in note.text.removeprefix("<@U0DAN>")


@given(st.sampled_from(WORST) | st.text(min_size=1, max_size=80), st.sampled_from(Said))
def test_no_words_can_ping_or_break_a_message(text: str, kind: Said) -> None:
    """Whatever is written: Slack takes it, and markup comes from the bot alone."""
    words = clean(text, LONGEST_NOTE if kind is Said.NOTED else LONGEST_WHY)
    remark = Remark("step", kind, "G1", "U0ADA", "U0BEN", "U0CLEO", words)
    message = RemarkView(Language())(remark)
    assert message_complaints(message.blocks) == []
    marked = [b["text"]["text"] for b in message.blocks if b["text"]["type"] == "mrkdwn"]
    for said in (message.text, *marked):
        assert not set("<>") & set(re.sub("<@U0(ADA|BEN|CLEO)>", "", said))
    if kind is Said.NOTED:
        assert message.blocks[1]["text"]["text"] == (words or "–")


async def test_a_note_cannot_be_told_twice(invoice: Unpaid) -> None:
    """The form sent twice at once, with a lost answer of Slack's, and again when it is told."""
    view, dan, bot = await open_form(invoice), await invoice.person("U0DAN"), invoice.bot
    invoice.town.fault("*chat.postMessage", "drop_after")
    await asyncio.gather(*(dan.submit(view.id, {"note.text": PAST}) for _ in range(2)))
    await bot.settle()
    number, step = view.private_metadata.split("|")
    presence = Presence("U0DAN", invoice.town.workspace.team_id)
    await bot.house.colleagues.noting.note(presence, number, step, PAST)
    await bot.settle()
    assert len(notes(invoice)) == 1
    assert len(await journal(invoice.town, "note.added")) == 1


@pytest.mark.parametrize(("text", "trouble"), [(" \n\t ", "errors"), ("\u202e\u200b", "errors")])
async def test_a_note_cannot_be_empty(invoice: Unpaid, text: str, trouble: str) -> None:
    """Spaces and what nobody can see are nothing to read."""
    view, dan = await open_form(invoice), await invoice.person("U0DAN")
    assert (await dan.submit(view.id, {"note.text": text})).trouble == trouble
    assert dan.modals()[-1].errors == {"note.text": "Please write something."}
    assert notes(invoice) == []


async def test_a_note_cannot_be_longer_than_the_form_says(invoice: Unpaid) -> None:
    """Slack's own check stops it, and the longest one is told whole."""
    view, dan = await open_form(invoice), await invoice.person("U0DAN")
    with pytest.raises(ValueError, match="too long"):
        await dan.submit(view.id, {"note.text": "x" * (LONGEST_NOTE + 1)})
    await submit(invoice, view, {"note.text": "&" * LONGEST_NOTE})
    (note,) = notes(invoice)
    assert note.blocks[1]["text"]["text"] == "&" * LONGEST_NOTE


async def test_somebody_without_a_role_cannot_add_a_note(invoice: Unpaid) -> None:
    """They can write in the thread themselves, as everybody there; the trail keeps the no."""
    view = await open_form(invoice, "U0BEN")
    assert view.submit is None
    assert "You hold no billing role on Contoso Finance" in text_of(view)
    (entry,) = await journal(invoice.town, "note.refused")
    assert entry["actor"] == "U0BEN"


async def test_somebody_cannot_add_a_note_on_a_check_that_took_too_long(invoice: Unpaid) -> None:
    """A yes of half a minute ago is none."""
    view = await open_form(invoice)
    slow_down(invoice)
    final = await submit(invoice, view, {"note.text": PAST})
    assert "Checking took too long" in text_of(final)
    assert notes(invoice) == []


async def test_a_note_can_be_added_to_what_has_just_been_paid(invoice: Unpaid) -> None:
    """What somebody has written is not lost for that."""
    view = await open_form(invoice)
    invoice.town.tenant.pay(invoice.number)
    await invoice.bot.scan()
    await submit(invoice, view, {"note.text": PAST})
    assert PAST in text_of(notes(invoice)[0])
