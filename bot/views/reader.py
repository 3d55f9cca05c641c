"""Whose language is spoken: that of the person who is being answered."""

from collections import OrderedDict
from contextvars import ContextVar

from babel import Locale, UnknownLocaleError

from bot.views.language import Language

_MOST = 10_000
_answered: ContextVar[str] = ContextVar("the Slack user who is being answered", default="")


def answer_to(user: str) -> None:
    """From here on, in this task and its children, this person (Slack user id) is answered."""
    _answered.set(user)


class Locales:
    """Which locale each person uses in Slack, as far as it has been heard; the latest 10,000."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, str] = OrderedDict()

    def heard(self, user: str, locale: str) -> None:
        """This person's Slack speaks ``locale``, e.g. ``fr-FR``; one Babel does not know is left."""
        try:
            told = str(Locale.parse(locale.replace("-", "_")))
        except (UnknownLocaleError, ValueError, TypeError):
            return
        self._known[user] = told
        self._known.move_to_end(user)
        if len(self._known) > _MOST:
            self._known.popitem(last=False)

    def of(self, user: str) -> str:
        """The person's locale, or ""."""
        return self._known.get(user, "")


class ReaderLanguage(Language):
    """The language of whoever is being answered; the channel's where that is not known.

    Args:
        locales: who speaks what.
        default: the channel's locale.
    """

    def __init__(self, locales: Locales, default: str) -> None:
        super().__init__(default)
        self._locales = locales

    @property
    def locale(self) -> str:
        """The reader's locale, as a Babel locale name."""
        return self._locales.of(_answered.get()) or super().locale
