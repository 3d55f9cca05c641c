"""The living card of an invoice."""

import json
from collections.abc import Sequence
from datetime import datetime
from itertools import accumulate
from typing import Any
from urllib.parse import quote

from bot.domain.alert import Alert, Summary
from bot.domain.card import CardState, Message, alert_id
from bot.domain.invoice import Invoice, Status
from bot.domain.money import totals
from bot.domain.payment import Payment, State
from bot.domain.ways import Way
from bot.views.blocks import (
    Block,
    actions,
    button,
    clip,
    context,
    fields,
    header,
    mark,
    menu,
    section,
    table,
)
from bot.views.card_menu import card_menu
from bot.views.language import Language
from bot.views.notes import assignee_note, flag_words, payment_note, snooze_note
from bot.views.second_copy import second_copy

EVENT_TYPE = "azure_invoice_alert"
_LOUDEST_AFTER = 7  # days overdue; Azure may switch things off from about here
_MOST_ROWS = 99  # and the heading: Slack's limit is 100
_MOST_SIZE = 10_000  # characters of JSON for them: Slack takes about 13,200 for a whole message


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
        loud = _loudness(state)
        note, snooze = payment_note(lang, state), snooze_note(lang, state)
        assignee = assignee_note(lang, state)
        flag = flag_words(lang, state.flag) if state.flag and invoice.is_payable else ""
        blocks: list[Block] = [header(f"{loud}{headline}"), fields(invoice_facts(lang, invoice))]
        if flag:
            blocks.append(section(f":rotating_light: *{flag}*"))
        if note:
            blocks.append(section(note) if _warns(state.payment) else context(note))
        if snooze:
            blocks.append(context(f":zzz: {snooze}"))
        if assignee:
            blocks.append(context(f":bust_in_silhouette: {assignee}"))
        blocks += self._buttons(state)
        return Message(
            text=_in_words(lang, state, headline, [flag, note, snooze, assignee]),
            blocks=blocks,
            metadata=_metadata(
                alert_id(invoice.number), invoice=invoice.number, **second_copy(state)
            ),
        )

    def reminder(self, state: CardState, alert: Alert) -> Message:
        """The reply in the card's thread that reminds of it."""
        lang, invoice = self._lang, state.invoice
        words = lang(
            "Reminder: invoice {number} of {profile} is {standing}. Amount due: {amount}.",
            number=mark(invoice.number),
            profile=mark(invoice.billing_profile_name),
            standing=mark(standing(lang, state)),
            amount=lang.money(invoice.amount_due),
        )
        if state.assignee:
            who = f"<@{state.assignee.user}>"
            words += " " + lang("{who}, it is assigned to you.", who=who)
        return Message(words, [section(f":bell: {words}")], _metadata(alert.alert_id))

    def summary(self, summary: Summary, states: Sequence[CardState]) -> Message:
        """One message for many invoices."""
        lang = self._lang
        title = lang.count(
            "{n} Azure invoice needs you", "{n} Azure invoices need you", len(states)
        )
        hint = (
            lang("Their cards in this channel are up to date; no single reminders were sent.")
            if summary.reminds
            else lang("Their cards follow in this thread.")
        )
        rows = [[lang("Invoice"), lang("Amount due"), lang("Standing"), lang("Billing profile")]]
        rows += _that_fit([self._row(state) for state in states[:_MOST_ROWS]])
        sums = " · ".join(lang.money(m) for m in totals(s.invoice.amount_due for s in states))
        in_all = lang("*Amount due in all*: {sums}", sums=sums)
        blocks = [header(title), table(rows, {1}), section(in_all)]
        if unlisted := len(states) - len(rows) + 1:
            blocks.append(context(lang("And {n} more.", n=unlisted)))
        blocks.append(context(hint))
        spoken = "; ".join(", ".join(row) for row in rows[1:])
        words = clip(f"{title}: {mark(spoken, 2500)}. {sums}. {hint}", 3900)
        return Message(words, blocks, _metadata(f"summary:{summary.id}"))

    def silence(self, since: datetime) -> Message:
        """The message that no scan has come through since then."""
        lang = self._lang
        words = lang(
            "The bot has not been able to read all invoices from Azure since {since}. Cards may be "
            "out of date and new invoices unannounced; its operator should look at the log.",
            since=lang.moment(since),
        )
        return Message(words, [section(f":rotating_light: {words}")])

    def _row(self, state: CardState) -> list[str]:
        lang, invoice = self._lang, state.invoice
        return [
            invoice.number,
            lang.money(invoice.amount_due),
            standing(lang, state),
            invoice.billing_profile_name,
        ]

    def _buttons(self, state: CardState) -> list[Block]:
        invoice, lang = state.invoice, self._lang
        if not invoice.is_payable:
            return []
        pay = button(
            lang("Pay now"),
            "pay.open",
            value=invoice.number,
            style="primary",
            label=lang("Pay invoice {number} now", number=invoice.number),
        )
        flying = state.payment if state.payment and state.payment.is_in_flight else None
        return actions(
            *(self._under_way(flying) if flying else [pay]),
            button(lang("View in Azure"), "portal.open", url=portal_link(self._portal, invoice)),
            menu("card.menu", card_menu(lang, state, flying)),
        )

    def _under_way(self, payment: Payment) -> list[Block]:
        """What can be done about a payment in flight; who may is asked when it is pressed."""
        lang, number = self._lang, payment.invoice
        if payment.state is State.AWAITING_APPROVAL:
            return []  # it is answered in the thread
        if payment.state is State.SUBMITTED:
            return []  # Azure is at it; nobody can do anything
        found = []
        if payment.state is State.HANDED_OFF and payment.way is Way.WIRE:
            found.append(button(lang("I sent the wire"), "wire.open", value=number))
        take_over = lang("Take over or give back the payment of {number}", number=number)
        words = lang("Take over or give back")
        found.append(button(words, "takeover.open", value=number, label=take_over))
        return found


def _metadata(identity: str, **more: str) -> dict[str, Any]:
    return {"event_type": EVENT_TYPE, "event_payload": {"alert_id": identity, **more}}


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


def _loudness(state: CardState) -> str:
    """What the headline begins with: the longer overdue, the louder."""
    if not state.invoice.is_payable or not state.invoice.is_overdue(state.today):
        return ""
    late = state.invoice.days_overdue(state.today)
    return ":rotating_light: " if late >= _LOUDEST_AFTER else ":warning: "


def _warns(payment: Payment | None) -> bool:
    """Whether its line must not be overlooked: somebody has to look before anybody pays."""
    return payment is not None and payment.state in (State.STALLED, State.UNCLEAR)


def _headline(lang: Language, state: CardState) -> str:
    number = state.invoice.number
    return lang("Invoice {number}: {standing}", number=number, standing=standing(lang, state))


def _in_words(lang: Language, state: CardState, headline: str, notes: list[str]) -> str:
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
    return " ".join(part for part in (words, *notes, hint) if part)


def _that_fit(rows: list[list[str]]) -> list[list[str]]:
    """The first rows, as many as a message has room for."""
    sizes = accumulate(len(json.dumps(table([row], set())["rows"])) for row in rows)
    return [row for row, size in zip(rows, sizes, strict=True) if size <= _MOST_SIZE]
