"""What people read where the bot itself has Azure charge an invoice (``PAYMENT_MODE=api``, preview)."""

from bot.domain.invoice import Invoice
from bot.domain.outcome import Asked, Offered
from bot.domain.payment import Payment, State
from bot.domain.paynow import (
    NOT_ALLOWED,
    NOT_KEPT,
    NOT_OFFERED,
    NOT_SENT,
    NOT_TOLD,
    SENT_BEFORE,
    TOO_LATE,
    Choices,
)
from bot.views.blocks import Block, context, mark, section
from bot.views.forms import field, one_of
from bot.views.language import Language
from bot.views.offer_words import method_words
from bot.views.words import failure_words

METHOD = "pay.method"
"""The action id of the field in which the method to be charged is chosen."""


def choice_blocks(lang: Language, offered: Offered, choices: Choices) -> list[Block]:
    """The field to choose the method in, and what cannot be chosen."""
    options = [(method_words(lang, m), str(at)) for at, m in enumerate(choices.offered)]
    title = lang("Payment method to charge")
    element = one_of(METHOD, options, placeholder=lang("Choose one"))
    # Each offer has a field of its own: Slack would keep what was chosen among other methods.
    blocks = [field(title, element, block=f"method:{offered.offer.token[:16]}")]
    if choices.barred:
        lines = "\n".join(
            f"• {mark(method_words(lang, method))}: {reason_words(lang, reason)}"
            for method, reason in choices.barred[:10]
        )
        barred = lang("Not to be charged by the bot:")
        blocks.append(context(f"{barred}\n{lines}"))
    return blocks


def what_follows(lang: Language, offered: Offered) -> list[Block]:
    """What confirming does, where the bot pays."""
    amount = lang.money(offered.invoice.amount_due)
    preview = lang(
        ":test_tube: Preview: the bot pays through an interface that Azure has not released yet."
    )
    if offered.needs_approval:
        charge = lang(
            "Confirming charges nothing yet: it asks a second payer for approval, in the thread of "
            "the invoice's card. Once approved, Azure charges {amount} to the method you chose.",
            amount=amount,
        )
    else:
        charge = lang(
            "*Confirming charges {amount} to the method you choose*, once and at once.",
            amount=amount,
        )
    return [section(charge), context(preview)]


def not_by_the_bot(lang: Language, choices: Choices) -> str:
    """Why the payer is led to the portal although the bot could pay."""
    return lang(
        ":test_tube: The bot cannot have this invoice charged itself (preview): {why}",
        why=reason_words(lang, choices.reason),
    )


def reason_words(lang: Language, reason: str) -> str:
    """Why something cannot be charged, for Azure's code or the bot's own word; others as they are."""
    known = {
        "Other": lang("Azure gives no reason."),
        "NotEligible": lang("Azure does not take it for this invoice."),
        "PayNowLimitExceeded": lang("the amount is above what Azure lets be charged this way."),
        "InsufficientPermissions": lang(
            "the bot holds no paying role in Azure; its operator can give it one."
        ),
        "DuplicatePayment": lang(
            "Azure knows of a payment of this invoice already. Look in the portal before you pay."
        ),
        "InvoiceNotFound": lang("Azure does not find the invoice under this billing profile."),
        "InvalidAmount": lang("Azure does not take this amount."),
        "InvalidAccount": lang("Azure does not allow it for this billing account."),
        NOT_OFFERED: lang("Azure does not offer this to your company (yet)."),
        NOT_ALLOWED: lang(
            "Azure does not let the bot pay; its operator can give it a paying role."
        ),
        NOT_TOLD: lang("Azure did not say in time whether it may."),
        SENT_BEFORE: lang(
            "it has asked Azure to charge this invoice before, and what came of that is not certain. "
            "Look in the portal before you pay."
        ),
        NOT_KEPT: lang("the bot's memory cannot promise to keep that it asked."),
        TOO_LATE: lang("the bot was held up for too long."),
        NOT_SENT: lang("Azure could not be reached."),
    }
    other = lang("Azure says {reason}.", reason=mark(reason, 60)) if reason else known["Other"]
    return known.get(reason, other)


def came_back(lang: Language, payment: Payment) -> str:
    """Why a payment that was confirmed for the bot to make goes to the portal instead."""
    return lang(
        "Azure has charged nothing: {why} The invoice is still reserved for you, so please pay it "
        "in the Azure portal.",
        why=reason_words(lang, payment.reason),
    )


def asked_words(lang: Language, asked: Asked) -> str:
    """What came of asking Azure, for the payer; nothing for a hand-off to the portal."""
    payment, invoice = asked.payment, asked.invoice
    amount = lang.money(payment.amount)
    if payment.state is State.SUBMITTED and payment.charged:
        return lang(
            ":white_check_mark: Azure has charged {amount}. The card closes once the invoice shows it.",
            amount=amount,
        )
    if payment.state is State.SUBMITTED:
        return lang(
            ":outbox_tray: Azure is charging {amount}. The invoice's card will say what came of it; "
            "you need not do anything.",
            amount=amount,
        )
    if payment.state is State.UNCLEAR:
        return _unclear(lang, invoice, amount)
    if payment.state is State.FAILED:
        return lang(
            ":x: The payment failed: {why} Nothing was charged, and it can be paid again.",
            why=failure_words(lang, payment.reason),
        )
    return lang("The invoice's card tells how the payment stands.")


def _unclear(lang: Language, invoice: Invoice, amount: str) -> str:
    return lang(
        ":grey_question: *It is not clear whether Azure took the payment of {amount}.* The bot will "
        "not try again. Please look in the Azure portal whether invoice {number} was paid, before "
        "you or anybody pays. The card will say so once Azure shows it as paid.",
        amount=amount,
        number=mark(invoice.number),
    )


def asked_blocks(lang: Language, asked: Asked, portal: list[Block]) -> list[Block]:
    """The blocks for what came of asking Azure; ``portal`` is the button that leads there."""
    look = portal if asked.payment.state is State.UNCLEAR else []
    return [section(asked_words(lang, asked)), *look]
