"""The files of an export, and what is said about them."""

from bot.domain.card import Message
from bot.domain.extract import Extract, File
from bot.domain.policy import Refusal
from bot.views.blocks import mark, section
from bot.views.language import Language
from bot.views.lookup import filter_words
from bot.views.refusals import refusal_words
from bot.views.sheets import as_csv
from bot.views.workbook import as_xlsx


class ExportView:
    """Renders exports in the reader's language.

    Args:
        language: the reader's.
        by_role: whether people get only invoices on which they hold a role.
    """

    def __init__(self, language: Language, *, by_role: bool) -> None:
        self._lang, self._by_role = language, by_role

    def files(self, extract: Extract) -> tuple[File, ...]:
        """The same rows as CSV, for programs, and as XLSX, for people."""
        name = f"azure-invoices-{extract.query.filter}-{extract.today.isoformat()}"
        # Excel takes a CSV without a byte order mark for one in the old code page.
        text = as_csv(extract.rows).encode("utf-8-sig")
        book = as_xlsx(extract.rows, self._lang, extract.read_at)
        return File(f"{name}.csv", text), File(f"{name}.xlsx", book)

    def comment(self, extract: Extract) -> str:
        """What stands above the files, mrkdwn."""
        lang = self._lang
        words = self._counted(extract)
        words += " " + lang("Azure was read on {moment}.", moment=lang.moment(extract.read_at))
        if self._by_role:
            words += " " + lang("You get only invoices on which you hold a billing role.")
        return "\n".join([words, *self._gaps(extract)])

    def answer(self, result: Extract | Refusal) -> Message:
        """The answer to the command, which only its sender sees."""
        lang = self._lang
        if isinstance(result, Refusal):
            return _say(":no_entry: " + refusal_words(lang, result, "", None))
        if not result.rows:
            words = lang(
                "No invoice matches ({filter}), so there is no file.",
                filter=filter_words(lang, result.query),
            )
            return _say("\n".join([words, *self._gaps(result)]))
        words = self._counted(result)
        words += " " + lang("The CSV and Excel files are in your messages with the bot.")
        return _say("\n".join([words, *self._gaps(result)]))

    def _counted(self, extract: Extract) -> str:
        counted = self._lang.count("{n} invoice", "{n} invoices", len(extract.rows))
        return f"*{counted} · {filter_words(self._lang, extract.query)}.*"

    def _gaps(self, extract: Extract) -> list[str]:
        """What is missing, one sentence each."""
        lang, found = self._lang, []
        if extract.unread:
            names = ", ".join(mark(name) for name in extract.unread)
            found.append(lang("These billing accounts could not be read: {names}.", names=names))
        if extract.is_cut:
            found.append(
                lang("There are more invoices than the bot reads at once; the rest is missing.")
            )
        return [f":warning: {sentence}" for sentence in found]


def _say(words: str) -> Message:
    return Message(words, [section(words)])
