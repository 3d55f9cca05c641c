"""The living card of an invoice."""

from urllib.parse import quote

from bot.domain.card import CardState, Message, alert_id
from bot.domain.invoice import Invoice, Status
from bot.domain.payment import Payment, State
from bot.views.blocks import Block, actions, button, context, fields, header, mark, menu
from bot.views.language import Language

EVENT_TYPE = "azure_invoice_alert"


class CardView:
    """Renders cards in the channel's language.

    Args:
        language: the channel's.
        portal: link template with ``{billing_account}``, ``{billing_profile}``, ``{invoice}``.
    """

    def __init__(self, language: Language, portal: str) -> None:
        self._lang, self._portal = language, portal

    def __call__(self, state: CardState) -> Message:
        """The message for a card in this state; it is the same for the same state."""
        invoice, lang = state.invoice, self._lang
        headline = _headline(lang, state)
        note = _note(lang, state)
        blocks: list[Block] = [header(headline), fields(invoice_facts(lang, invoice))]
        if note:
            blocks.append(context(note))
        blocks += self._buttons(state)
        return Message(
            text=_in_words(lang, state, headline, note),
            blocks=blocks,
            metadata={
                "event_type": EVENT_TYPE,
                "event_payload": {
                    "alert_id": alert_id(invoice.number),
                    "invoice": invoice.number,
                },
            },
        )

    def _buttons(self, state: CardState) -> list[Block]:
        invoice, lang = state.invoice, self._lang
        if not invoice.is_payable:
            return []
        paying = state.payment is not None and state.payment.is_in_flight
        pay = button(
            lang("Pay now"),
            "pay.open",
            value=invoice.number,
            style="primary",
            label=lang("Pay invoice {number} now", number=invoice.number),
        )
        return actions(
            None if paying else pay,
            button(lang("View in Azure"), "portal.open", url=portal_link(self._portal, invoice)),
            menu("card.menu", [(lang("Refresh"), f"refresh:{invoice.number}")]),
        )


def portal_link(template: str, invoice: Invoice) -> str:
    """Where to find the invoice in the portal; ids are percent-encoded into the template."""
    return template.format(
        billing_account=quote(invoice.billing_account, safe=""),
        billing_profile=quote(invoice.billing_profile, safe=""),
        invoice=quote(invoice.number, safe=""),
    )


def invoice_facts(lang: Language, invoice: Invoice) -> list[tuple[str, str]]:
    """The labelled facts that cards and modals show, safe as mrkdwn."""
    return [
        (lang("Amount due"), lang.money(invoice.amount_due)),
        (lang("Due date"), lang.day(invoice.due_date)),
        (lang("Billing profile"), mark(invoice.billing_profile_name)),
        (lang("Purchase order"), mark(invoice.purchase_order) or lang("none")),
    ]


def standing(lang: Language, state: CardState) -> str:
    """Where the invoice stands, in a few words: ``19 days overdue``, ``due in 3 days``, ``paid``."""
    invoice, today = state.invoice, state.today
    words = {
        Status.PAID: lang("paid"),
        Status.VOID: lang("void"),
        Status.LOCKED: lang("locked by Azure"),
    }
    if invoice.status in words:
        return words[invoice.status]
    if invoice.replaced_by:
        return lang("replaced by {number}", number=invoice.replaced_by)
    if not invoice.is_payable:
        return lang("not to be paid")
    if invoice.is_overdue(today):
        days = invoice.days_overdue(today)
        return lang.count("{n} day overdue", "{n} days overdue", days) if days else lang("overdue")
    if invoice.due_date is None:
        return lang("due")
    left = (invoice.due_date - today).days
    return lang.count("due in {n} day", "due in {n} days", left) if left else lang("due today")


def _headline(lang: Language, state: CardState) -> str:
    number = state.invoice.number
    return lang("Invoice {number}: {standing}", number=number, standing=standing(lang, state))


def _note(lang: Language, state: CardState) -> str:
    """The story of the payment, in mrkdwn, or ""."""
    payment = state.payment
    if payment is None:
        return ""
    values = {"payer": f"<@{payment.payer}>", "since": lang.moment(payment.since)}
    if payment.state is State.SETTLED and state.invoice.status is Status.PAID:
        return _settled(lang, state.invoice, payment)
    stories = {
        State.HANDED_OFF: lang(
            "{payer} is paying since {since}. Azure shows a card payment within 24 hours.", **values
        ),
        State.FAILED: lang(
            "The payment that {payer} started on {since} failed. It can be paid again.", **values
        ),
        State.STALLED: lang(
            ":warning: {payer} confirmed on {since}, but Azure still shows no payment. "
            "Check the portal before paying again.",
            **values,
        ),
    }
    return stories.get(payment.state, "")


def _settled(lang: Language, invoice: Invoice, payment: Payment) -> str:
    made = invoice.payments[-1] if invoice.payments else None
    return lang(
        "Paid{method}. {payer} confirmed on {since}.",
        method=lang(" by {method}", method=mark(made.method)) if made and made.method else "",
        payer=f"<@{payment.payer}>",
        since=lang.moment(payment.since),
    )


def _in_words(lang: Language, state: CardState, headline: str, note: str) -> str:
    """All of the card for a screen reader or a notification."""
    invoice = state.invoice
    words = lang(
        "{headline}. Amount due {amount}, due date {day}, billing profile {profile}, "
        "purchase order {order}.",
        headline=mark(headline),
        amount=lang.money(invoice.amount_due),
        day=lang.day(invoice.due_date),
        profile=mark(invoice.billing_profile_name),
        order=mark(invoice.purchase_order) or lang("none"),
    )
    paying = state.payment is not None and state.payment.is_in_flight
    hint = lang("Use the Pay now button to pay it.") if invoice.is_payable and not paying else ""
    return " ".join(part for part in (words, note, hint) if part)
