"""The modals from Pay now to the hand-off."""

from collections.abc import Callable
from datetime import date

from bot.domain.card import CardState
from bot.domain.invoice import Invoice, Status
from bot.domain.outcome import (
    Asked,
    AwaitingApproval,
    ConfirmResult,
    Denied,
    Gone,
    HandedOff,
    NotPayable,
    Offered,
    Taken,
)
from bot.domain.payment import Payment, State
from bot.domain.ways import Way
from bot.errors import BotError
from bot.views import paynow
from bot.views.blocks import Block, actions, button, context, fields, mark, modal, section
from bot.views.card import invoice_facts, portal_link, standing
from bot.views.language import Language
from bot.views.offer_words import change_words, lost_words, methods_words, role_held
from bot.views.refusals import error_words, refusal_words
from bot.views.wire import wire_blocks

CALLBACK = "pay.confirm"


class ConfirmView:
    """Renders what one person sees between their press and the portal.

    Args:
        language: the reader's.
        portal: link template, see ``bot.views.card``.
        today: tells the day that "overdue" is judged by.
        payer_roles: the role keys that may pay.
    """

    def __init__(
        self,
        language: Language,
        portal: str,
        today: Callable[[], date],
        payer_roles: frozenset[str],
    ) -> None:
        self._lang, self._portal, self._today = language, portal, today
        self._payer_roles = payer_roles

    def checking(self) -> Block:
        """While access is being checked."""
        words = self._lang("Checking your access and the invoice with Azure …")
        return self._plain(":hourglass_flowing_sand: " + words)

    def failed(self, error: BotError) -> Block:
        """Something could not be told, so the answer is no."""
        return self._plain(":no_entry: " + error_words(self._lang, error))

    def broken(self, reference: str) -> Block:
        """A fault of the bot's own; ``reference`` finds it in the log."""
        words = self._lang(
            "Something went wrong inside the bot; nothing was started. Reference: {reference}.",
            reference=reference,
        )
        return self._plain(":no_entry: " + words)

    def result(self, result: ConfirmResult) -> Block:
        """What came of a press or a confirmation."""
        match result:
            case Offered():
                return self._offered(result)
            case HandedOff(payment=payment, invoice=invoice) | Asked(payment, invoice):
                return self._confirmed(payment, invoice)
            case AwaitingApproval(payment=_, invoice=invoice):
                return self._awaiting(invoice)
            case Taken():
                return self._taken(result)
            case Denied(refusal=refusal, profile=profile):
                words = refusal_words(self._lang, refusal, profile, self._payer_roles)
                return self._plain(":no_entry: " + words)
            case NotPayable(invoice=invoice):
                return self._not_payable(invoice)
            case Gone():
                return self._plain(
                    self._lang(
                        "This confirmation is no longer valid: it was used, cancelled, or has "
                        "expired. Nothing was started; use Pay now on the card again."
                    )
                )

    def _offered(self, offered: Offered) -> Block:
        lang, invoice = self._lang, offered.invoice
        blocks: list[Block] = []
        if offered.lost:
            blocks.append(section(lost_words(lang, offered.lost)))
        if offered.changed:
            moved = "\n".join(f"• {change_words(lang, change)}" for change in offered.changed)
            words = lang("*This has changed since you looked.* Please read it again.")
            blocks.append(section(f":warning: {words}\n{moved}"))
        blocks.append(
            fields([(lang("Invoice"), mark(invoice.number)), *invoice_facts(lang, invoice)])
        )
        blocks.append(section(role_held(lang, offered.grant, invoice)))
        if offered.choices and offered.choices.offered:
            blocks += paynow.choice_blocks(lang, offered, offered.choices)
        else:
            blocks.append(section(methods_words(lang, offered.methods)))
        blocks += self._what_follows(offered)
        return modal(
            lang("Pay invoice"),
            blocks,
            callback=CALLBACK,
            submit=lang("Confirm"),
            close=lang("Cancel"),
            private=offered.offer.token,
            notify=True,
        )

    def _what_follows(self, offered: Offered) -> list[Block]:
        """What confirming does and does not do."""
        if offered.offer.way is Way.API:
            return paynow.what_follows(self._lang, offered)
        by_hand = context(self._by_hand(offered))
        if offered.choices:
            return [context(paynow.not_by_the_bot(self._lang, offered.choices)), by_hand]
        return [by_hand]

    def _by_hand(self, offered: Offered) -> str:
        lang = self._lang
        if offered.needs_approval:
            return lang(
                "Confirming charges nothing: it asks a second payer for approval, in the thread of "
                "the invoice's card. Once approved, you pay."
            )
        if offered.offer.way is Way.WIRE:
            return lang(
                "Confirming charges nothing: it reserves the invoice for you, and you send a wire "
                "from your bank. Nobody else can start paying it meanwhile."
            )
        return lang(
            "Confirming charges nothing yet: it reserves the invoice for you and leads you "
            "to the Azure portal, where you pay. Nobody else can start paying it meanwhile."
        )

    def _confirmed(self, payment: Payment, invoice: Invoice) -> Block:
        """What the payer of a payment in flight is to do."""
        if payment.state is State.WIRE_SENT:
            return self._modal(wire_blocks(self._lang, payment))
        if payment.state is State.HANDED_OFF and not payment.came_back:
            return self._handed_off(payment, invoice)
        return self._asked(payment, invoice)

    def _handed_off(self, payment: Payment, invoice: Invoice) -> Block:
        lang = self._lang
        words = lang("The invoice is reserved for you.")
        reserved = section(f":white_check_mark: *{words}*")
        if payment.way is Way.WIRE:
            return self._modal([reserved, *self._by_wire(invoice)])
        return self._modal([reserved, *self._by_card(invoice)])

    def _asked(self, payment: Payment, invoice: Invoice) -> Block:
        """What came of asking Azure to charge it."""
        if payment.came_back:
            words = section(f":information_source: {paynow.came_back(self._lang, payment)}")
            return self._modal([words, *self._by_card(invoice)])
        portal = actions(self._portal_button(invoice))
        return self._modal(paynow.asked_blocks(self._lang, Asked(payment, invoice), portal))

    def _by_card(self, invoice: Invoice) -> list[Block]:
        lang = self._lang
        steps = lang(
            "1. Open the Azure portal with the button below and sign in.\n"
            "2. Find invoice *{number}* and choose *Pay now* next to it.\n"
            "3. Check the amount ({amount}), pick the payment method and pay.\n"
            "4. The card here changes by itself once Azure shows the invoice as paid, within 24 hours.",
            number=mark(invoice.number),
            amount=lang.money(invoice.amount_due),
        )
        return [section(steps), *actions(self._portal_button(invoice))]

    def _by_wire(self, invoice: Invoice) -> list[Block]:
        lang = self._lang
        steps = lang(
            "1. The bank details are on the first page of the invoice's PDF; have it sent to you below.\n"
            "2. Wire exactly {amount} and quote the invoice number *{number}*.\n"
            "3. Then press *I sent the wire*, here or on the card. Azure shows a wire within 10 "
            "business days.",
            number=mark(invoice.number),
            amount=lang.money(invoice.amount_due),
        )
        return [
            section(steps),
            *actions(
                button(lang("Send me the PDF"), "invoice.pdf", value=invoice.number),
                button(lang("I sent the wire"), "wire.open", value=invoice.number, style="primary"),
                self._portal_button(invoice),
            ),
        ]

    def _portal_button(self, invoice: Invoice) -> Block:
        return button(
            self._lang("Open the Azure portal"),
            "portal.open",
            url=portal_link(self._portal, invoice),
        )

    def _awaiting(self, invoice: Invoice) -> Block:
        words = self._lang(
            "A second payer has been asked for approval in the thread of the card of invoice "
            "{number}. You will be told there, and can withdraw it there.",
            number=mark(invoice.number),
        )
        return self._plain(":busts_in_silhouette: " + words)

    def _taken(self, taken: Taken) -> Block:
        payment, invoice = taken.payment, taken.invoice
        if taken.mine and payment.state is State.AWAITING_APPROVAL:
            return self._awaiting(invoice)
        if taken.mine:
            return self._confirmed(payment, invoice)
        if payment.state is State.AWAITING_APPROVAL:
            words = self._lang(
                "{payer} has asked for approval to pay this invoice. You can answer in the thread of "
                "its card.",
                payer=f"<@{payment.payer}>",
            )
            return self._plain(":busts_in_silhouette: " + words)
        words = self._lang(
            "{payer} is paying this invoice since {since}, so nobody else can start paying it now.",
            payer=f"<@{payment.payer}>",
            since=self._lang.moment(payment.since),
        )
        return self._plain(":lock: " + words)

    def _not_payable(self, invoice: Invoice) -> Block:
        state = CardState(invoice, None, self._today())
        words = self._lang(
            "There is nothing to pay: invoice {number} is {standing}.",
            number=mark(invoice.number),
            standing=mark(standing(self._lang, state)),
        )
        if invoice.status is Status.PAID:
            return self._plain(":white_check_mark: " + words)
        return self._plain(":information_source: " + words)

    def _plain(self, words: str) -> Block:
        return self._modal([section(words)])

    def _modal(self, blocks: list[Block]) -> Block:
        lang = self._lang
        return modal(lang("Pay invoice"), blocks, callback="pay.info", close=lang("Close"))
