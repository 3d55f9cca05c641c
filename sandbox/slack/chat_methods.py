"""chat.* and reactions.add.

After the Slack documentation pages of these methods and "Message metadata".
"""

from dataclasses import dataclass
from typing import Any

from sandbox.slack.arguments import Arguments
from sandbox.slack.method import Method, joined_channel, known_channel
from sandbox.slack.records import Channel, Json, Message
from sandbox.slack.refusal import Refused
from sandbox.slack.rules import MESSAGE_SIZE_MOST, message_complaints, message_size
from sandbox.slack.workspace import SlackWorkspace

POST_TEXT_MOST, UPDATE_TEXT_MOST = 40_000, 4_000


@dataclass(frozen=True)
class Content:
    """What a call wants shown; ``blocks`` is None where they were not sent."""

    text: str
    blocks: list[Json] | None


def post_message(workspace: SlackWorkspace, args: Arguments) -> Json:
    """Post to a channel the bot is in, or to a person (their user id) directly."""
    channel = _target(workspace, args)
    if channel.is_archived:
        raise Refused("is_archived")
    content = _content(args, POST_TEXT_MOST)
    if message_size(content.blocks or []) > MESSAGE_SIZE_MOST:
        raise Refused("msg_blocks_too_long")
    metadata = _metadata(args)
    workspace.rate.take(channel.id)
    message = workspace.post(
        channel.id,
        content.text,
        content.blocks or [],
        thread_ts=args.text("thread_ts") or None,
        reply_broadcast=args.flag("reply_broadcast"),
        metadata=metadata or None,
    )
    return {"channel": channel.id, "ts": message.ts, "message": _own_json(message)}


def update(workspace: SlackWorkspace, args: Arguments) -> Json:
    """Change the bot's own message; what is not sent stays, except blocks under a new text."""
    channel = known_channel(workspace, args)
    message = _own(workspace, channel, args.required("ts"), "cant_update_message")
    if channel.is_archived:
        raise Refused("is_inactive")
    changes: dict[str, Any] = {}
    if "text" in args or args.structure("blocks", "invalid_blocks_format") is not None:
        content = _content(args, UPDATE_TEXT_MOST)
        changes = {"text": content.text, "blocks": content.blocks or []}
        if content.blocks is None:
            changes["edited_ts"] = workspace.next_ts()
    elif "metadata" not in args:
        raise Refused("no_text")
    metadata = _metadata(args)
    if metadata is not None:
        changes["metadata"] = metadata or None
    new = workspace.revise(message, **changes)
    return {"channel": channel.id, "ts": new.ts, "text": new.text, "message": _own_json(new)}


def delete(workspace: SlackWorkspace, args: Arguments) -> Json:
    """Delete the bot's own message."""
    channel = known_channel(workspace, args)
    message = _own(workspace, channel, args.required("ts"), "cant_delete_message")
    workspace.remove(message)
    return {"channel": channel.id, "ts": message.ts}


def post_ephemeral(workspace: SlackWorkspace, args: Arguments) -> Json:
    """Show something to one member of a channel."""
    channel, user = joined_channel(workspace, args), args.required("user")
    if channel.is_archived:
        raise Refused("is_archived")
    if user not in channel.members:
        raise Refused("user_not_in_channel")
    content = _content(args, POST_TEXT_MOST)
    thread = args.text("thread_ts") or None
    message = workspace.whisper(
        user, channel.id, content.text, content.blocks or [], thread_ts=thread
    )
    return {"message_ts": message.ts}


def get_permalink(workspace: SlackWorkspace, args: Arguments) -> Json:
    """The address of a message."""
    channel, ts = known_channel(workspace, args), args.required("message_ts")
    if workspace.message(channel.id, ts) is None:
        raise Refused("message_not_found")
    site = f"https://{workspace.domain}.slack.com/archives"
    return {"channel": channel.id, "permalink": f"{site}/{channel.id}/p{ts.replace('.', '')}"}


def add_reaction(workspace: SlackWorkspace, args: Arguments) -> Json:
    """Put the bot's emoji on a message."""
    channel = joined_channel(workspace, args)
    message = workspace.message(channel.id, args.required("timestamp"))
    if message is None:
        raise Refused("message_not_found")
    name = args.required("name").strip(":")
    given = message.reactions.get(name, ())
    if workspace.bot_user_id in given:
        raise Refused("already_reacted")
    reactions = {**message.reactions, name: (*given, workspace.bot_user_id)}
    workspace.revise(message, reactions=reactions)
    return {}


def _target(workspace: SlackWorkspace, args: Arguments) -> Channel:
    """The channel to post to, named by its id, its #name or a person's id."""
    name = args.required("channel")
    if name in workspace.people:
        return workspace.direct_channel([name])
    for channel in workspace.channels.values():
        if not channel.is_private and name.lstrip("#") == channel.name:
            args = Arguments({"channel": channel.id})
    if "chat:write.public" in workspace.scopes:
        return known_channel(workspace, args)
    return joined_channel(workspace, args)


def _content(args: Arguments, text_most: int) -> Content:
    text, blocks = args.text("text"), args.structure("blocks", "invalid_blocks_format")
    if not text and not blocks:
        raise Refused("no_text")
    if len(text) > text_most:
        raise Refused("msg_too_long")
    complaints = message_complaints(blocks) if blocks is not None else []
    if complaints:
        raise Refused("invalid_blocks", complaints)
    return Content(text, blocks)


def _metadata(args: Arguments) -> Json | None:
    """The metadata sent, ``{}`` to remove it, None where nothing was sent."""
    metadata = args.structure("metadata", "invalid_metadata_format")
    if not metadata:
        return None if metadata is None else {}
    if not isinstance(metadata, dict) or not isinstance(metadata.get("event_type"), str):
        raise Refused("invalid_metadata_format")
    if not isinstance(metadata.get("event_payload"), dict):
        raise Refused("invalid_metadata_format")
    return {name: metadata[name] for name in ("event_type", "event_payload")}


def _own(workspace: SlackWorkspace, channel: Channel, ts: str, otherwise: str) -> Message:
    message = workspace.message(channel.id, ts)
    if message is None:
        raise Refused("message_not_found")
    if message.bot_id != workspace.bot_id:
        raise Refused(otherwise)
    return message


def _own_json(message: Message) -> Json:
    return message.as_json(with_metadata=True)


METHODS = {
    "chat.postMessage": Method(post_message, ("chat:write",)),
    "chat.update": Method(update, ("chat:write",)),
    "chat.delete": Method(delete, ("chat:write",)),
    "chat.postEphemeral": Method(post_ephemeral, ("chat:write",)),
    "chat.getPermalink": Method(get_permalink),
    "reactions.add": Method(add_reaction, ("reactions:write",)),
}
