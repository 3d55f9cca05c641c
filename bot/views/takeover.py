"""What people read who take a payment over, or give theirs back."""

import secrets

from bot.domain.outcome import Denied, HandedOff
from bot.domain.payment import Payment, State
from bot.domain.takeover import (
    LONGEST_REASON,
    GivenBack,
    LookResult,
    MayGiveBack,
    MayTakeOver,
    Moved,
    NeedsAnother,
    Second,
    TakeOverResult,
)
from bot.domain.ways import Way
from bot.views.blocks import Block, context, fields, mark, section
from bot.views.card import invoice_facts
from bot.views.window import WindowView

TAKE, GIVE_BACK = "takeover.take", "takeover.give_back"
"""Callback ids of the two windows."""


class TakeOverView(WindowView):
    """Words the window behind Take over; what a new payer is to do is said by ``ConfirmView``."""

    @property
    def _title(self) -> str:
        return self._lang("Take over a payment")

    def form(self, found: LookResult) -> Block:
        """The form for the reason, or why not."""
        match found:
            case MayTakeOver(payment=payment):
                return self._asking(found, self._warnings(payment), TAKE, self._lang("Take over"))
            case MayGiveBack(payment=payment):
                words = [self._give_back(payment)]
                return self._asking(found, words, GIVE_BACK, self._lang("Give back"))
        return self.result(found)

    def result(self, result: LookResult | TakeOverResult) -> Block:
        """What came of it, unless they are to pay now."""
        lang = self._lang
        match result:
            case Denied():
                return self._denied(result)
            case GivenBack():
                words = lang("You have given it back: Pay now is on the card again.")
                return self._plain(f":leftwards_arrow_with_hook: {words}")
            case NeedsAnother(why=Second.WAS_APPROVER):
                words = lang(
                    "You have approved this payment, and its amount needs two people: somebody else "
                    "has to take it over."
                )
                return self._plain(f":no_entry: {words}")
            case NeedsAnother(why=Second.UNAPPROVED):
                words = lang(
                    "This amount needs the approval of a second payer, and nobody is known to have "
                    "given it. Whoever is paying can give it back; Pay now then asks for approval."
                )
                return self._plain(f":no_entry: {words}")
            case Moved(payment=payment):
                return self._plain(f":information_source: {self._moved(payment)}")
        raise ValueError("it has no words of its own")

    def _asking(
        self, found: MayTakeOver | MayGiveBack, words: list[str], callback: str, submit: str
    ) -> Block:
        lang, payment = self._lang, found.payment
        facts = [(lang("Invoice"), mark(payment.invoice)), *invoice_facts(lang, found.invoice)]
        facts.append((lang("Paying"), f"<@{payment.payer}>"))
        facts.append((lang("Since"), lang.moment(payment.since)))
        # The step's id is made with the form, so that the form sent twice is one step.
        private = f"{payment.invoice}|{payment.operation}|{secrets.token_urlsafe(18)}"
        return self._form(
            [fields(facts), *map(section, words), self._reason(LONGEST_REASON)],
            callback=callback,
            submit=submit,
            private=private,
        ) | ({} if callback == TAKE else {})

    def _warnings(self, payment: Payment) -> list[str]:
        lang, payer = self._lang, f"<@{payment.payer}>"
        return []
