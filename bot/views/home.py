"""The Home tab."""

from bot.domain.ageing import Bucket
from bot.domain.card import CardState
from bot.domain.home import FILTERS, PAGE, Flight, Held, Need, Sheet
from bot.domain.listing import Filter
from bot.domain.money import Money, totals
from bot.domain.payment import State
from bot.domain.policy import Reason, Refusal
from bot.errors import BotError
from bot.views.ages import age_words
from bot.views.blocks import (
    Block,
    actions,
    button,
    choice,
    context,
    divider,
    header,
    mark,
    section,
    section_beside,
    titled_fields,
)
from bot.views.card import portal_link, standing
from bot.views.language import Language
from bot.views.refusals import error_words, refusal_words, role_words

_MOST_FLIGHTS = _MOST_AGES = 10
_MOST_APPROVALS = 5
_MOST_ROLES = 15
ALL = "all"
"""The value of the choice of all billing profiles."""


class HomeView:
    """Renders Home tabs in the reader's language.

    Args:
        language: the reader's.
        portal: link template, see ``bot.views.card``.
        payer_roles: the role keys that may pay.
    """

    def __init__(self, language: Language, portal: str, payer_roles: frozenset[str]) -> None:
        self._lang, self._portal, self._payers = language, portal, payer_roles

    def __call__(self, sheet: Sheet) -> Block:
        """The whole tab."""
        return _home(
            [
                *self._approvals(sheet),
                *self._needs(sheet),
                *self._flights(sheet),
                *self._ageing(sheet),
                *self._roles(sheet),
                divider(),
                context(self._footnote(sheet)),
                *actions(button(self._lang("Refresh"), "home.refresh")),
            ]
        )

    def reading(self) -> Block:
        """While it is read for the first time."""
        return self._sentence(
            ":hourglass_flowing_sand: " + self._lang("Reading your invoices from Azure …")
        )

    def refused(self, refusal: Refusal) -> Block:
        """For somebody who may see nothing."""
        words = refusal_words(self._lang, refusal, "", None)
        if refusal.reason is Reason.NO_ROLE:
            words = self._lang(
                "You hold no billing role in Azure, so there is nothing to show you here."
            )
        return self._sentence(":no_entry: " + words)

    def failed(self, error: BotError) -> Block:
        """Something could not be told; they may try again."""
        return self._again(":warning: " + error_words(self._lang, error))

    def broken(self, reference: str) -> Block:
        """A fault of the bot's own; ``reference`` finds it in the log."""
        return self._again(
            self._lang(
                "Something went wrong inside the bot. Reference: {reference}.", reference=reference
            )
        )

    def _sentence(self, words: str) -> Block:
        return _home([section(words)])

    def _again(self, words: str) -> Block:
        again = actions(button(self._lang("Refresh"), "home.refresh"))
        return _home([section(words), *again])

    def _approvals(self, sheet: Sheet) -> list[Block]:
        """What waits for this person's approval, before all else."""
        if not sheet.approvals:
            return []
        lang, blocks = self._lang, [header(self._lang("Waiting for your approval"))]
        for flight in sheet.approvals[:_MOST_APPROVALS]:
            payment, value = flight.payment, f"{flight.payment.invoice}|{flight.payment.id}"
            words = lang(
                "{payer} would like to pay {amount} for invoice {number} of {profile}, since {since}.",
                payer=f"<@{payment.payer}>",
                amount=f"*{lang.money(payment.amount)}*",
                number=f"*{mark(payment.invoice)}*",
                profile=mark(flight.invoice.billing_profile_name),
                since=lang.moment(payment.since),
            )
            approve = button(lang("Approve"), "approval.approve", value=value, style="primary")
            decline = button(lang("Decline"), "approval.decline", value=value, style="danger")
            blocks += [section(words), *actions(approve, decline)]
        return [*blocks, *self._more(len(sheet.approvals), _MOST_APPROVALS), divider()]

    def _needs(self, sheet: Sheet) -> list[Block]:
        """Unpaid invoices, a page of them, with what they can be narrowed by."""
        lang = self._lang
        blocks = [header(lang("What needs you")), *self._choosers(sheet)]
        if not sheet.count:
            return [*blocks, section(":white_check_mark: " + self._nothing(sheet))]
        blocks += [self._need(need, sheet) for need in sheet.needs]
        sums = " · ".join(lang.money(total) for total in sheet.sums)
        counted = lang.count("{n} invoice", "{n} invoices", sheet.count)
        in_all = lang("*Amount due in all*: {sums}", sums=sums)
        blocks.append(context(f"{counted} · {in_all}"))
        return blocks + self._pager(sheet)

    def _nothing(self, sheet: Sheet) -> str:
        if sheet.look.profile or sheet.look.filter is not Filter.UNPAID:
            return self._lang("No invoice matches this choice.")
        return self._lang("Nothing needs you: no invoice waits for a payment.")

    def _need(self, need: Need, sheet: Sheet) -> Block:
        lang, invoice = self._lang, need.invoice
        stands = standing(lang, CardState(invoice, None, sheet.today))
        words = (
            f"*{mark(invoice.number)}* · *{lang.money(invoice.amount_due)}*\n"
            f"{mark(stands)} · {mark(invoice.billing_profile_name)}"
        )
        if need.is_theirs:
            words += "\n:bust_in_silhouette: " + lang("Assigned to you")
        if need.may_pay:
            label = lang("Pay invoice {number} now", number=invoice.number)
            pay = button(lang("Pay now"), "pay.open", value=invoice.number, label=label)
            late = invoice.is_overdue(sheet.today)
            return section_beside(words, pay | {"style": "primary"} if late else pay)
        url = portal_link(self._portal, invoice)
        return section_beside(words, button(lang("View in Azure"), "portal.open", url=url))

    def _choosers(self, sheet: Sheet) -> list[Block]:
        lang = self._lang
        names = {
            Filter.UNPAID: lang("All unpaid"),
            Filter.OVERDUE: lang("Overdue"),
            Filter.DUE: lang("Not due yet"),
        }
        filters = [(names[one], str(one)) for one in FILTERS]
        by_filter = choice(
            "home.filter", filters, str(sheet.look.filter), label=lang("Which invoices")
        )
        profiles = [(lang("All billing profiles"), ALL)]
        profiles += [(name, identity) for identity, name in sheet.profiles]
        by_profile = choice(
            "home.profile", profiles, sheet.look.profile or ALL, label=lang("Billing profile")
        )
        return actions(by_filter, by_profile if len(sheet.profiles) > 1 else None)

    def _pager(self, sheet: Sheet) -> list[Block]:
        lang, page, last = self._lang, sheet.look.page, (sheet.count - 1) // PAGE
        earlier = button(lang("Previous"), "home.previous", value=str(page - 1))
        later = button(lang("Next"), "home.next", value=str(page + 1))
        return actions(earlier if page else None, later if page < last else None)

    def _flights(self, sheet: Sheet) -> list[Block]:
        if not sheet.flights:
            return []
        lines = [self._flight(flight) for flight in sheet.flights[:_MOST_FLIGHTS]]
        more = self._more(len(sheet.flights), _MOST_FLIGHTS)
        title = header(self._lang("Payments in flight"))
        return [divider(), title, section("\n".join(lines)), *more]

    def _flight(self, flight: Flight) -> str:
        lang, payment = self._lang, flight.payment
        words = {
            State.AWAITING_APPROVAL: lang("waits for a second payer's approval"),
            State.HANDED_OFF: lang("is being paid in the Azure portal"),
            State.SUBMITTED: lang("was sent to Azure"),
            State.UNCLEAR: lang("was sent to Azure, which gave no clear answer"),
            State.WIRE_SENT: lang("was wired; Azure shows it within 10 business days"),
        }
        return "• " + lang(
            "*{number}* · {amount} · {payer}: {state}, since {since}",
            number=mark(payment.invoice),
            amount=lang.money(payment.amount),
            payer=f"<@{payment.payer}>",
            state=words[payment.state],
            since=lang.moment(payment.began),
        )

    def _ageing(self, sheet: Sheet) -> list[Block]:
        """What is owed on each profile by age; tables are for messages only."""
        if not sheet.ageing:
            return []
        blocks: list[Block] = [divider(), header(self._lang("What is owed, by age"))]
        for (profile, _), amounts in list(sheet.ageing.items())[:_MOST_AGES]:
            blocks.append(self._ages(profile, dict(amounts)))
        return [*blocks, *self._more(len(sheet.ageing), _MOST_AGES)]

    def _ages(self, profile: str, amounts: dict[Bucket, Money]) -> Block:
        lang, names = self._lang, age_words(self._lang)
        (total,) = totals(amounts.values())
        pairs = [(names[one], lang.money(amounts[one])) for one in Bucket if one in amounts]
        return titled_fields(f"*{mark(profile)}* · *{lang.money(total)}*", pairs)

    def _roles(self, sheet: Sheet) -> list[Block]:
        lines = [self._role(held) for held in sheet.roles[:_MOST_ROLES]]
        more = self._more(len(sheet.roles), _MOST_ROLES)
        title = header(self._lang("Your billing roles, as the bot sees them"))
        return [divider(), title, section("\n".join(lines)), *more]

    def _role(self, held: Held) -> str:
        lang, role = self._lang, role_words(self._lang, held.role)
        words = lang("{role} on *{place}*", role=role, place=mark(held.place))
        if held.through_group:
            words += " " + lang("(through a group)")
        pays = lang("may pay") if held.role.key in self._payers else lang("may look, not pay")
        return f"• {words}: {pays}"

    def _footnote(self, sheet: Sheet) -> str:
        lang = self._lang
        words = [lang("Azure was read on {moment}.", moment=lang.moment(sheet.read_at))]
        if sheet.scanned_at:
            words.append(lang("Last scan: {moment}.", moment=lang.moment(sheet.scanned_at)))
        if sheet.unread:
            names = ", ".join(mark(name) for name in sheet.unread)
            words.append(lang("These billing accounts could not be read: {names}.", names=names))
        return " ".join(words)

    def _more(self, count: int, most: int) -> list[Block]:
        return [context(self._lang("And {n} more.", n=count - most))] if count > most else []


def _home(blocks: list[Block]) -> Block:
    return {"type": "home", "callback_id": "home", "blocks": blocks}
