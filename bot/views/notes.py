"""The line on a card that tells how its payment stands."""

from bot.domain.card import CardState
from bot.domain.invoice import Invoice, Status
from bot.domain.payment import Cause, Payment, State
from bot.domain.profile import Flag
from bot.domain.ways import Way
from bot.views.blocks import mark
from bot.views.language import Language
from bot.views.words import failure_words, paid_by, quoted, span_words, superseded_words


def payment_note(lang: Language, state: CardState) -> str:
    """The story so far in mrkdwn, or ""."""
    invoice, payment = state.invoice, state.payment
    if invoice.replaced_by:
        return lang("Replaced by invoice {number}.", number=mark(invoice.replaced_by))
    if invoice.status is Status.PAID:
        return _paid(lang, invoice, payment)
    if payment is None or not invoice.is_payable:
        return ""
    if payment.is_in_flight:
        return " ".join([_under_way(lang, payment), *_who_else(lang, payment)])
    return _ended(lang, invoice, payment)


def flag_words(lang: Language, flag: Flag) -> str:
    """What Azure has done to the billing profile."""
    if flag is Flag.WARNED:
        return lang(
            "Azure has warned this billing profile for non-payment; it may disable services next."
        )
    return lang(
        "Azure has disabled this billing profile for non-payment; services may have stopped."
    )


def snooze_note(lang: Language, state: CardState) -> str:
    """Who has put the reminders off, until when and why, or ""."""
    snooze = state.snooze
    if snooze is None or not state.invoice.is_payable:
        return ""
    return lang(
        "Snoozed by {who} until {day}: {reason}",
        who=f"<@{snooze.by}>",
        day=lang.day(snooze.until),
        reason=quoted(snooze.reason),
    )


def assignee_note(lang: Language, state: CardState) -> str:
    """Who looks after the invoice, or ""."""
    if state.assignee is None:
        return ""
    return lang("Assigned to {who}.", who=f"<@{state.assignee.user}>")


def _who_else(lang: Language, payment: Payment) -> list[str]:
    """Who else had a part in a payment under way."""
    found = []
    if payment.approver:
        found.append(lang("Approved by {approver}.", approver=f"<@{payment.approver}>"))
    if payment.earlier_payer:
        found.append(lang("Taken over from {payer}.", payer=f"<@{payment.earlier_payer}>"))
    return found


def _under_way(lang: Language, payment: Payment) -> str:
    """Who, how, since when, and when Azure should show it."""
    values = {
        "payer": f"<@{payment.payer}>",
        "since": lang.moment(payment.since),
        "by": lang.moment(payment.deadline or payment.since),
    }
    if payment.state is State.AWAITING_APPROVAL:
        return lang(
            "{payer} would like to pay since {since}; a second payer must approve by {by}.",
            **values,
        )
    if payment.state is State.WIRE_SENT:
        return lang(
            "{payer} sent the wire on {day}, reference {reference}. Azure should show it by {by}.",
            day=lang.day(payment.wire_date),
            reference=mark(payment.wire_reference) or lang("none"),
            **values,
        )
    if payment.state is State.UNCLEAR:
        return lang(
            ":grey_question: {payer} confirmed on {since}, but it is not clear whether Azure took the "
            "payment. Check the Azure portal before anybody pays.",
            **values,
        )
    if payment.state is State.SUBMITTED and payment.charged:
        return lang(
            "Azure has charged the payment that {payer} confirmed on {since}; the invoice should show "
            "it by {by}.",
            **values,
        )
    if payment.state is State.SUBMITTED:
        return lang(
            "Azure is charging the payment that {payer} confirmed on {since}; it should show it by "
            "{by}.",
            **values,
        )
    if payment.way is Way.WIRE:
        return lang(
            "{payer} is paying since {since}, by wire. Azure should show it by {by}.", **values
        )
    return lang(
        "{payer} is paying since {since}, in the Azure portal. Azure should show it by {by}.",
        **values,
    )


def _ended(lang: Language, invoice: Invoice, payment: Payment) -> str:
    """What became of the last try, where the invoice is still to be paid."""
    values = {"payer": f"<@{payment.payer}>", "since": lang.moment(payment.since)}
    if payment.state is State.FAILED:
        return lang(
            "The payment that {payer} started on {since} failed: {why} It can be paid again.",
            why=failure_words(lang, payment.reason),
            **values,
        )
    if payment.state is State.STALLED:
        return lang(
            ":warning: {payer} confirmed on {since}, but Azure still shows no payment. "
            "Check the portal before paying again.",
            **values,
        )
    if payment.state is State.SUPERSEDED:
        return superseded_words(lang, invoice, payment)
    if payment.state is State.EXPIRED:
        return lang(
            "Nobody approved the payment that {payer} asked for on {since}; it can be asked for again.",
            **values,
        )
    if payment.state is State.CANCELLED:
        return _cancelled(lang, payment)
    return ""


def _cancelled(lang: Language, payment: Payment) -> str:
    """Why a payment was not made after all; "" where its payer has merely withdrawn it."""
    values = {"payer": f"<@{payment.payer}>", "reason": quoted(payment.reason)}
    if payment.cause is Cause.DECLINED:
        approver = f"<@{payment.approver}>"
        return lang(
            "{approver} declined the payment of {payer}: {reason}", approver=approver, **values
        )
    if payment.cause is Cause.GIVEN_BACK:
        return lang("{payer} gave the payment back: {reason} It can be paid again.", **values)
    if payment.cause is Cause.ROLE_LOST:
        return lang("{payer} may not pay this invoice any more; somebody else can.", **values)
    return ""


def _paid(lang: Language, invoice: Invoice, payment: Payment | None) -> str:
    """How it was paid, and who had confirmed it here, if anybody had."""
    made = invoice.payments[-1] if invoice.payments else None
    amount = made.amount if made and made.amount else invoice.total
    if made and made.method and made.date and amount:
        words = lang(
            "Paid {amount} by {method} on {day}",
            amount=lang.money(amount),
            method=paid_by(lang, made.method),
            day=lang.day(made.date.date()),
        )
    elif made and made.method:
        words = lang("Paid by {method}", method=paid_by(lang, made.method))
    else:
        words = lang("Paid")
    if payment is None or payment.state is not State.SETTLED:
        return f"{words}." if made else ""
    return lang(
        "{paid}, {span} after {payer} confirmed.",
        paid=words,
        span=span_words(lang, payment.since, payment.began),
        payer=f"<@{payment.payer}>",
    )
