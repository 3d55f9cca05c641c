"""What people read who answer a request for approval."""

from bot.domain.approval import (
    AnswerResult,
    Approved,
    Declined,
    MayAnswer,
    NotYours,
    Over,
    OwnRequest,
    PayerLost,
    WithdrawResult,
)
from bot.domain.card import Message
from bot.domain.outcome import Denied
from bot.domain.payment import Cause, Payment, State
from bot.domain.takeover import LONGEST_REASON
from bot.domain.ways import Way
from bot.views.blocks import Block, context, fields, mark, section
from bot.views.card import invoice_facts
from bot.views.offer_words import role_held
from bot.views.window import WindowView

APPROVE, DECLINE = "approval.approve", "approval.decline"
"""Callback ids of the two windows."""


class ApprovalView(WindowView):
    """Words the windows behind Approve and Decline, and what Withdraw answers."""

    @property
    def _title(self) -> str:
        return self._lang("Approve a payment")

    def approving(self, result: AnswerResult) -> Block:
        """Before approving: what would be approved, or why not."""
        if not isinstance(result, MayAnswer):
            return self.result(result)
        lang = self._lang
        follows = (
            lang("Once you approve, the bot has Azure charge it at once.")
            if result.payment.way is Way.API
            else lang("Approving charges nothing: {payer} then pays.", payer=_payer(result.payment))
        )
        return self._form(
            [*self._facts(result), context(follows)],
            callback=APPROVE,
            submit=lang("Approve"),
            private=_private(result.payment),
        )

    def declining(self, result: AnswerResult) -> Block:
        """Before declining: the form for the reason, or why not."""
        if not isinstance(result, MayAnswer):
            return self.result(result)
        return self._form(
            [*self._facts(result), self._reason(LONGEST_REASON)],
            callback=DECLINE,
            submit=self._lang("Decline"),
            private=_private(result.payment),
        )

    def result(self, result: AnswerResult) -> Block:
        """What came of it."""
        if isinstance(result, Denied):
            return self._denied(result)
        return self._plain(self._words(result))

    def told(self, result: WithdrawResult) -> Message:
        """What came of withdrawing, for who has pressed it."""
        words = self._words(result)
        return Message(words, [section(words)])

    def _facts(self, asked: MayAnswer) -> list[Block]:
        lang, payment, invoice = self._lang, asked.payment, asked.invoice
        facts = [(lang("Invoice"), mark(invoice.number)), *invoice_facts(lang, invoice)]
        facts.append((lang("Asked for by"), _payer(payment)))
        facts.append((lang("Asked for on"), lang.moment(payment.since)))
        return [fields(facts), section(role_held(lang, asked.grant, invoice))]

    def _words(self, result: AnswerResult | WithdrawResult) -> str:
        lang = self._lang
        match result:
            case Approved(payment=payment):
                return ":white_check_mark: " + lang(
                    "You have approved. {payer} is told in the card's thread.",
                    payer=_payer(payment),
                )
            case Declined(payment=payment):
                return ":no_entry_sign: " + (
                    lang("You have withdrawn the payment. Pay now is back on the card.")
                    if payment.cause is Cause.WITHDRAWN
                    else lang(
                        "You have declined. {payer} is told in the card's thread.",
                        payer=_payer(payment),
                    )
                )
            case OwnRequest():
                return ":no_entry: " + lang(
                    "You have asked for this yourself, perhaps from another Slack account; somebody "
                    "else has to answer. You can withdraw it."
                )
            case NotYours(payment=payment):
                return ":no_entry: " + lang(
                    "Only {payer}, who has asked for it, can withdraw this.", payer=_payer(payment)
                )
            case PayerLost(payment=payment):
                return ":no_entry: " + lang(
                    "{payer} may not pay this invoice any more, so the request is void.",
                    payer=_payer(payment),
                )
            case Over(payment=payment, asked=asked):
                return ":information_source: " + self._over(payment, asked)
        raise ValueError("it has no words of its own")

    def _over(self, payment: Payment | None, asked: str) -> str:
        """What has become of a request that is answered no more."""
        lang = self._lang
        if payment is None or payment.id != asked:
            return lang("This request is over; the invoice's card tells how it stands.")
        values = {"payer": _payer(payment), "approver": f"<@{payment.approver}>"}
        if payment.state is State.CANCELLED and payment.cause is Cause.DECLINED:
            return lang("{approver} has declined it already.", **values)
        if payment.state is State.CANCELLED and payment.cause is Cause.WITHDRAWN:
            return lang("{payer} has withdrawn it already.", **values)
        if payment.state is State.EXPIRED:
            return lang("Nobody has answered within 24 hours, so this request has expired.")
        if payment.state is State.SUPERSEDED:
            return lang(
                "The invoice has changed since {payer} asked, so this request is void. The card shows "
                "it as it is now.",
                **values,
            )
        if payment.approver:
            return lang("{approver} has approved it already.", **values)
        return lang("This request is over; the invoice's card tells how it stands.")


def _payer(payment: Payment) -> str:
    return f"<@{payment.payer}>"


def _private(payment: Payment) -> str:
    return f"{payment.invoice}|{payment.id}"
