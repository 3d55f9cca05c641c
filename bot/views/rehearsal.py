"""The rehearsal: its message in the channel, and the window that a press ends in."""

import json

from bot.domain.card import Message
from bot.domain.policy import Grant, Refusal
from bot.domain.rehearsal import NUMBER, Stage
from bot.errors import BotError
from bot.views.blocks import Block, actions, button, context, fields, header, mark, modal, section
from bot.views.language import Language
from bot.views.refusals import error_words, refusal_words, role_words

CALLBACK = "rehearsal.info"


class RehearsalView:
    """Renders a rehearsal.

    Args:
        language: the reader's.
        payer_roles: the role keys that may pay.
    """

    def __init__(self, language: Language, payer_roles: frozenset[str]) -> None:
        self._lang, self._payer_roles = language, payer_roles

    def message(self, stage: Stage) -> Message:
        """The message with the button; ``stage`` travels in the button's value."""
        lang = self._lang
        title = lang("Rehearsal: this is no invoice, and nothing can be paid")
        words = lang(
            "Press *Pay now* to see whether the bot hears you and what it lets you do. Nothing is "
            "reserved, started or remembered."
        )
        value = json.dumps([stage.billing_account, stage.billing_profile, stage.name])
        facts = [(lang("Invoice"), NUMBER), (lang("Billing profile"), mark(stage.name))]
        return Message(
            f"{title}. {words}",
            [
                header(f":performing_arts: {title}"),
                section(words),
                fields(facts),
                *actions(
                    button(
                        lang("Pay now"),
                        "rehearsal.press",
                        value=value,
                        style="primary",
                        label=lang("Rehearse Pay now; nothing is paid"),
                    ),
                    button(lang("End the rehearsal"), "rehearsal.end"),
                ),
            ],
        )

    def ended(self, user: str) -> Message:
        """What is left of the message; ``user`` (Slack id) has ended it."""
        words = self._lang("The rehearsal is over; {user} ended it.", user=f"<@{user}>")
        return Message(words, [context(words)])

    def checking(self) -> Block:
        """While access is being checked."""
        words = self._lang("Checking your access with Azure, as for a payment …")
        return self._modal(section(f":hourglass_flowing_sand: {words}"))

    def result(self, decision: Grant | Refusal, stage: Stage) -> Block:
        """All went well; whether this person may pay, and why (not)."""
        lang = self._lang
        well = lang(
            "*Rehearsal: all is well.* Slack brought your press to the bot, and the bot has checked "
            "you in Slack, Microsoft Entra and Azure."
        )
        if isinstance(decision, Grant):
            may = lang(
                "You may pay invoices of {where} as *{role}*.",
                where=mark(stage.name),
                role=role_words(self._lang, decision.holding.role),
            )
            sign = ":key:"
        else:
            why = refusal_words(lang, decision, stage.name, self._payer_roles)
            may, sign = lang("You may not pay here: {why}", why=why), ":no_entry:"
        nothing = lang("Nothing was reserved or started: this invoice does not exist.")
        return self._modal(
            section(f":white_check_mark: {well}"), section(f"{sign} {may}"), context(nothing)
        )

    def failed(self, error: BotError) -> Block:
        """Something could not be told: then a payment would be refused, too."""
        words = self._lang(
            "*Rehearsal: your press came through, but this could not be checked.* {why}",
            why=error_words(self._lang, error),
        )
        return self._modal(section(f":no_entry: {words}"))

    def broken(self, reference: str) -> Block:
        """A fault of the bot's own; ``reference`` finds it in the log."""
        words = self._lang(
            "Something went wrong inside the bot; nothing was started. Reference: {reference}.",
            reference=reference,
        )
        return self._modal(section(f":no_entry: {words}"))

    def _modal(self, *blocks: Block) -> Block:
        lang = self._lang
        return modal(lang("Rehearsal"), list(blocks), callback=CALLBACK, close=lang("Close"))
