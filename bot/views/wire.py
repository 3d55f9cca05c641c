"""What people read of wires: the form in which one is told, and what comes of it."""

from collections.abc import Callable
from datetime import date, timedelta

from bot.domain.card import Message
from bot.domain.payment import Payment, State
from bot.domain.wire import LONGEST_REFERENCE, OLDEST, Fault
from bot.views.blocks import Block, actions, button, mark, modal, section
from bot.views.forms import day_picker, field, text_line
from bot.views.language import Language

CALLBACK = "wire.sent"
DAY, REFERENCE = "wire.day", "wire.reference"
"""Action ids of the fields; their blocks have the same ids."""


class WireView:
    """Words the form and what comes of it.

    Args:
        language: the reader's.
        today: tells the day a wire can have been sent at the latest.
    """

    def __init__(self, language: Language, today: Callable[[], date]) -> None:
        self._lang, self.today = language, today

    def form(self, payment: Payment, private: str) -> Block:
        """The form, filled in with what was told before; ``private`` comes back with it."""
        lang = self._lang
        words = lang(
            "Invoice {number}, {amount}. The card will say that the wire is on its way, and nobody "
            "else is asked to pay meanwhile.",
            number=mark(payment.invoice),
            amount=lang.money(payment.amount),
        )
        day = day_picker(DAY, payment.wire_date or self.today())
        text = text_line(REFERENCE, initial=payment.wire_reference, most=LONGEST_REFERENCE)
        hint = lang(
            "As your bank shows it; it helps to find the money. Everybody here can read it."
        )
        correcting = payment.state is State.WIRE_SENT
        return modal(
            lang("Correct the wire") if correcting else lang("I sent the wire"),
            [
                section(words),
                field(lang("Sent on"), day, block=DAY),
                field(lang("Reference"), text, block=REFERENCE, hint=hint, optional=True),
            ],
            callback=CALLBACK,
            submit=lang("Save"),
            close=lang("Cancel"),
            private=private,
        )

    def faults(self, faults: dict[str, Fault]) -> dict[str, str]:
        """What is wrong with ``day`` and ``reference``, in words, by the field's block id."""
        lang, today = self._lang, self.today()
        words = {
            Fault.MISSING: lang("Please choose a day."),
            Fault.FUTURE: lang("This day has not come yet; today is {day}.", day=lang.day(today)),
            Fault.TOO_OLD: lang(
                "A wire sent before {day} should have arrived long ago; ask your bank about it.",
                day=lang.day(today - timedelta(days=OLDEST)),
            ),
            Fault.TOO_LONG: lang("At most {n} characters, please.", n=LONGEST_REFERENCE),
        }
        return {f"wire.{what}": words[fault] for what, fault in faults.items()}

    def saving(self) -> Block:
        """While what was told is being checked and kept."""
        words = self._lang("Checking your access and the invoice with Azure …")
        return self._plain(f":hourglass_flowing_sand: {words}")

    def noted(self, payment: Payment) -> Block:
        """It was kept."""
        return self._modal(wire_blocks(self._lang, payment))

    def not_yours(self) -> Block:
        """The payment is not, or no longer, this person's to tell of a wire."""
        return self._plain(self._not_yours())

    def not_yours_message(self) -> Message:
        """The same in a message that one person sees."""
        return Message(self._not_yours(), [section(self._not_yours())])

    def _not_yours(self) -> str:
        return ":no_entry: " + self._lang(
            "Only whoever is paying the invoice can say that the wire was sent, and only until it is "
            "over. The invoice's card tells how the payment stands."
        )

    def _plain(self, words: str) -> Block:
        return self._modal([section(words)])

    def _modal(self, blocks: list[Block]) -> Block:
        lang = self._lang
        return modal(lang("Wire transfer"), blocks, callback="pay.info", close=lang("Close"))


def wire_blocks(lang: Language, payment: Payment) -> list[Block]:
    """What was told of a wire, for the one who told it."""
    words = lang(
        "You sent the wire on {day}, reference {reference}. Azure should show it by {by}; until then "
        "nobody else can start paying.",
        day=lang.day(payment.wire_date),
        reference=mark(payment.wire_reference) or lang("none"),
        by=lang.moment(payment.deadline or payment.began),
    )
    correct = button(lang("Correct the wire"), "wire.open", value=payment.invoice)
    return [section(f":bank: {words}"), *actions(correct)]
