"""What people read who add a note to a card's thread."""

from bot.domain.outcome import Denied
from bot.domain.remark import LONGEST_NOTE, MayNote, Noted, NoteResult
from bot.views.blocks import Block, fields, mark
from bot.views.card import invoice_facts
from bot.views.forms import field, text_area
from bot.views.window import WindowView

CALLBACK = "note.add"
NOTE = "note.text"
"""Action id and block id of the field for the note."""


class NoteView(WindowView):
    """Words the window behind Add a note."""

    @property
    def _title(self) -> str:
        return self._lang("Add a note")

    def form(self, found: MayNote, private: str) -> Block:
        """The form; ``private`` comes back with it."""
        lang = self._lang
        facts = [(lang("Invoice"), mark(found.invoice.number)), *invoice_facts(lang, found.invoice)]
        hint = lang(
            "It is posted in the card's thread, where everybody in the channel can read it."
        )
        area = text_area(NOTE, most=LONGEST_NOTE)
        return self._form(
            [fields(facts), field(lang("Note"), area, block=NOTE, hint=hint)],
            callback=CALLBACK,
            submit=lang("Post"),
            private=private,
        )

    def faults(self, words: str) -> dict[str, str]:
        """What is wrong with the cleaned text, by block id; nothing where all is well."""
        return {} if words else {NOTE: self._lang("Please write something.")}

    def result(self, result: NoteResult) -> Block:
        """What came of it, where there is no form to fill in."""
        match result:
            case Denied():
                return self._denied(result)
            case Noted():
                words = self._lang("Your note is in the card's thread.")
                return self._plain(f":memo: {words}")
        raise ValueError("it has a window of its own")
