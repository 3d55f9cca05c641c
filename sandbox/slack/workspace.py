"""The state of one pretend Slack workspace with one app installed in it.

After the Slack documentation pages "Messages" (``ts`` is a message's identity), "Ephemeral
messages", "Using Slack Connect" and "Slack guests" (who sees what).
"""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from sandbox.slack.layout import as_kept
from sandbox.slack.modals import Modals
from sandbox.slack.post_rate import PostRate
from sandbox.slack.records import Channel, File, Json, Message, ResponseUrl, User

COMMON_SCOPES = (
    "chat:write",
    "commands",
    "channels:read",
    "groups:read",
    "im:read",
    "im:write",
    "channels:history",
    "groups:history",
    "im:history",
    "users:read",
    "users:read.email",
    "reactions:write",
    "files:write",
)


class SlackWorkspace:
    """A workspace: people, channels, what was said, what is open on whose screen.

    Everything happens in one event loop and no method waits, so each is one step for all others.

    Attributes:
        url: where the pretend Slack is served, e.g. ``http://127.0.0.1:40123``; set by whoever
            serves it, needed before anybody acts.
        people: user id -> User; the bot is among them.
        channels: channel id -> Channel, direct messages included.
        messages: channel id -> ts -> Message, oldest first; nothing ephemeral.
        ephemerals: user id -> the ephemeral messages they see, oldest first.
        modals: trigger ids, open modals and Home tabs.
        response_urls: id -> ResponseUrl.
        files: id -> File, brought or not.
        scopes: what the bot token may do.
        on_change: called with ``{"kind": …, …}`` after each change. Kinds: ``message``,
            ``update``, ``delete``, ``ephemeral`` (channel, ts, user), ``view``, ``view_closed``,
            ``home`` (user, view), ``person`` (user).
        now: the workspace's clock, epoch seconds.
    """

    def __init__(
        self,
        team_id: str = "T0HOME",
        bot_token: str = "xoxb-sandbox-token",  # noqa: S107  # opens nothing but this sandbox
        signing_secret: str = "sandbox-signing-secret",  # noqa: S107
        *,
        scopes: Iterable[str] = COMMON_SCOPES,
        domain: str = "contoso",
        enterprise_id: str | None = None,
        post_rate: float | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.team_id, self.domain, self.enterprise_id = team_id, domain, enterprise_id
        self.bot_token, self.signing_secret, self.scopes = bot_token, signing_secret, set(scopes)
        self.app_id, self.bot_id, self.bot_user_id = "A0BOT", "B0BOT", "U0BOT"
        self.verification_token = "sandbox-verification-token"  # noqa: S105
        self.url = ""
        self.now = now
        self.people: dict[str, User] = {}
        self.channels: dict[str, Channel] = {}
        self.messages: dict[str, dict[str, Message]] = {}
        self.ephemerals: dict[str, list[Message]] = {}
        self.response_urls: dict[str, ResponseUrl] = {}
        self.files: dict[str, File] = {}
        self.on_change: list[Callable[[Json], None]] = []
        self.modals = Modals(now, self.announce)
        self.rate = PostRate(post_rate, now)
        self._last_micros = 0
        self.add_person(self.bot_user_id, "invoice-bot", is_bot=True)

    @property
    def post_rate(self) -> float | None:
        """Messages a second that chat.postMessage lets into one channel; None: any number."""
        return self.rate.rate

    @post_rate.setter
    def post_rate(self, rate: float | None) -> None:
        self.rate.rate = rate

    @property
    def throttled(self) -> int:
        """How many chat.postMessage calls were answered with 429."""
        return self.rate.throttled

    def add_person(self, user_id: str, name: str, **facts: Any) -> User:  # noqa: ANN401
        """Let somebody in; ``facts`` are the further fields of User, e.g. ``email``.

        A ``team_id`` other than the workspace's makes them a Slack Connect guest from outside.
        """
        facts = {"team_id": self.team_id, "real_name": name.title(), **facts}
        user = User(id=user_id, name=name, **facts)
        self.people[user_id] = user
        return user

    def add_channel(
        self,
        channel_id: str,
        name: str,
        members: Sequence[str] = (),
        *,
        bot: bool = True,
        **facts: bool,
    ) -> Channel:
        """Open a channel; ``facts`` are Channel's flags, e.g. ``is_private=True``.

        Args:
            channel_id: e.g. ``C0FINANCE``.
            name: without ``#``.
            members: user ids.
            bot: whether the bot is a member too.
            facts: is_private, is_ext_shared, is_pending_ext_shared, is_archived.
        """
        everybody = [*members, *([self.bot_user_id] if bot else [])]
        channel = Channel(channel_id, name, everybody, created=int(self.now()), **facts)
        self.channels[channel_id] = channel
        self.messages[channel_id] = {}
        return channel

    def direct_channel(self, user_ids: Sequence[str]) -> Channel:
        """The bot's direct message with these people, opened if it is the first time."""
        everybody = {*user_ids, self.bot_user_id}
        for channel in self.channels.values():
            if (channel.is_im or channel.is_mpim) and set(channel.members) == everybody:
                return channel
        one = len(user_ids) == 1
        channel_id = f"{'D' if one else 'G'}{len(self.channels):09d}"
        return self.add_channel(
            channel_id, "-".join(user_ids), user_ids, is_private=True, is_im=one, is_mpim=not one
        )

    def next_ts(self) -> str:
        """A ts nobody had before, later than all others."""
        self._last_micros = max(self._last_micros + 1, int(self.now() * 1_000_000))
        return f"{self._last_micros // 1_000_000}.{self._last_micros % 1_000_000:06d}"

    def announce(self, kind: str, **facts: str) -> None:
        """Tell everyone who listens that something changed."""
        for listen in list(self.on_change):
            listen({"kind": kind, **facts})

    def post(
        self,
        channel: str,
        text: str = "",
        blocks: Sequence[Json] = (),
        *,
        user: str | None = None,
        **facts: Any,  # noqa: ANN401
    ) -> Message:
        """Say something in a channel, as a person or (without ``user``) as the bot.

        Args:
            channel: its id.
            text: Slack's mrkdwn.
            blocks: checked already.
            user: a person's id.
            facts: further fields of Message: thread_ts, reply_broadcast, metadata, files.
        """
        message = self._written(channel, text, blocks, user, **facts)
        self.messages[channel][message.ts] = message
        self.announce("message", channel=channel, ts=message.ts)
        return message

    def whisper(
        self,
        to: str,
        channel: str,
        text: str = "",
        blocks: Sequence[Json] = (),
        *,
        thread_ts: str | None = None,
    ) -> Message:
        """Let the bot say something in a channel that only ``to`` sees."""
        message = self._written(channel, text, blocks, None, thread_ts=thread_ts, seen_by=to)
        self.ephemerals.setdefault(to, []).append(message)
        self.announce("ephemeral", channel=channel, ts=message.ts, user=to)
        return message

    def message(self, channel: str, ts: str) -> Message | None:
        """The message as it stands, or None; ephemeral ones cannot be found this way."""
        return self.messages.get(channel, {}).get(ts)

    def revise(self, old: Message, **changes: Any) -> Message:  # noqa: ANN401
        """Put a changed copy in the place of ``old``; ``changes`` are fields of Message."""
        if "blocks" in changes:
            changes["blocks"] = as_kept(changes["blocks"])
        new = replace(old, **changes)
        if old.seen_by is None:
            self.messages[old.channel][old.ts] = new
        else:
            mine = self.ephemerals[old.seen_by]
            self.ephemerals[old.seen_by] = [new if one.ts == old.ts else one for one in mine]
        self.announce("update", channel=old.channel, ts=old.ts)
        return new

    def remove(self, old: Message) -> None:
        """Delete a message for everybody who saw it."""
        if old.seen_by is None:
            self.messages[old.channel].pop(old.ts, None)
        else:
            mine = self.ephemerals[old.seen_by]
            self.ephemerals[old.seen_by] = [one for one in mine if one.ts != old.ts]
        self.announce("delete", channel=old.channel, ts=old.ts)

    def can_see(self, user_id: str, channel_id: str) -> bool:
        """Whether a person can look into a channel: members, and of a public one all of us."""
        user, channel = self.people[user_id], self.channels[channel_id]
        ours = user.team_id == self.team_id
        full = ours and not (user.is_restricted or user.is_ultra_restricted)
        return user_id in channel.members or (full and not channel.is_private)

    def visible_to(self, user_id: str, channel_id: str) -> list[Message]:
        """What a person sees in a channel, ephemeral messages to them included, oldest first."""
        public = self.messages[channel_id].values() if self.can_see(user_id, channel_id) else ()
        mine = [one for one in self.ephemerals.get(user_id, []) if one.channel == channel_id]
        return sorted([*public, *mine], key=lambda message: float(message.ts))

    def visible(self, user_id: str, channel_id: str, ts: str) -> Message | None:
        """The one message with this ts, if the person sees it."""
        if self.can_see(user_id, channel_id) and ts in self.messages[channel_id]:
            return self.messages[channel_id][ts]
        mine = self.ephemerals.get(user_id, [])
        return next((one for one in mine if (one.channel, one.ts) == (channel_id, ts)), None)

    def _written(
        self,
        channel: str,
        text: str,
        blocks: Sequence[Json],
        user: str | None,
        **facts: Any,  # noqa: ANN401
    ) -> Message:
        author = self.people[user or self.bot_user_id]
        return Message(
            channel=channel,
            ts=self.next_ts(),
            user=author.id,
            team_id=author.team_id,
            text=text,
            blocks=as_kept(list(blocks)),
            bot_id=None if user else self.bot_id,
            app_id=None if user else self.app_id,
            **facts,
        )
