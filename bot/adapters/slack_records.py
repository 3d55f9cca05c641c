"""Slack's records in the bot's own terms: a member's account, and what an alert carries."""

from collections.abc import Mapping
from typing import Any

from bot.domain.people import SlackPerson, Workspace

EVENT_TYPE = "azure_invoice_alert"


def told_by(message: Mapping[str, Any], home: Workspace) -> dict[str, str]:
    """What an alert of this bot's own carries as metadata; {} for any other message."""
    metadata = message.get("metadata") or {}
    ours = home.bot and message.get("bot_id") == home.bot
    if not (ours or message.get("user") == home.bot_user):
        return {}
    if metadata.get("event_type") != EVENT_TYPE:
        return {}
    return {str(k): str(v) for k, v in (metadata.get("event_payload") or {}).items()}


def to_person(user: Mapping[str, Any]) -> SlackPerson:
    """A member as ``users.info`` tells of them."""
    profile, grid = user.get("profile") or {}, user.get("enterprise_user") or {}
    return SlackPerson(
        user=str(user["id"]),
        team=str(user.get("team_id") or ""),
        enterprise=str(grid.get("enterprise_id") or ""),
        email=str(profile.get("email") or ""),
        deleted=bool(user.get("deleted")),
        is_bot=any(bool(user.get(k)) for k in ("is_bot", "is_connector_bot", "is_workflow_bot"))
        or user.get("id") == "USLACKBOT",
        is_guest=bool(user.get("is_restricted") or user.get("is_ultra_restricted")),
        is_stranger=bool(user.get("is_stranger")),
        is_invited=bool(user.get("is_invited_user")),
        email_confirmed=user.get("is_email_confirmed") is not False,
        locale=str(user.get("locale") or ""),
        timezone=str(user.get("tz") or ""),
    )
