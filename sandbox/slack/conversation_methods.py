"""conversations.info, members, open, history and replies.

After the Slack documentation pages of these methods and "Pagination". Reads need the scope of the
channel's own family (channels, groups, im, mpim) and, for messages, the bot's membership.
"""

import base64
from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation
from typing import TypeVar

from sandbox.slack.arguments import Arguments
from sandbox.slack.method import Method, joined_channel, known_channel, need_scope
from sandbox.slack.records import Channel, Json, Message
from sandbox.slack.refusal import Refused
from sandbox.slack.workspace import SlackWorkspace

HISTORY_MOST, MEMBERS_MOST, DIRECT_MOST = 999, 999, 8
_FAMILIES = ("channels", "groups", "im", "mpim")
_READ = tuple(f"{family}:read" for family in _FAMILIES)
_HISTORY = tuple(f"{family}:history" for family in _FAMILIES)
Item = TypeVar("Item")


def info(workspace: SlackWorkspace, args: Arguments) -> Json:
    """What a channel is."""
    channel = known_channel(workspace, args)
    need_scope(workspace, f"{channel.kind}:read")
    shown = _channel_json(workspace, channel)
    if args.flag("include_num_members"):
        shown["num_members"] = len(channel.members)
    return {"channel": shown}


def members(workspace: SlackWorkspace, args: Arguments) -> Json:
    """Who is in a channel, page by page."""
    channel = known_channel(workspace, args)
    need_scope(workspace, f"{channel.kind}:read")
    limit = args.number("limit", 100)
    if not 1 <= limit <= MEMBERS_MOST:
        raise Refused("invalid_limit")
    page, cursor = _page(channel.members, str, args, limit)
    return {"members": page, "response_metadata": {"next_cursor": cursor}}


def open_direct(workspace: SlackWorkspace, args: Arguments) -> Json:
    """The bot's direct message with one person, or with a few."""
    users = [user for user in args.text("users").split(",") if user]
    if not users:
        raise Refused("users_list_not_supplied")
    if len(users) > DIRECT_MOST:
        raise Refused("too_many_users")
    need_scope(workspace, "im:write" if len(users) == 1 else "mpim:write")
    for user in users:
        if user not in workspace.people or user == workspace.bot_user_id:
            raise Refused("user_not_found")
        if workspace.people[user].deleted:
            raise Refused("user_disabled")
    channel = workspace.direct_channel(users)
    full = args.flag("return_im")
    return {"channel": _channel_json(workspace, channel) if full else {"id": channel.id}}


def history(workspace: SlackWorkspace, args: Arguments) -> Json:
    """What was said in a channel, newest first; thread replies are left to ``replies``."""
    channel = joined_channel(workspace, args)
    need_scope(workspace, f"{channel.kind}:history")
    said = [
        message
        for message in workspace.messages[channel.id].values()
        if message.thread_ts in (None, message.ts) or message.reply_broadcast
    ]
    limit = min(args.number("limit", 100), HISTORY_MOST)
    page, cursor = _page(_between(said, args)[::-1], _ts, args, max(1, limit))
    return _messages_json(workspace, page, cursor, args)


def replies(workspace: SlackWorkspace, args: Arguments) -> Json:
    """A thread: its parent, then the replies, oldest first."""
    channel, ts = joined_channel(workspace, args), args.required("ts")
    need_scope(workspace, f"{channel.kind}:history")
    asked = workspace.message(channel.id, ts)
    if asked is None:
        raise Refused("thread_not_found")
    root = asked.thread_ts or ts
    thread = [
        message
        for message in workspace.messages[channel.id].values()
        if root in (message.ts, message.thread_ts)
    ]
    page, cursor = _page(_between(thread, args), _ts, args, max(1, args.number("limit", 1000)))
    return _messages_json(workspace, page, cursor, args)


def _between(messages: list[Message], args: Arguments) -> list[Message]:
    oldest = _moment(args, "oldest") or Decimal(0)
    latest = _moment(args, "latest") or Decimal("Infinity")
    inclusive = args.flag("inclusive")
    return [
        message
        for message in messages
        if oldest < Decimal(message.ts) < latest
        or (inclusive and Decimal(message.ts) in (oldest, latest))
    ]


def _moment(args: Arguments, name: str) -> Decimal | None:
    given = args.text(name)
    if not given:
        return None
    try:
        return Decimal(given)
    except InvalidOperation:
        raise Refused(f"invalid_ts_{name}") from None


def _page(
    items: Sequence[Item], key: Callable[[Item], str], args: Arguments, limit: int
) -> tuple[list[Item], str]:
    """One page of ``items`` and the cursor of the next, empty on the last page.

    The cursor holds the key of the last item shown, so what is new in front moves nothing.
    """
    start = 0
    if args.text("cursor"):
        try:
            last = base64.b64decode(args.text("cursor"), validate=True).decode()
            start = [key(item) for item in items].index(last) + 1
        except ValueError:
            raise Refused("invalid_cursor") from None
    page = list(items[start : start + limit])
    more = start + limit < len(items)
    return page, base64.b64encode(key(page[-1]).encode()).decode() if more else ""


def _ts(message: Message) -> str:
    return message.ts


def _messages_json(
    workspace: SlackWorkspace, page: list[Message], cursor: str, args: Arguments
) -> Json:
    with_metadata = args.flag("include_all_metadata")
    threads: dict[str, list[Message]] = {}
    for message in workspace.messages[args.text("channel")].values():
        if message.thread_ts and message.thread_ts != message.ts:
            threads.setdefault(message.thread_ts, []).append(message)
    shown = [
        {**one.as_json(with_metadata=with_metadata), **_thread_facts(one, threads.get(one.ts))}
        for one in page
    ]
    body: Json = {"messages": shown, "has_more": bool(cursor)}
    if cursor:
        body["response_metadata"] = {"next_cursor": cursor}
    return body


def _thread_facts(parent: Message, below: list[Message] | None) -> Json:
    """What a parent tells of the replies ``below`` it."""
    if not below:
        return {}
    return {
        "thread_ts": parent.ts,
        "reply_count": len(below),
        "reply_users": sorted({message.user for message in below}),
        "latest_reply": below[-1].ts,
    }


def _channel_json(workspace: SlackWorkspace, channel: Channel) -> Json:
    shown: Json = {
        "id": channel.id,
        "created": channel.created,
        "is_archived": channel.is_archived,
        "is_im": channel.is_im,
        "is_mpim": channel.is_mpim,
        "is_private": channel.is_private,
        "is_channel": channel.kind == "channels",
        "is_group": channel.kind == "groups",
        "is_shared": channel.is_ext_shared,
        "is_ext_shared": channel.is_ext_shared,
        "is_pending_ext_shared": channel.is_pending_ext_shared,
        "is_org_shared": False,
        "context_team_id": workspace.team_id,
    }
    if channel.is_im:
        others = [user for user in channel.members if user != workspace.bot_user_id]
        return shown | {"user": others[0]}
    inside = workspace.bot_user_id in channel.members
    return shown | {"name": channel.name, "is_member": inside}


METHODS = {
    "conversations.info": Method(info, _READ),
    "conversations.members": Method(members, _READ),
    "conversations.open": Method(open_direct, ("im:write", "mpim:write")),
    "conversations.history": Method(history, _HISTORY),
    "conversations.replies": Method(replies, _HISTORY),
}
