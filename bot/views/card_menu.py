"""What a card's menu offers besides its buttons: five things at most, as Slack allows."""

from bot.domain.card import CardState
from bot.domain.payment import Payment, State
from bot.domain.ways import Way
from bot.views.language import Language


def card_menu(lang: Language, state: CardState, flying: Payment | None) -> list[tuple[str, str]]:
    """(text, value) of each; ``flying`` is the payment in flight. Who may is asked afterwards."""
    number = state.invoice.number
    found = [(lang("Refresh"), f"refresh:{number}"), (lang("Send me the PDF"), f"pdf:{number}")]
    if flying and flying.state is State.WIRE_SENT:
        found.append((lang("Correct the wire"), f"wire:{number}"))
    elif flying and flying.state is State.HANDED_OFF and flying.way is not Way.WIRE:
        found.append((lang("I sent a wire instead"), f"wire:{number}"))
    if not flying:  # else somebody looks after it: whoever is paying
        found.append((lang("Assign…"), f"assign:{number}"))
    found.append((lang("Add a note…"), f"note:{number}"))
    if state.snooze:
        found.append((lang("End snooze"), f"wake:{number}"))
    elif not state.flag:
        found.append((lang("Snooze reminders…"), f"snooze:{number}"))
    return found
