"""The digest of a channel: an ageing table, and what has changed."""

import json
from itertools import accumulate

from bot.domain.ageing import Bucket
from bot.domain.card import CardState, Message
from bot.domain.digest import Digest, Paid, Since
from bot.domain.invoice import Invoice
from bot.domain.money import Money, totals
from bot.views.ages import age_words
from bot.views.blocks import Block, clip, context, header, mark, section, table
from bot.views.card import EVENT_TYPE, standing
from bot.views.language import Language

_MOST_ROWS = 80  # Slack's limit is 100
_MOST_SIZE = 8_000  # characters of JSON for them: Slack takes about 13,200 for a whole message
_MOST_NAMED = 5


class DigestView:
    """Renders digests in the channel's language."""

    def __init__(self, language: Language) -> None:
        self._lang = language

    def __call__(self, digest: Digest) -> Message:
        """The message for a digest."""
        lang = self._lang
        title = lang("Azure invoices, {day}", day=lang.day(digest.today))
        if digest.overdue:
            blocks, words = self._table(digest)
        else:
            words = self._nothing_overdue(digest)
            blocks = [section(f":white_check_mark: {words}")]
        lines = [self._changes(digest.since)] if digest.since else []
        if digest.since and digest.since.paid:
            lines.append(self._paid(digest.since))
        blocks += [section(line) for line in lines]
        if digest.unread:
            lines.append(self._unread(digest))
            blocks.append(context(f":warning: {lines[-1]}"))
        return Message(
            clip(" ".join((f"{mark(title)}.", words, *lines)), 3900),
            [header(title), *blocks],
            {
                "event_type": EVENT_TYPE,
                "event_payload": {
                    "alert_id": f"digest:{digest.id}",
                    "tick": digest.tick.isoformat(),
                },
            },
        )

    def _table(self, digest: Digest) -> tuple[list[Block], str]:
        """The table with what belongs to it, and the same in words."""
        lang = self._lang
        rows = _that_fit([self._row(*row) for row in self._owed(digest)])
        facts = self._facts(digest)
        blocks = [table([self._heading(), *rows], set(range(1, len(Bucket) + 2)))]
        if unlisted := len(digest.owed) - len(rows):
            blocks.append(context(lang("And {n} more.", n=unlisted)))
        blocks.append(section("\n".join(facts)))
        spoken = lang.count("{n} invoice is overdue.", "{n} invoices are overdue.", digest.overdue)
        return blocks, " ".join((spoken, *(f"{fact}." for fact in facts)))

    def _owed(self, digest: Digest) -> list[tuple[str, str, dict[Bucket, Money]]]:
        return [(one.profile, one.currency, one.amounts) for one in digest.owed]

    def _heading(self) -> list[str]:
        lang = self._lang
        return [lang("Billing profile"), *age_words(lang).values(), lang("In all")]

    def _row(self, profile: str, currency: str, amounts: dict[Bucket, Money]) -> list[str]:
        """One profile in one currency; an age without an invoice is a dash."""
        (total,) = totals(amounts.values())
        lang = self._lang
        cells = [lang.money(amounts[age]) if age in amounts else "" for age in Bucket]
        return [profile or currency, *cells, lang.money(total)]

    def _facts(self, digest: Digest) -> list[str]:
        """The sums, the biggest and the oldest, each a line of mrkdwn."""
        lang = self._lang
        lines = [
            lang(
                "*Overdue*: {overdue} · *in all*: {all}",
                overdue=self._sums(digest.sums_overdue),
                all=self._sums(digest.sums),
            )
        ]
        biggest = " · ".join(self._named(one, digest) for one in digest.biggest[:_MOST_NAMED])
        lines.append(lang("*Biggest*: {invoices}", invoices=biggest))
        if digest.oldest is not None:
            lines.append(lang("*Oldest*: {invoice}", invoice=self._named(digest.oldest, digest)))
        return lines

    def _named(self, invoice: Invoice, digest: Digest) -> str:
        lang = self._lang
        return lang(
            "{number} ({amount}, {standing}, {profile})",
            number=mark(invoice.number),
            amount=lang.money(invoice.amount_due),
            standing=mark(standing(lang, CardState(invoice, None, digest.today))),
            profile=mark(invoice.billing_profile_name, 60),
        )

    def _nothing_overdue(self, digest: Digest) -> str:
        lang = self._lang
        if not digest.unpaid:
            return lang("Nothing is overdue, and nothing is due.")
        waiting = lang.count(
            "{n} invoice is not due yet", "{n} invoices are not due yet", digest.unpaid
        )
        sums = self._sums(digest.sums)
        return lang("Nothing is overdue; {waiting}: {sums}.", waiting=waiting, sums=sums)

    def _changes(self, since: Since) -> str:
        lang = self._lang
        parts = [
            lang.count("{n} new", "{n} new", since.fresh),
            lang.count("{n} paid", "{n} paid", since.paid_in_all),
        ]
        if since.otherwise:
            parts.append(
                lang.count("{n} void or replaced", "{n} void or replaced", since.otherwise)
            )
        return lang(
            "*Since {moment}*: {changes}.",
            moment=lang.moment(since.moment),
            changes=", ".join(parts),
        )

    def _paid(self, since: Since) -> str:
        lang = self._lang
        lines = [f"• {self._paid_one(paid)}" for paid in since.paid]
        if more := since.paid_in_all - len(since.paid):
            lines.append("• " + lang("And {n} more.", n=more))
        return "\n".join(lines)

    def _paid_one(self, paid: Paid) -> str:
        """Which one, how much, and by whom as far as the bot can know."""
        lang, invoice = self._lang, paid.invoice
        made = invoice.payments[-1] if invoice.payments else None
        amount = (made.amount if made else None) or invoice.total
        values = {
            "number": mark(invoice.number),
            "amount": lang.money(amount) if amount else lang("an unknown amount"),
            "payer": f"<@{paid.payer}>",
        }
        if paid.payer:
            return lang("{number} paid: {amount}, confirmed by {payer}", **values)
        return lang("{number} paid: {amount}, not through this bot", **values)

    def _unread(self, digest: Digest) -> str:
        names = ", ".join(mark(name, 60) for name in digest.unread[:_MOST_NAMED])
        return self._lang(
            "Azure did not show everything ({accounts}): of what it hid, the last known is counted.",
            accounts=names,
        )

    def _sums(self, sums: tuple[Money, ...]) -> str:
        return " · ".join(self._lang.money(money) for money in sums)


def _that_fit(rows: list[list[str]]) -> list[list[str]]:
    """The first rows, as many as a message has room for."""
    sizes = accumulate(len(json.dumps(table([row], set())["rows"])) for row in rows)
    fitting = [row for row, size in zip(rows, sizes, strict=True) if size <= _MOST_SIZE]
    return fitting[:_MOST_ROWS]
