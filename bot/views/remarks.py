"""What people have said of an invoice, told in the thread of its card."""

from bot.domain.card import Message
from bot.domain.remark import LONGEST_NOTE, Remark, Said
from bot.views.blocks import Block, clip, mark, plain, section
from bot.views.card import EVENT_TYPE
from bot.views.language import Language
from bot.views.words import quoted


class RemarkView:
    """Words remarks in the channel's language.

    Args:
        language: the channel's.
    """

    def __init__(self, language: Language) -> None:
        self._lang = language

    def __call__(self, remark: Remark) -> Message:
        """The message for the card's thread; nothing in people's own words pings or links."""
        identity = {"alert_id": f"remark:{remark.step}", "invoice": remark.invoice}
        metadata = {"event_type": EVENT_TYPE, "event_payload": identity}
        if remark.kind is Said.NOTED:
            return self._note(remark, metadata)
        words = self._words(remark)
        return Message(words, [section(f":bust_in_silhouette: {words}")], metadata)

    def _note(self, remark: Remark, metadata: Block) -> Message:
        # A plain_text object is shown as it is written, line breaks included.
        who, text = f"<@{remark.by}>", clip(remark.words, LONGEST_NOTE)
        literal = {"type": "section", "text": plain(text)}
        heading = section(":memo: " + self._lang("{who} noted:", who=who))
        spoken = self._lang("{who} noted: {text}", who=who, text=mark(text, LONGEST_NOTE))
        return Message(spoken, [heading, literal], metadata)

    def _words(self, remark: Remark) -> str:
        lang = self._lang
        values = {"who": f"<@{remark.by}>", "user": f"<@{remark.user}>"}
        values |= {"former": f"<@{remark.former}>"}
        if remark.kind is Said.UNASSIGNED and remark.by == remark.former:
            words = lang("{who} looks after this invoice no longer; nobody has it now.", **values)
        elif remark.kind is Said.UNASSIGNED:
            words = lang("{who} has taken this invoice from {former}; nobody has it now.", **values)
        elif remark.by == remark.user:
            words = lang("{who} looks after this invoice now.", **values)
        else:
            words = lang("{who} has assigned this invoice to {user}.", **values)
        parts = [words]
        if remark.kind is Said.ASSIGNED and remark.former:
            parts.append(lang("It was assigned to {former} before.", **values))
        if remark.words:
            parts.append(quoted(remark.words))
        return " ".join(parts)
