"""The picture below a digest, in words: what it is called, what its bars say, and its alt text."""

from bot.domain.ageing import Bucket
from bot.domain.chart import Bar, Chart, Panel, by_currency, shares
from bot.domain.digest import Digest
from bot.domain.money import Money, totals
from bot.views.ages import age_words
from bot.views.blocks import clip
from bot.views.language import Language

_MOST_PANELS = 6
_MOST_ALT = 1000  # Slack's limit, characters


class ChartView:
    """Words charts in the channel's language."""

    def __init__(self, language: Language) -> None:
        self._lang = language

    def __call__(self, digest: Digest) -> Chart | None:
        """The chart for a digest; None where nothing is overdue, since one line says so."""
        if not digest.overdue:
            return None
        lang, sums = self._lang, by_currency(digest.owed)
        shown = list(sums.items())[:_MOST_PANELS]
        more = len(sums) - len(shown)
        day = lang.day(digest.today)
        spoken = (self._spoken(currency, ages) for currency, ages in shown)
        return Chart(
            name=f"ageing-{digest.today}.png",
            title=lang("What is owed, by age, {day}", day=day),
            alt=clip(" ".join((lang("Bar chart of what is owed, by age."), *spoken)), _MOST_ALT),
            panels=tuple(self._panel(currency, ages) for currency, ages in shown),
            note=lang("And {n} more.", n=more) if more else "",
        )

    def _panel(self, currency: str, ages: dict[Bucket, Money]) -> Panel:
        lang, names = self._lang, age_words(self._lang)
        (total,) = totals(ages.values())
        lengths = zip(ages.items(), shares(ages.values()), strict=True)
        return Panel(
            lang("{currency} · in all {amount}", currency=currency, amount=lang.money(total)),
            tuple(
                Bar(age, names[age], lang.money(m) if m.amount else "–", share)
                for (age, m), share in lengths
            ),
        )

    def _spoken(self, currency: str, ages: dict[Bucket, Money]) -> str:
        """One currency in a sentence; ages at which nothing is owed are left out."""
        names, lang = age_words(self._lang), self._lang
        said = [f"{names[age]} {lang.money(money)}" for age, money in ages.items() if money.amount]
        return lang("{currency}: {amounts}.", currency=currency, amounts=", ".join(said))
