"""One Web API method: what it needs and what it does."""

from collections.abc import Callable
from dataclasses import dataclass

from sandbox.slack.arguments import Arguments
from sandbox.slack.records import Channel, Json
from sandbox.slack.refusal import Refused
from sandbox.slack.workspace import SlackWorkspace


@dataclass(frozen=True)
class Method:
    """``run`` answers with the fields beside ``ok``; one of ``scopes`` is needed, if any is."""

    run: Callable[[SlackWorkspace, Arguments], Json]
    scopes: tuple[str, ...] = ()


def known_channel(workspace: SlackWorkspace, args: Arguments, name: str = "channel") -> Channel:
    """The channel an argument names, as far as the bot knows of it: a private one only from inside.

    Raises:
        Refused: ``channel_not_found``.
    """
    channel = workspace.channels.get(args.required(name))
    if channel is None or (channel.is_private and workspace.bot_user_id not in channel.members):
        raise Refused("channel_not_found")
    return channel


def joined_channel(workspace: SlackWorkspace, args: Arguments) -> Channel:
    """The channel, if the bot is a member; otherwise ``not_in_channel`` is refused."""
    channel = known_channel(workspace, args)
    if workspace.bot_user_id not in channel.members:
        raise Refused("not_in_channel")
    return channel


def need_scope(workspace: SlackWorkspace, scope: str) -> None:
    """Refuse ``missing_scope`` unless the token has this very scope."""
    if scope not in workspace.scopes:
        raise Refused("missing_scope", needed=scope, provided=",".join(sorted(workspace.scopes)))
