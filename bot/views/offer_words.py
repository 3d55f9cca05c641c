"""What an offer shows: the role held, the payment methods, what has changed since."""

from datetime import datetime

from bot.domain.invoice import Invoice, Status
from bot.domain.money import Money
from bot.domain.offer import Change
from bot.domain.policy import Grant
from bot.domain.ways import PaymentMethod
from bot.views.blocks import mark
from bot.views.language import Language
from bot.views.refusals import role_words

_MOST_METHODS = 10


def role_held(lang: Language, grant: Grant, invoice: Invoice) -> str:
    """By which role this person may pay."""
    role, where = role_words(lang, grant.holding.role), mark(invoice.billing_profile_name)
    if grant.holding.through_group:
        words = lang(
            "You may pay it as *{role}* on {where}, through a group.", role=role, where=where
        )
    else:
        words = lang("You may pay it as *{role}* on {where}.", role=role, where=where)
    return f":key: {words}"


def lost_words(lang: Language, lost: datetime) -> str:
    """That somebody may be paying it without the bot's knowing."""
    words = lang(
        "*The bot lost its memory on {moment}.* If somebody confirmed this invoice just before, it "
        "may not know: ask in the channel before you pay.",
        moment=lang.moment(lost),
    )
    return f":warning: {words}"


def methods_words(lang: Language, methods: tuple[PaymentMethod, ...] | None) -> str:
    """The ways to pay, one a line; None where they could not be read."""
    if methods is None:
        return lang("The payment methods could not be read; the Azure portal shows them.")
    if not methods:
        return lang("This billing profile has no payment method yet; add one in the Azure portal.")
    listed = (mark(method_words(lang, method)) for method in methods[:_MOST_METHODS])
    lines = "\n".join(f"• {words}" for words in listed)
    title = lang("Payment methods")
    return f"*{title}*\n{lines}"


def method_words(lang: Language, method: PaymentMethod) -> str:
    """A method as plain text, to be escaped where it becomes mrkdwn."""
    if method.is_wire:
        return lang("Check or wire transfer")
    parts = [method.name]
    if method.last_four:
        parts.append(lang("ending in {digits}", digits=method.last_four))
    if method.expires:
        parts.append(lang("expires {month}", month=method.expires))
    return ", ".join(parts)


def change_words(lang: Language, change: Change) -> str:
    """One thing that has changed: old → new."""
    if change.what == "choice":
        return lang("Payment method: the one you chose cannot be charged (any more).")
    labels = {
        "amount": lang("Amount due"),
        "status": lang("Status"),
        "methods": lang("Payment methods"),
    }
    old, new = (_value(lang, value) for value in (change.old, change.new))
    return f"{labels[change.what]}: {old} → *{new}*"


def _value(lang: Language, value: Money | Status | str) -> str:
    return lang.money(value) if isinstance(value, Money) else mark(str(value))
