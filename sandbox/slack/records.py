"""What the pretend Slack keeps: users, channels, messages, views.

Shapes follow the Slack documentation pages "User type", "Conversation object", "Message event"
and "View object". Messages and views are immutable: a change puts a new record in the old one's
place, so an old record is a faithful copy of what somebody saw earlier.
"""

from dataclasses import dataclass, field
from mimetypes import guess_type
from typing import Any, Literal

Json = dict[str, Any]
ViewKind = Literal["modal", "home"]


@dataclass
class User:
    """A person or the bot, with every fact Slack lets an app decide on.

    Attributes:
        team_id: the person's own workspace; another one than ours is Slack Connect.
        deleted: deactivated.
        is_restricted: a guest in several channels.
        is_ultra_restricted: a guest in one channel.
        is_stranger: of another organisation, and no channel is shared with them.
        is_invited_user: invited, has not joined yet.
        enterprise_user: ``{"enterprise_id": …, "id": …, "teams": […]}`` on Enterprise Grid.
        tz: IANA name.
        locale: IETF tag, e.g. ``de-DE``.
    """

    id: str
    name: str
    team_id: str
    real_name: str = ""
    email: str = ""
    deleted: bool = False
    is_admin: bool = False
    is_bot: bool = False
    is_app_user: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    is_stranger: bool = False
    is_invited_user: bool = False
    is_email_confirmed: bool = True
    enterprise_user: Json | None = None
    tz: str = "Etc/UTC"
    locale: str = "en-US"


@dataclass
class Channel:
    """A conversation; ``members`` holds user ids in the order they joined."""

    id: str
    name: str
    members: list[str] = field(default_factory=list)
    is_private: bool = False
    is_ext_shared: bool = False
    is_pending_ext_shared: bool = False
    is_archived: bool = False
    is_im: bool = False
    is_mpim: bool = False
    created: int = 0

    @property
    def kind(self) -> str:
        """The family its scopes are named after: channels, groups, im or mpim."""
        if self.is_im:
            return "im"
        if self.is_mpim:
            return "mpim"
        return "groups" if self.is_private else "channels"

    @property
    def payload_name(self) -> str:
        """The name interaction payloads give it: only public channels are named."""
        names = {"im": "directmessage", "mpim": "mpdm", "groups": "privategroup"}
        return names.get(self.kind, self.name)


@dataclass
class File:
    """A file on its way to Slack or in it.

    Attributes:
        length: bytes, as announced.
        ticket: the secret part of its upload address.
        alt_text: what a picture shows, for a screen reader.
        content: empty until it was brought.
        is_shared: whether its upload was completed.
    """

    id: str
    name: str
    length: int
    ticket: str
    alt_text: str = ""
    title: str = ""
    content: bytes = b""
    is_shared: bool = False

    def as_json(self) -> Json:
        """The file as a message shows it."""
        ending = self.name.rpartition(".")[2].lower()
        shown: Json = {
            "id": self.id,
            "name": self.name,
            "title": self.title,
            "size": self.length,
            "filetype": ending,
            "mimetype": guess_type(self.name)[0] or "application/octet-stream",
        }
        return shown | ({"alt_txt": self.alt_text} if self.alt_text else {})


@dataclass(frozen=True)
class Message:
    """One message as it stands.

    Attributes:
        ts: its identity within the channel, ``"<seconds>.<micros>"``.
        user: who wrote it.
        bot_id: set where an app wrote it.
        thread_ts: the parent's ts, for a reply.
        reactions: emoji name -> user ids.
        files: as Slack's file objects.
        seen_by: the one user who sees it, for an ephemeral message; None: everybody.
    """

    channel: str
    ts: str
    user: str
    text: str = ""
    blocks: list[Json] = field(default_factory=list)
    bot_id: str | None = None
    app_id: str | None = None
    team_id: str = ""
    thread_ts: str | None = None
    reply_broadcast: bool = False
    metadata: Json | None = None
    edited_ts: str | None = None
    reactions: dict[str, tuple[str, ...]] = field(default_factory=dict)
    files: tuple[Json, ...] = ()
    seen_by: str | None = None

    def as_json(self, *, with_metadata: bool = False) -> Json:
        """The message as Slack sends it; metadata only where it was asked for."""
        shown: Json = {
            "type": "message",
            "user": self.user,
            "ts": self.ts,
            "text": self.text,
            "team": self.team_id,
        }
        if self.bot_id:
            shown |= {"bot_id": self.bot_id, "app_id": self.app_id}
        if self.reply_broadcast:
            shown["subtype"] = "thread_broadcast"
        if self.edited_ts:
            shown["edited"] = {"user": self.user, "ts": self.edited_ts}
        if self.files:
            shown |= {"files": list(self.files), "upload": True}
        parts = {
            "blocks": self.blocks,
            "thread_ts": self.thread_ts,
            "reactions": self._reactions(),
            "metadata": self.metadata if with_metadata else None,
        }
        return shown | {name: part for name, part in parts.items() if part}

    def _reactions(self) -> list[Json]:
        return [
            {"name": name, "users": list(users), "count": len(users)}
            for name, users in self.reactions.items()
        ]


@dataclass
class ResponseUrl:
    """One response URL: whose interaction, where, when (epoch seconds), from which message."""

    id: str
    user: str
    channel: str
    issued: float
    original: Message | None = None
    uses: int = 0


@dataclass(frozen=True)
class View:
    """A modal on somebody's screen, or their Home tab.

    Attributes:
        user: whose screen.
        root: the first view's id of its stack; its own id for the first.
        previous: the id of the view it lies on.
        state: what is filled in: block id -> action id -> value, as in ``view.state.values``.
        errors: block id -> what the bot objected to at the last submission.
    """

    id: str
    user: str
    type: ViewKind
    root: str
    hash: str
    blocks: list[Json]
    previous: str | None = None
    title: Json | None = None
    submit: Json | None = None
    close: Json | None = None
    callback_id: str = ""
    external_id: str = ""
    private_metadata: str = ""
    clear_on_close: bool = False
    notify_on_close: bool = False
    state: dict[str, Json] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
