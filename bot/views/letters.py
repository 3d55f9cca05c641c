"""Direct messages to whoever an invoice is, or was, assigned to, in their language."""

from bot.domain.card import CardState, Message
from bot.domain.policy import Grant, Reason, Refusal
from bot.domain.remark import Remark
from bot.views.blocks import Block, actions, button, context, fields, mark, section
from bot.views.card import invoice_facts, standing
from bot.views.language import Language
from bot.views.words import quoted


class LetterView:
    """Words direct messages.

    Args:
        language: the reader's.
    """

    def __init__(self, language: Language) -> None:
        self._lang = language

    def assigned(
        self, state: CardState, remark: Remark, link: str, right: Grant | Refusal | None
    ) -> Message:
        """For a new assignee; ``right`` is whether they may pay, None where that is not known."""
        lang = self._lang
        words = lang(
            "{who} has assigned invoice {number} to you; it is {standing}.",
            who=f"<@{remark.by}>",
            **self._about(state),
        )
        if remark.words:
            words += " " + quoted(remark.words)
        return self._message(state, words, link, self._right(right))

    def released(self, state: CardState, remark: Remark, link: str) -> Message:
        """For a former assignee."""
        lang, values = self._lang, {"who": f"<@{remark.by}>", "user": f"<@{remark.user}>"}
        number = mark(state.invoice.number)
        if remark.user:
            words = lang(
                "Invoice {number} is no longer assigned to you: {who} has given it to {user}.",
                number=number,
                **values,
            )
        else:
            words = lang(
                "Invoice {number} is no longer assigned to you: {who} has taken it back.",
                number=number,
                **values,
            )
        return Message(words, [section(words), *self._open(link)])

    def reminder(self, state: CardState, link: str) -> Message:
        """For the assignee, beside the reminder in the thread."""
        words = self._lang(
            "Reminder: invoice {number}, assigned to you, is {standing}.", **self._about(state)
        )
        return self._message(state, f":bell: {words}", link, "")

    def _about(self, state: CardState) -> dict[str, str]:
        where = standing(self._lang, state)
        return {"number": mark(state.invoice.number), "standing": mark(where)}

    def _message(self, state: CardState, words: str, link: str, hint: str) -> Message:
        facts = fields(invoice_facts(self._lang, state.invoice))
        due = self._lang("Amount due")
        amount = f"{due}: {self._lang.money(state.invoice.amount_due)}."
        spoken = " ".join(part for part in (words, amount, hint) if part)
        blocks = [section(words), facts, *([context(hint)] if hint else []), *self._open(link)]
        return Message(spoken, blocks)

    def _right(self, right: Grant | Refusal | None) -> str:
        """What being assigned lets them do: nothing that they could not do before."""
        lang = self._lang
        if isinstance(right, Grant):
            return lang("Your billing role lets you pay it: Pay now is on the card.")
        if right is None:
            return lang("Being assigned gives no right to pay: that needs a billing role.")
        if right.reason is Reason.ROLE_TOO_LOW:
            words = lang(
                "Your billing role does not let you pay, and being assigned changes nothing."
            )
        else:
            words = lang("You hold no role that lets you pay, and being assigned gives none.")
        if right.payers:
            names = ", ".join(f"<@{user}>" for user in right.payers)
            words += " " + lang("These people can pay it: {names}.", names=names)
        return words

    def _open(self, link: str) -> list[Block]:
        return actions(button(self._lang("Open the card"), "portal.open", url=link))
