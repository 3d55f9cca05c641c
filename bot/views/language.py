"""One reader's language: words, money, dates and days, the way they write them."""

from datetime import date, datetime

from babel.dates import format_date, format_datetime
from babel.numbers import format_currency, format_decimal

from bot.domain.money import Money
from bot.views.catalogues import catalogue


class Language:
    """Turns what the bot says into one reader's words.

    Args:
        locale: a Babel locale name such as ``en`` or ``fr_FR``.
    """

    def __init__(self, locale: str = "en") -> None:
        self._locale = locale

    @property
    def locale(self) -> str:
        """The Babel locale name."""
        return self._locale

    def __call__(self, words: str, **values: object) -> str:
        """``words`` in this language, with ``{name}`` filled in; the caller escapes the values."""
        return catalogue(self.locale).gettext(words).format(**values)

    def count(self, one: str, many: str, n: int) -> str:
        """``one`` or ``many`` as ``n`` asks for, with ``{n}`` filled in."""
        return (
            catalogue(self.locale)
            .ngettext(one, many, n)
            .format(n=format_decimal(n, locale=self.locale))
        )

    def money(self, money: Money) -> str:
        """An exact amount, e.g. ``12,340.00 EUR``; never rounded."""
        return format_currency(
            money.amount,
            money.currency,
            "#,##0.00\xa0¤¤",
            locale=self.locale,
            decimal_quantization=False,
        )

    def day(self, day: date | None) -> str:
        """A calendar day, e.g. ``3 Nov 2026``; it never shifts with the reader's time zone."""
        return format_date(day, "d MMM y", locale=self.locale) if day else self("no date")

    def moment(self, moment: datetime) -> str:
        """A mrkdwn moment that Slack shows in each viewer's own zone; ``moment`` is aware."""
        fallback = format_datetime(moment, "d MMM y HH:mm 'UTC'", locale=self.locale)
        return f"<!date^{int(moment.timestamp())}^{{date_short}} {{time}}|{fallback}>"
