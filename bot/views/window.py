"""A modal as a window on one thing: what it shows meanwhile, and where something went wrong."""

from abc import ABC, abstractmethod

from bot.domain.outcome import Denied
from bot.errors import BotError
from bot.views.blocks import Block, modal, section
from bot.views.forms import field, text_area
from bot.views.language import Language
from bot.views.refusals import error_words, refusal_words

REASON = "reason"
"""Action id and block id of the field for a reason."""


class WindowView(ABC):
    """What windows of one kind have in common.

    Args:
        language: the reader's.
        payer_roles: the role keys that may pay, or None where any billing role will do.
    """

    def __init__(self, language: Language, payer_roles: frozenset[str] | None) -> None:
        self._lang, self._payer_roles = language, payer_roles

    @property
    @abstractmethod
    def _title(self) -> str:
        """What stands above it, at most 24 characters."""

    def checking(self) -> Block:
        """While access is being checked."""
        words = self._lang("Checking your access and the invoice with Azure …")
        return self._plain(f":hourglass_flowing_sand: {words}")

    def failed(self, error: BotError) -> Block:
        """Something could not be told, so the answer is no."""
        return self._plain(f":no_entry: {error_words(self._lang, error)}")

    def broken(self, reference: str) -> Block:
        """A fault of the bot's own; ``reference`` finds it in the log."""
        words = self._lang(
            "Something went wrong inside the bot; nothing was started. Reference: {reference}.",
            reference=reference,
        )
        return self._plain(f":no_entry: {words}")

    def reason_missing(self) -> dict[str, str]:
        """What is wrong with a form whose reason holds nothing but spaces, by block id."""
        return {REASON: self._lang("Please give a reason.")}

    def _denied(self, denied: Denied) -> Block:
        words = refusal_words(self._lang, denied.refusal, denied.profile, self._payer_roles)
        return self._plain(f":no_entry: {words}")

    def _reason(self, most: int) -> Block:
        hint = self._lang("Everybody in the card's channel can read it.")
        return field(self._lang("Reason"), text_area(REASON, most=most), block=REASON, hint=hint)

    def _plain(self, words: str) -> Block:
        return modal(self._title, [section(words)], callback="pay.info", close=self._lang("Close"))

    def _form(self, blocks: list[Block], *, callback: str, submit: str, private: str) -> Block:
        return modal(
            self._title,
            blocks,
            callback=callback,
            submit=submit,
            close=self._lang("Cancel"),
            private=private,
        )
