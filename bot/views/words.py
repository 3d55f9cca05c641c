"""Words that cards and their threads share."""

from datetime import datetime

from bot.domain.invoice import Invoice
from bot.domain.payment import Payment
from bot.views.blocks import mark
from bot.views.language import Language

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


def failure_words(lang: Language, reason: str) -> str:
    """Why a payment failed, for Azure's word; one it has never used is said as it is."""
    known = {
        "cardexpired": lang("the card has expired."),
        "bankdeclined": lang("the bank declined it."),
        "incorrectcarddetails": lang("the card details are wrong."),
    }
    other = lang("Azure gives no reason.")
    if reason.lower() in ("", "other"):
        return other
    return known.get(reason.lower()) or lang("Azure says {reason}.", reason=mark(reason, 60))


def paid_by(lang: Language, method: str) -> str:
    """What was paid with, for Azure's word, safe as mrkdwn; one it has never used is said as it is."""
    known = {
        "visa": "Visa",
        "mc": "Mastercard",
        "amex": "Amex",
        "jcb": "JCB",
        "check": lang("check or wire transfer"),
        "checkwire": lang("check or wire transfer"),
        "creditcard": lang("credit card"),
        "credits": lang("credit"),
        "directdebit": lang("direct debit"),
    }
    return known.get(method.lower()) or mark(method)


def superseded_words(lang: Language, invoice: Invoice, payment: Payment) -> str:
    """Why a payment that was under way is no longer the one to be made."""
    payer = f"<@{payment.payer}>"
    if payment.reason == "partly paid":
        return lang(
            "A part has been paid since {payer} confirmed {old}; {new} is still due.",
            payer=payer,
            old=lang.money(payment.amount),
            new=lang.money(invoice.amount_due),
        )
    if payment.reason == "amount changed":
        return lang(
            "The amount due has changed from {old}, which {payer} confirmed, to {new}. Check what "
            "was paid before anybody pays again.",
            payer=payer,
            old=lang.money(payment.amount),
            new=lang.money(invoice.amount_due),
        )
    if payment.reason == "replaced":
        return lang(
            "Invoice {number} has taken its place, so the payment of {payer} is void here.",
            number=mark(invoice.replaced_by),
            payer=payer,
        )
    return lang(
        "The invoice is not to be paid any more, so the payment of {payer} is void.", payer=payer
    )


def quoted(words: str) -> str:
    """A person's own words, safe as mrkdwn."""
    return f"“{mark(words, 300)}”"


def span_words(lang: Language, start: datetime, end: datetime) -> str:
    """How long it took, in its two largest units: ``3 h 10 min``, ``2 d 4 h``, ``less than a minute``."""
    seconds = max(0, int((end - start).total_seconds()))
    days, hours, minutes = seconds // _DAY, seconds % _DAY // _HOUR, seconds % _HOUR // _MINUTE
    if days:
        return lang("{days} d {hours} h", days=days, hours=hours)
    if hours:
        return lang("{hours} h {minutes} min", hours=hours, minutes=minutes)
    return lang("{minutes} min", minutes=minutes) if minutes else lang("less than a minute")
