"""What one person sees of an invoice's PDF; nobody else ever sees its link."""

from bot.domain.card import Message
from bot.domain.document import SignedLink
from bot.domain.outcome import Denied
from bot.errors import BotError
from bot.views.blocks import Block, actions, button, context, mark, modal, section
from bot.views.language import Language
from bot.views.refusals import error_words, refusal_words


class DocumentView:
    """Words it twice: as a modal, and as a message that one person sees.

    Args:
        language: the reader's.
    """

    def __init__(self, language: Language) -> None:
        self._lang = language

    def fetching(self) -> Message:
        """While Azure prepares the PDF."""
        words = self._lang("Asking Azure for the PDF of the invoice; this may take some seconds …")
        return _plain(f":hourglass_flowing_sand: {words}")

    def ready(self, number: str, link: SignedLink) -> Message:
        """Here it is."""
        lang = self._lang
        words = lang("The PDF of invoice {number} is ready.", number=mark(number))
        hint = lang("The link opens the PDF for whoever has it, so please do not pass it on.")
        if link.expires:
            hint += " " + lang("It works until {moment}.", moment=lang.moment(link.expires))
        open_it = button(lang("Open the PDF"), "invoice.link", url=link.url, style="primary")
        blocks = [section(f":page_facing_up: {words}"), *actions(open_it), context(hint)]
        return Message(words, blocks)

    def denied(self, denied: Denied) -> Message:
        """This person may not see the invoice."""
        return _plain(
            ":no_entry: " + refusal_words(self._lang, denied.refusal, denied.profile, None)
        )

    def failed(self, error: BotError) -> Message:
        """It could not be had."""
        return _plain(":no_entry: " + error_words(self._lang, error))

    def broken(self, reference: str) -> Message:
        """A fault of the bot's own; ``reference`` finds it in the log."""
        words = self._lang(
            "Something went wrong inside the bot; nothing was started. Reference: {reference}.",
            reference=reference,
        )
        return _plain(":no_entry: " + words)

    def modal(self, message: Message) -> Block:
        """One of these as a modal."""
        lang = self._lang
        return modal(lang("Invoice PDF"), message.blocks, callback="pay.info", close=lang("Close"))


def _plain(words: str) -> Message:
    return Message(words, [section(words)])
