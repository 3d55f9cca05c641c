"""The pretend Slack as one person sees it, for the browser."""

from sandbox.people import Person
from sandbox.slack import Channel, Message, SlackWorkspace, View
from sandbox.slack.records import Json
from sandbox.stage import BOT_NAME, CAST

COMMANDS = (
    {
        "command": "/invoice",
        "hint": "G123456789",
        "description": "The status of one Azure invoice",
    },
    {
        "command": "/invoices",
        "hint": "[export] [overdue|due|paid|void|all] [text]",
        "description": "A list of Azure invoices",
    },
)
"""The slash commands, as the app's manifest lists them."""

LANGUAGES = ("en-US", "fr-FR", "de-DE", "es-ES")
"""Locales a person may choose: those in which the bot speaks."""

_STANDING = {
    "member": "Full member of Contoso’s workspace",
    "guest": "Single-channel guest, only in #finance",
    "stranger": "Of Fabrikam’s workspace, in #finance through Slack Connect",
    "deactivated": "Account deactivated; this is a screen that was never closed",
}


def person_json(workspace: SlackWorkspace, user: str, azure: str) -> Json:
    """Somebody of the cast; ``azure`` is their standing there in words."""
    person: Person = CAST[user]
    return {
        "id": user,
        "name": person.name,
        "slack": _STANDING[person.slack],
        "azure": azure,
        "standing": person.slack,
        "locale": workspace.people[user].locale,
    }


def channels_json(workspace: SlackWorkspace, me: str) -> list[Json]:
    """The channels the person can look into."""
    return [
        _channel(workspace, channel, me, channel.name)
        for channel in workspace.channels.values()
        if not channel.is_im and workspace.can_see(me, channel.id)
    ]


def direct_json(workspace: SlackWorkspace, me: str) -> list[Json]:
    """The person's direct messages with the bot."""
    return [
        _channel(workspace, channel, me, BOT_NAME)
        for channel in workspace.channels.values()
        if channel.is_im and me in channel.members
    ]


def view_json(view: View) -> Json:
    """A modal or Home tab as it is drawn; what the app hid in it stays hidden."""
    return {
        "id": view.id,
        "type": view.type,
        "callback_id": view.callback_id,
        "title": _plain(view.title),
        "submit": _plain(view.submit),
        "close": _plain(view.close),
        "blocks": view.blocks,
        "hash": view.hash,
        "errors": view.errors,
    }


def _channel(workspace: SlackWorkspace, channel: Channel, me: str, name: str) -> Json:
    messages = workspace.visible_to(me, channel.id)
    replies: dict[str, int] = {}
    for message in messages:
        if message.thread_ts:
            replies[message.thread_ts] = replies.get(message.thread_ts, 0) + 1
    return {
        "id": channel.id,
        "name": name,
        "private": channel.is_private,
        "shared": channel.is_ext_shared,
        "members": len(channel.members),
        "bot": workspace.bot_user_id in channel.members,
        "messages": [_message(workspace, one, replies.get(one.ts, 0)) for one in messages],
    }


def _message(workspace: SlackWorkspace, message: Message, replies: int) -> Json:
    shown = message.as_json()
    return {
        "channel": message.channel,
        "ts": message.ts,
        "thread_ts": message.thread_ts,
        "user": "bot" if message.bot_id else message.user,
        "name": workspace.people[message.user].real_name,
        "text": message.text,
        "blocks": message.blocks,
        "edited": message.edited_ts is not None,
        "ephemeral": message.seen_by is not None,
        "replies": replies,
        "reactions": shown.get("reactions", []),
        "files": shown.get("files", []),
    }


def _plain(text: Json | None) -> str:
    return str(text["text"]) if text else ""
