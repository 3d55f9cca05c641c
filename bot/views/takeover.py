"""What people read who take a payment over, or give theirs back."""

from bot.domain.outcome import Denied
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
from bot.views.blocks import Block, fields, mark, section
from bot.views.card import invoice_facts
from bot.views.window import WindowView

TAKE, GIVE_BACK = "takeover.take", "takeover.give_back"
"""Callback ids of the two windows."""


class TakeOverView(WindowView):
    """Words the window behind Take over; what a new payer is to do is said by ``ConfirmView``."""

    @property
    def _title(self) -> str:
        return self._lang("Take over or give back")

    def form(self, found: MayTakeOver | MayGiveBack, private: str) -> Block:
        """The form for the reason; ``private`` comes back with it."""
        lang, payment = self._lang, found.payment
        mine = isinstance(found, MayGiveBack)
        facts = [(lang("Invoice"), mark(payment.invoice)), *invoice_facts(lang, found.invoice)]
        facts += [
            (lang("Is paying"), f"<@{payment.payer}>"),
            (lang("Since"), lang.moment(payment.since)),
        ]
        words = self._if_given_back(payment) if mine else self._if_taken(payment)
        return self._form(
            [fields(facts), section(f":warning: {words}"), self._reason(LONGEST_REASON)],
            callback=GIVE_BACK if mine else TAKE,
            submit=lang("Give back") if mine else lang("Take over"),
            private=private,
        )

    def result(self, result: LookResult | TakeOverResult) -> Block:
        """What came of it, where they are not to fill in a form or to pay now."""
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
            case _:
                raise ValueError("it has a window of its own")

    def _if_taken(self, payment: Payment) -> str:
        lang, values = self._lang, {"payer": f"<@{payment.payer}>"}
        if payment.state is State.UNCLEAR:
            return lang(
                "It is not clear whether Azure took {payer}’s payment. Look in the Azure portal first: "
                "if you take over and pay, and it was taken, the invoice is paid twice.",
                **values,
            )
        if payment.state is State.WIRE_SENT:
            return lang(
                "{payer} says that a wire was sent on {day}. Ask first: if you take over and pay, and "
                "the wire arrives, the invoice is paid twice.",
                day=lang.day(payment.wire_date),
                **values,
            )
        return lang(
            "Ask {payer} first: if you take over and pay, and {payer} has paid already, the invoice is "
            "paid twice. {payer} is told that you take over, and why.",
            **values,
        )

    def _if_given_back(self, payment: Payment) -> str:
        lang = self._lang
        if payment.state is State.UNCLEAR:
            return lang(
                "It is not clear whether Azure took the payment. Give it back only if the Azure portal "
                "shows that nothing was charged: then anybody can pay it again."
            )
        if payment.state is State.WIRE_SENT:
            return lang(
                "You said that a wire was sent on {day}. Give it back only if it was not, or came back: "
                "then anybody can pay the invoice again.",
                day=lang.day(payment.wire_date),
            )
        return lang(
            "Give it back only if you have not paid: then anybody can pay the invoice again."
        )

    def _moved(self, payment: Payment | None) -> str:
        """How a payment stands that is not as they were shown it."""
        lang = self._lang
        if payment is None or not payment.is_in_flight:
            return lang(
                "Nobody is paying this invoice any more; its card shows how it stands, and whether it "
                "can be paid."
            )
        values = {"payer": f"<@{payment.payer}>", "since": lang.moment(payment.since)}
        if payment.state is State.AWAITING_APPROVAL:
            return lang(
                "{payer} waits for approval; it is answered, or withdrawn, in the card's thread.",
                **values,
            )
        if payment.state is State.SUBMITTED:
            return lang("Azure is charging it, so there is nothing to take over.")
        return lang(
            "This has changed since you looked: {payer} is paying since {since}. Nothing was done.",
            **values,
        )
