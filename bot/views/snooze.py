"""What people read who put an invoice's reminders off."""

from datetime import date, timedelta

from bot.domain.card import CardState, Message
from bot.domain.outcome import Denied, NotPayable
from bot.domain.snooze import Flagged, MaySnooze, Snoozed, SnoozeResult, Window, Woken
from bot.domain.takeover import LONGEST_REASON
from bot.views.blocks import Block, fields, mark, section
from bot.views.card import invoice_facts, standing
from bot.views.forms import day_picker, field
from bot.views.notes import flag_words
from bot.views.window import WindowView

CALLBACK = "snooze.until"
DAY = "snooze.day"
"""Action id and block id of the field for the day."""
_USUAL = timedelta(days=7)


class SnoozeView(WindowView):
    """Words the window behind Snooze reminders, and what ending a snooze answers."""

    @property
    def _title(self) -> str:
        return self._lang("Snooze reminders")

    def form(self, found: MaySnooze) -> Block:
        """The form for day and reason."""
        lang, window = self._lang, found.window
        first = min(window.last, window.first + _USUAL - timedelta(days=1))
        words = lang(
            "No reminders of this invoice until that day. It can still be paid. The snooze ends by "
            "itself when the status or the amount changes, a payment fails, or Azure acts on the "
            "billing profile."
        )
        facts = [(lang("Invoice"), mark(found.invoice.number)), *invoice_facts(lang, found.invoice)]
        day = day_picker(DAY, found.now.until if found.now else first)
        return self._form(
            [
                fields(facts),
                section(words),
                field(lang("Until"), day, block=DAY, hint=self._days(window)),
                self._reason(LONGEST_REASON),
            ],
            callback=CALLBACK,
            submit=lang("Snooze"),
            private=found.invoice.number,
        )

    def faults(self, window: Window, day: date | None, reason: str) -> dict[str, str]:
        """What is wrong with what was filled in, by block id; nothing where all is well."""
        found = {} if reason else self.reason_missing()
        if day is None or not window.holds(day):
            found[DAY] = self._days(window)
        return found

    def result(self, result: SnoozeResult) -> Block:
        """What came of it, where there is no form to fill in."""
        if isinstance(result, Denied):
            return self._denied(result)
        return self._plain(self._words(result))

    def told(self, result: SnoozeResult) -> Message:
        """What came of ending a snooze, for who has asked for that."""
        if isinstance(result, Denied):
            blocks = self._denied(result)["blocks"]
            return Message(str(blocks[0]["text"]["text"]), blocks)
        words = self._words(result)
        return Message(words, [section(words)])

    def _words(self, result: SnoozeResult) -> str:
        lang = self._lang
        match result:
            case Snoozed(snooze=snooze):
                return ":zzz: " + lang(
                    "Snoozed until {day}; the card says so.", day=lang.day(snooze.until)
                )
            case Woken():
                return ":bell: " + lang("Reminders are on.")
            case Flagged(flag=flag):
                return ":no_entry: " + lang(
                    "{what} Nobody may silence that: reminders cannot be snoozed.",
                    what=flag_words(lang, flag),
                )
            case NotPayable(invoice=invoice):
                where = standing(lang, CardState(invoice, None, date.min))  # no matter which day
                return ":information_source: " + lang(
                    "There is nothing to remind of: invoice {number} is {standing}.",
                    number=mark(invoice.number),
                    standing=mark(where),
                )
        raise ValueError("it has a window of its own")

    def _days(self, window: Window) -> str:
        lang = self._lang
        return lang(
            "From {first} to {last}.", first=lang.day(window.first), last=lang.day(window.last)
        )
