"""Every no, in one kind sentence."""

from bot.domain.policy import Reason, Refusal
from bot.domain.roles import Role
from bot.errors import (
    AzureBusy,
    AzureDenied,
    AzureMalformed,
    AzureNotFound,
    AzureSignInFailed,
    AzureUnavailable,
    BotError,
    SlackError,
    StoreForgot,
    StoreUnavailable,
    TooManyClicks,
    TooSlow,
)
from bot.views.blocks import mark
from bot.views.language import Language


def refusal_words(
    lang: Language, refusal: Refusal, profile: str, payer_roles: frozenset[str] | None
) -> str:
    """Why this person may not, as mrkdwn.

    Args:
        lang: the reader's language.
        refusal: the decision.
        profile: the billing profile's name, or "" where it is of no matter.
        payer_roles: the role keys that may pay, or None where they only wanted to look.
    """
    if refusal.reason in (Reason.NO_ROLE, Reason.ROLE_TOO_LOW):
        return _role_words(lang, refusal, mark(profile), payer_roles)
    words = {
        Reason.OTHER_COMPANY: lang(
            "This is open to members of this company's own workspace only, and your Slack account "
            "belongs to another one."
        ),
        Reason.DEACTIVATED: lang(
            "Your Slack account is deactivated, so the bot cannot act for you."
        ),
        Reason.BOT: lang("Only people can do this, not apps."),
        Reason.GUEST: lang(
            "Guests cannot do this. Please ask a full member of the workspace who looks after "
            "Azure billing."
        ),
        Reason.NOT_JOINED: lang("Please accept the invitation to this workspace first."),
        Reason.EMAIL_UNCONFIRMED: lang(
            "Please confirm your e-mail address in Slack first: the bot finds you in Microsoft "
            "Entra by it."
        ),
        Reason.NO_EMAIL: lang(
            "Slack shows the bot no e-mail address for you, so it cannot find you in Microsoft Entra."
        ),
        Reason.NOT_IN_ENTRA: lang(
            "Your Slack e-mail address belongs to nobody in this company's Microsoft Entra. Please "
            "use your work address in Slack, or ask your administrator."
        ),
        Reason.AMBIGUOUS_IN_ENTRA: lang(
            "Your Slack e-mail address fits more than one person in Microsoft Entra, so the bot "
            "cannot tell who you are. Please ask your administrator to sort this out."
        ),
        Reason.DISABLED_IN_ENTRA: lang("Your Microsoft Entra account is disabled."),
    }
    return words[refusal.reason]


def _role_words(
    lang: Language, refusal: Refusal, profile: str, payer_roles: frozenset[str] | None
) -> str:
    where = profile or lang("this billing profile")
    if payer_roles is None:
        return lang("You hold no billing role on {where}; looking needs one.", where=where)
    if refusal.role is not None:
        role = role_words(lang, refusal.role)
        words = lang("You are {role} on {where};", role=role, where=where)
    else:
        words = lang("You hold no billing role on {where};", where=where)
    if "invoice-manager" in payer_roles:
        words += " " + lang("paying needs owner, contributor or invoice manager.")
    else:
        words += " " + lang("paying needs owner or contributor.")
    if refusal.payers:
        names = ", ".join(f"<@{user}>" for user in refusal.payers)
        words += " " + lang("These people can pay it: {names}.", names=names)
    return words


def role_words(lang: Language, role: Role) -> str:
    """A billing role by the name Microsoft gives it in this language."""
    names = {
        "billing-account-owner": lang("Billing account owner"),
        "billing-account-contributor": lang("Billing account contributor"),
        "billing-account-reader": lang("Billing account reader"),
        "billing-profile-owner": lang("Billing profile owner"),
        "billing-profile-contributor": lang("Billing profile contributor"),
        "billing-profile-reader": lang("Billing profile reader"),
        "invoice-manager": lang("Invoice manager"),
    }
    return names.get(role.key, role.label)


def error_words(lang: Language, error: BotError) -> str:
    """What went wrong, for the person who clicked; never a vendor's own text."""
    kinds: tuple[tuple[type[BotError], str], ...] = (
        (
            StoreForgot,
            lang("The bot's memory is new or was lost and is being rebuilt from Slack."),
        ),
        (TooSlow, lang("Checking took too long.")),
        (StoreUnavailable, lang("The bot's memory does not answer just now.")),
        (TooManyClicks, lang("That was too many clicks at once.")),
        (
            AzureSignInFailed,
            lang("The bot cannot sign in to Azure; its operator must look at this."),
        ),
        (
            AzureDenied,
            lang("Azure does not let the bot check this; its operator must grant it access."),
        ),
        (AzureNotFound, lang("Azure does not know this (any more).")),
        (AzureBusy, lang("Azure is too busy to answer just now.")),
        (AzureMalformed, lang("Azure gave an answer that the bot cannot trust.")),
        (AzureUnavailable, lang("Azure did not answer in time.")),
        (SlackError, lang("Slack did not answer as it should.")),
    )
    what = next(
        (words for kind, words in kinds if isinstance(error, kind)), lang("Something failed.")
    )
    return lang("{what} Nothing was started; please try again in a minute.", what=what)
