"""People: as Slack knows them, as Entra knows them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Presence:
    """Who sent a request, as the signed payload says: Slack user, team and enterprise ids ("" if none)."""

    user: str
    team: str
    enterprise: str = ""


@dataclass(frozen=True, slots=True)
class Workspace:
    """Where the bot is installed: Slack team id, enterprise id ("" outside Grid), the bot's own ids."""

    team: str
    enterprise: str
    bot: str
    bot_user: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class SlackPerson:
    """A Slack account (``users.info``); missing flags read as their safe value.

    Attributes:
        email_confirmed: False only where Slack says so.
        locale: e.g. ``fr-FR``, or "".
        timezone: IANA name, e.g. ``Europe/Paris``, or "".
    """

    user: str
    team: str
    enterprise: str = ""
    email: str = ""
    deleted: bool = False
    is_bot: bool = False
    is_guest: bool = False
    is_stranger: bool = False
    is_invited: bool = False
    email_confirmed: bool = True
    locale: str = ""
    timezone: str = ""


@dataclass(frozen=True, slots=True)
class EntraUser:
    """A directory user: ``id`` is the object id (lower case); ``enabled`` only where Graph says so."""

    id: str
    enabled: bool
    mail: str = ""
    display_name: str = ""
