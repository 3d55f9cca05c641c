"""Answers to ``/invoice`` and ``/invoices``, seen by the asker alone."""

import json
from collections.abc import Callable
from datetime import date

from bot.domain.card import CardState, Message
from bot.domain.invoice import Invoice
from bot.domain.listing import PAGE, Answer, Filter, Listing, NotFound, Query
from bot.domain.payment import State
from bot.domain.policy import Refusal
from bot.errors import BotError
from bot.views.blocks import Block, actions, button, context, fields, header, mark, section, table
from bot.views.card import invoice_facts, portal_link, standing
from bot.views.language import Language
from bot.views.refusals import error_words, refusal_words
from bot.views.words import paid_by

_MOST_PAYMENTS = 5


class LookupView:
    """Renders answers in the reader's language.

    Args:
        language: the reader's.
        portal: link template, see ``bot.views.card``.
        today: tells the day that "overdue" is judged by.
        by_role: whether people see only invoices on which they hold a role.
    """

    def __init__(
        self, language: Language, portal: str, today: Callable[[], date], *, by_role: bool
    ) -> None:
        self._lang, self._portal, self._today = language, portal, today
        self._by_role = by_role

    def say(self, words: str) -> Message:
        """A plain sentence, mrkdwn."""
        return Message(words, [section(words)])

    def help_one(self) -> Message:
        """How ``/invoice`` is used."""
        return self.say(
            self._lang(
                "Use `/invoice` with an invoice number, such as `/invoice G123456789`: it shows the "
                "invoice's status, amounts, dates, payments and who is paying it. The number stands "
                "on the invoice and on its card. For lists, see `/invoices help`."
            )
        )

    def help_many(self) -> Message:
        """How ``/invoices`` is used."""
        return self.say(
            self._lang(
                "Use `/invoices` alone for all unpaid invoices, or with one of *overdue*, *due*, "
                "*paid*, *void*, *all*, and then any text to look for in the invoice number, billing "
                "profile or purchase order: `/invoices overdue contoso`. With *export* in front, "
                "`/invoices export overdue`, the list comes to you as CSV and Excel files. For one "
                "invoice, see `/invoice help`."
            )
        )

    def unknown_command(self) -> Message:
        """A slash command of this app that the bot does not know."""
        return self.say(
            self._lang("The bot knows `/invoice` and `/invoices`; try `/invoice help`.")
        )

    def bad_number(self, text: str) -> Message:
        """The text after ``/invoice`` is no invoice number."""
        return self.say(
            self._lang(
                "“{text}” is no invoice number. One looks like G123456789; `/invoices` lists them.",
                text=mark(text, 60),
            )
        )

    def failed(self, error: BotError) -> Message:
        """Something could not be told."""
        return self.say(":warning: " + error_words(self._lang, error))

    def broken(self, reference: str) -> Message:
        """A fault of the bot's own; ``reference`` finds it in the log."""
        return self.say(
            self._lang(
                "Something went wrong inside the bot. Reference: {reference}.", reference=reference
            )
        )

    def one(self, answer: Answer | NotFound | Refusal) -> Message:
        """One invoice, or why not."""
        match answer:
            case Answer():
                return self._answer(answer)
            case NotFound(number=number):
                return self.say(
                    self._lang(
                        "Azure shows no invoice {number} in the billing accounts this bot watches. "
                        "Check the number, or see `/invoices all`.",
                        number=mark(number),
                    )
                )
            case Refusal():
                return self.say(":no_entry: " + refusal_words(self._lang, answer, "", None))

    def many(self, listing: Listing | Refusal) -> Message:
        """One page of a list, or why not."""
        if isinstance(listing, Refusal):
            return self.say(":no_entry: " + refusal_words(self._lang, listing, "", None))
        if not listing.count:
            return self._nothing(listing)
        lang, query = self._lang, listing.query
        title = (
            lang.count("{n} invoice", "{n} invoices", listing.count)
            + f" · {filter_words(lang, query)}"
        )
        sums = " · ".join(lang.money(total) for total in listing.sums)
        rows = [self._heading(), *(self._row(i, listing) for i in listing.invoices)]
        blocks = [header(title), table(rows, {1})]
        if sums:
            blocks.append(section(lang("*Amount due in all*: {sums}", sums=sums)))
        blocks.append(context(self._footnote(listing)))
        blocks += self._pager(listing)
        spoken = "; ".join(", ".join(row) for row in rows[1:])
        return Message(mark(f"{title}. {spoken}.", 3000) + (f" {sums}" if sums else ""), blocks)

    def _answer(self, answer: Answer) -> Message:
        lang, invoice, payment = self._lang, answer.invoice, answer.payment
        title = lang(
            "Invoice {number}: {standing}",
            number=invoice.number,
            standing=standing(lang, CardState(invoice, payment, self._today())),
        )
        facts = [
            *invoice_facts(lang, invoice),
            (lang("Billed"), lang.money(invoice.total) if invoice.total else lang("unknown")),
            (lang("Invoice date"), lang.day(invoice.invoice_date)),
        ]
        blocks = [header(title), fields(facts)]
        story = self._story(answer)
        if story:
            blocks.append(section(story))
        blocks += actions(
            button(lang("View in Azure"), "portal.open", url=portal_link(self._portal, invoice))
        )
        spoken = ", ".join(f"{label} {value}" for label, value in facts)
        return Message(
            " ".join(part for part in (f"{mark(title)}. {spoken}.", story) if part), blocks
        )

    def _story(self, answer: Answer) -> str:
        """Payments, failed payments and who is paying, as mrkdwn lines."""
        lang, invoice, payment = self._lang, answer.invoice, answer.payment
        lines = [
            lang(
                "Paid {amount} by {method} on {day}",
                amount=lang.money(made.amount) if made.amount else lang("an unknown amount"),
                method=paid_by(lang, made.method) or lang("an unknown method"),
                day=lang.day(made.date.date() if made.date else None),
            )
            for made in invoice.payments[-_MOST_PAYMENTS:]
        ]
        lines += [
            lang(
                "A payment failed on {day}: {reason}",
                day=lang.day(failed.date.date() if failed.date else None),
                reason=mark(failed.reason) or lang("no reason given"),
            )
            for failed in invoice.failed_payments[-_MOST_PAYMENTS:]
        ]
        if payment is not None and payment.state is State.HANDED_OFF:
            lines.append(
                lang(
                    "{payer} is paying since {since}",
                    payer=f"<@{payment.payer}>",
                    since=lang.moment(payment.since),
                )
            )
        if invoice.replaced_by:
            lines.append(lang("Replaced by {number}", number=mark(invoice.replaced_by)))
        return "\n".join(f"• {line}" for line in lines)

    def _nothing(self, listing: Listing) -> Message:
        lang = self._lang
        words = lang("No invoice matches ({filter}).", filter=filter_words(lang, listing.query))
        if self._by_role:
            words += " " + lang("You see only invoices on which you hold a billing role.")
        return self.say(f"{words}\n{self._footnote(listing)}")

    def _heading(self) -> list[str]:
        lang = self._lang
        return [
            lang("Invoice"),
            lang("Amount due"),
            lang("Due date"),
            lang("Standing"),
            lang("Billing profile"),
        ]

    def _row(self, invoice: Invoice, listing: Listing) -> list[str]:
        lang = self._lang
        return [
            invoice.number,
            lang.money(invoice.amount_due),
            lang.day(invoice.due_date),
            standing(lang, CardState(invoice, None, listing.today)),
            invoice.billing_profile_name,
        ]

    def _footnote(self, listing: Listing) -> str:
        lang = self._lang
        words = lang("Azure was read on {moment}.", moment=lang.moment(listing.read_at))
        if listing.unread:
            names = ", ".join(mark(name) for name in listing.unread)
            words += " " + lang("These billing accounts could not be read: {names}.", names=names)
        return words

    def _pager(self, listing: Listing) -> list[Block]:
        lang, page = self._lang, listing.query.page
        last = (listing.count - 1) // PAGE
        earlier = button(lang("Previous"), "list.previous", value=_page(listing.query, page - 1))
        later = button(lang("Next"), "list.next", value=_page(listing.query, page + 1))
        return actions(earlier if page else None, later if page < last else None)


def _page(query: Query, page: int) -> str:
    return json.dumps({"filter": query.filter, "text": query.text, "page": page})


def filter_words(lang: Language, query: Query) -> str:
    """What was asked for, e.g. ``overdue “contoso”``; mrkdwn."""
    names = {
        Filter.UNPAID: lang("unpaid"),
        Filter.OVERDUE: lang("overdue"),
        Filter.DUE: lang("due"),
        Filter.PAID: lang("paid"),
        Filter.VOID: lang("void"),
        Filter.ALL: lang("all"),
    }
    text = f" “{mark(query.text, 60)}”" if query.text else ""
    return names[query.filter] + text
