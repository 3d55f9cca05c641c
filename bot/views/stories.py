"""The steps of a payment, told in the thread of its invoice's card."""

from bot.domain.card import CardState, Message
from bot.domain.payment import Cause, Payment, State
from bot.domain.ways import Way
from bot.views.blocks import Block, actions, button, mark, section
from bot.views.card import EVENT_TYPE, portal_link
from bot.views.language import Language
from bot.views.paynow import reason_words
from bot.views.words import failure_words, paid_by, quoted, span_words, superseded_words

_ICONS = {
    State.AWAITING_APPROVAL: ":busts_in_silhouette:",
    State.HANDED_OFF: ":handshake:",
    State.SUBMITTED: ":outbox_tray:",
    State.UNCLEAR: ":grey_question:",
    State.WIRE_SENT: ":bank:",
    State.SETTLED: ":white_check_mark:",
    State.FAILED: ":x:",
    State.STALLED: ":warning:",
    State.SUPERSEDED: ":arrows_counterclockwise:",
    State.CANCELLED: ":no_entry_sign:",
    State.EXPIRED: ":hourglass:",
}


class StoryView:
    """Words stories in the channel's language.

    Args:
        language: the channel's.
        portal: link template, see ``bot.views.card``.
    """

    def __init__(self, language: Language, portal: str) -> None:
        self._lang, self._portal = language, portal

    def __call__(self, state: CardState, told: Payment) -> Message:
        """The message for a payment as it stood, in the light of how it stands now."""
        words = self._words(state, told)
        blocks = [section(f"{_ICONS[told.state]} {words}"), *self._buttons(state, told)]
        identity = {"alert_id": f"story:{told.operation}", "invoice": told.invoice}
        return Message(words, blocks, {"event_type": EVENT_TYPE, "event_payload": identity})

    def _words(self, state: CardState, told: Payment) -> str:
        if told.state is State.SETTLED:
            return self._settled(state, told)
        if told.state is State.SUPERSEDED:
            return superseded_words(self._lang, state.invoice, told)
        by_state = {
            State.AWAITING_APPROVAL: self._request,
            State.HANDED_OFF: self._handed_off,
            State.SUBMITTED: self._submitted,
            State.UNCLEAR: self._unclear,
            State.WIRE_SENT: self._wire_sent,
            State.FAILED: self._failed,
            State.STALLED: self._stalled,
            State.CANCELLED: self._cancelled,
            State.EXPIRED: self._expired,
        }
        return by_state[told.state](told)

    def _buttons(self, state: CardState, told: Payment) -> list[Block]:
        lang, now = self._lang, state.payment
        if told.state is State.HANDED_OFF and _same(now, told):
            url = portal_link(self._portal, state.invoice)
            portal = button(lang("Open the Azure portal"), "portal.open", url=url)
            return actions(*self._wire_buttons(told), portal)
        if told.state is not State.AWAITING_APPROVAL or told.operation != told.id:
            return []
        if now is None or now.id != told.id or now.state is not State.AWAITING_APPROVAL:
            return []
        value = f"{told.invoice}|{told.id}"
        return actions(
            button(lang("Approve"), "approval.approve", value=value, style="primary"),
            button(lang("Decline"), "approval.decline", value=value, style="danger"),
            button(lang("Withdraw"), "approval.withdraw", value=value),
        )

    def _wire_buttons(self, told: Payment) -> list[Block]:
        if told.way is not Way.WIRE:
            return []
        lang, number = self._lang, told.invoice
        return [
            button(lang("Send me the PDF"), "invoice.pdf", value=number),
            button(lang("I sent the wire"), "wire.open", value=number, style="primary"),
        ]

    def _request(self, told: Payment) -> str:
        values = {
            "payer": f"<@{told.payer}>",
            "amount": self._lang.money(told.amount),
            "number": mark(told.invoice),
        }
        if told.reminded:
            return self._lang(
                "Still waiting: {payer} would like to pay {amount} for invoice {number}. A second "
                "payer can approve above in this thread.",
                **values,
            )
        return self._lang(
            "{payer} would like to pay {amount} for invoice {number}. This needs the approval of a "
            "second payer within 24 hours.",
            **values,
        )

    def _handed_off(self, told: Payment) -> str:
        if told.earlier_payer:
            return self._lang(
                "{payer} has taken over from {earlier}: {reason} "
                "{earlier}, please do not pay this invoice any more.",
                payer=f"<@{told.payer}>",
                earlier=f"<@{told.earlier_payer}>",
                reason=quoted(told.reason),
            )
        values = {
            "approver": f"<@{told.approver}>",
            "payer": f"<@{told.payer}>",
            "amount": self._lang.money(told.amount),
        }
        if told.came_back:
            words = self._lang(
                "Azure has charged nothing: {why} {payer}, please pay {amount} in the Azure portal.",
                why=reason_words(self._lang, told.reason),
                **values,
            )
            approved = self._lang("{approver} has approved.", **values)
            return f"{approved} {words}" if told.approver else words
        return self._lang("{approver} has approved. {payer}, please pay {amount} now.", **values)

    def _submitted(self, told: Payment) -> str:
        if told.approver:
            return self._lang(
                "{approver} has approved. The payment of {amount} that {payer} confirmed was given to "
                "Azure.",
                approver=f"<@{told.approver}>",
                amount=self._lang.money(told.amount),
                payer=f"<@{told.payer}>",
            )
        return self._lang(
            "The payment of {amount} that {payer} confirmed was given to Azure.",
            amount=self._lang.money(told.amount),
            payer=f"<@{told.payer}>",
        )

    def _unclear(self, told: Payment) -> str:
        return self._lang(
            "{payer}, it is not clear whether Azure took the payment of {amount}: no clear answer "
            "came. The bot will not try again. Please look in the Azure portal before anybody pays.",
            payer=f"<@{told.payer}>",
            amount=self._lang.money(told.amount),
        )

    def _wire_sent(self, told: Payment) -> str:
        return self._lang(
            "{payer} sent the wire on {day}, reference {reference}. Azure should show it by {by}.",
            payer=f"<@{told.payer}>",
            day=self._lang.day(told.wire_date),
            reference=mark(told.wire_reference) or self._lang("none"),
            by=self._lang.moment(told.deadline or told.began),
        )

    def _settled(self, state: CardState, told: Payment) -> str:
        made = state.invoice.payments[-1] if state.invoice.payments else None
        paid = self._lang.money(told.amount)
        words = (
            self._lang(
                "{amount} paid by {method}", amount=paid, method=paid_by(self._lang, made.method)
            )
            if made and made.method
            else self._lang("{amount} paid", amount=paid)
        )
        return self._lang(
            "{paid}, {span} after {payer} confirmed.",
            paid=words,
            span=span_words(self._lang, told.since, told.began),
            payer=f"<@{told.payer}>",
        )

    def _failed(self, told: Payment) -> str:
        return self._lang(
            "The payment that {payer} started failed: {why} It can be paid again.",
            payer=f"<@{told.payer}>",
            why=failure_words(self._lang, told.reason),
        )

    def _stalled(self, told: Payment) -> str:
        return self._lang(
            "{payer} confirmed on {since}, but Azure still shows no payment. Check the portal before "
            "anybody pays again.",
            payer=f"<@{told.payer}>",
            since=self._lang.moment(told.since),
        )

    def _cancelled(self, told: Payment) -> str:
        lang, values = self._lang, {"payer": f"<@{told.payer}>", "reason": quoted(told.reason)}
        if told.cause is Cause.DECLINED:
            approver = f"<@{told.approver}>"
            return lang(
                "{approver} has declined the payment of {payer}: {reason}",
                approver=approver,
                **values,
            )
        if told.cause is Cause.GIVEN_BACK:
            return lang(
                "{payer} has given the payment back: {reason} It can be paid again.", **values
            )
        if told.cause is Cause.ROLE_LOST:
            return lang(
                "{payer} may not pay this invoice any more, so the approval asked for is void. "
                "Somebody else can pay it.",
                **values,
            )
        return lang("{payer} has withdrawn the payment.", **values)

    def _expired(self, told: Payment) -> str:
        return self._lang(
            "Nobody approved the payment of {payer} within 24 hours, so it was not started.",
            payer=f"<@{told.payer}>",
        )


def _same(now: Payment | None, told: Payment) -> bool:
    return now is not None and now.operation == told.operation
