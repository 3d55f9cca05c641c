"""What people read who assign an invoice to a colleague."""

from datetime import date

from bot.domain.assigning import (
    LONGEST_WHY,
    Assigned,
    AssignResult,
    CannotHave,
    MayAssign,
    Unassigned,
    Unfit,
)
from bot.domain.card import CardState
from bot.domain.outcome import Denied, NotPayable
from bot.views.blocks import Block, fields, mark, section
from bot.views.card import invoice_facts, standing
from bot.views.forms import field, person_picker, text_area, tick
from bot.views.window import WindowView

CALLBACK = "assign.to"
USER, NOBODY, WHY = "assign.user", "assign.nobody", "assign.why"
"""Action ids of the fields; their blocks have the same ids."""


class AssignView(WindowView):
    """Words the window behind Assign."""

    @property
    def _title(self) -> str:
        return self._lang("Assign invoice")

    def form(self, found: MayAssign, private: str) -> Block:
        """The form, with who has it now filled in; ``private`` comes back with it."""
        lang, now = self._lang, found.now
        words = lang(
            "Whoever looks after this invoice gets a direct message, and another one with each "
            "reminder. Being assigned gives nobody the right to pay."
        )
        picker = person_picker(
            USER, initial=now.user if now else "", placeholder=lang("Choose a colleague")
        )
        nobody = tick(NOBODY, lang("Nobody: take the assignment away"))
        facts = [(lang("Invoice"), mark(found.invoice.number)), *invoice_facts(lang, found.invoice)]
        hint = lang("Everybody in the card's channel can read it.")
        return self._form(
            [
                fields(facts),
                section(words),
                field(lang("Assigned to"), picker, block=USER),
                *([field(lang("Or"), nobody, block=NOBODY, optional=True)] if now else []),
                field(
                    lang("Note"),
                    text_area(WHY, most=LONGEST_WHY),
                    block=WHY,
                    hint=hint,
                    optional=True,
                ),
            ],
            callback=CALLBACK,
            submit=lang("Assign"),
            private=private,
        )

    def faults(self, chosen: str, shown: str, *, nobody: bool) -> dict[str, str]:
        """What is wrong with what was filled in, by block id; nothing where all is well."""
        if nobody:
            both = chosen not in ("", shown)
            return {NOBODY: self._lang("Choose a colleague or nobody, not both.")} if both else {}
        return {} if chosen else {USER: self._lang("Please choose a colleague.")}

    def result(self, result: AssignResult) -> Block:
        """What came of it, where there is no form to fill in."""
        if isinstance(result, Denied):
            return self._denied(result)
        return self._plain(self._words(result))

    def _words(self, result: AssignResult) -> str:
        lang = self._lang
        match result:
            case Assigned(user=user, already=True):
                return ":information_source: " + lang(
                    "It is assigned to {who} already; nothing has changed.", who=f"<@{user}>"
                )
            case Assigned(user=user):
                return ":bust_in_silhouette: " + lang(
                    "Assigned to {who}; the card says so.", who=f"<@{user}>"
                )
            case Unassigned():
                return ":bust_in_silhouette: " + lang("The invoice is assigned to nobody now.")
            case CannotHave(user=user, why=why):
                return f":no_entry: {self._unfit(user, why)}"
            case NotPayable(invoice=invoice):
                where = standing(lang, CardState(invoice, None, date.min))  # no matter which day
                return ":information_source: " + lang(
                    "There is nothing to assign: invoice {number} is {standing}.",
                    number=mark(invoice.number),
                    standing=mark(where),
                )
        raise ValueError("it has a window of its own")

    def _unfit(self, user: str, why: Unfit) -> str:
        lang, who = self._lang, {"who": f"<@{user}>"}
        words = {
            Unfit.OUTSIDER: lang(
                "{who} belongs to another company's workspace, and invoices are assigned to "
                "colleagues only.",
                **who,
            ),
            Unfit.DEACTIVATED: lang("The Slack account of {who} is deactivated.", **who),
            Unfit.APP: lang("{who} is an app, and invoices are assigned to people only.", **who),
            Unfit.GUEST: lang(
                "{who} is a guest here, and invoices are assigned to full members only.", **who
            ),
            Unfit.NOT_JOINED: lang("{who} has not accepted the invitation to Slack yet.", **who),
            Unfit.NOT_IN_CHANNEL: lang(
                "{who} is not in the card's channel, so they could not see it. Invite them there "
                "first.",
                **who,
            ),
        }
        return words[why] + " " + lang("Nothing was changed.")
