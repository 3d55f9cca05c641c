"""Where invoices may be shown: pure decisions about Slack channels. In doubt the answer is no.

Source: docs.slack.dev, "Conversation object" and "Slack Connect".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Concern(StrEnum):
    """Who else could read along."""

    SHARED = "shared"
    INVITED = "invited"
    PUBLIC = "public"
    GUESTS = "guests"


REFUSED = frozenset({Concern.SHARED, Concern.INVITED})
"""Nothing is posted there; the other concerns are only told to the operator."""

_WORDS = {
    Concern.SHARED: "{channel} is shared with another company, so nothing is posted there: "
    "set another channel, or add {id} to ALLOW_SHARED_CHANNELS.",
    Concern.INVITED: "Another company is invited to share {channel}, so nothing is posted there: "
    "withdraw the invitation, set another channel, or add {id} to ALLOW_SHARED_CHANNELS.",
    Concern.PUBLIC: "{channel} is public, so everybody in the workspace can read the invoices: "
    "make it private, or add {id} to ALLOW_SHARED_CHANNELS if that is meant.",
    Concern.GUESTS: "Guests are members of {channel} and can read the invoices: "
    "remove them, or add {id} to ALLOW_SHARED_CHANNELS if that is meant.",
}


@dataclass(frozen=True, slots=True)
class ChannelFacts:
    """What matters of a Slack channel.

    Attributes:
        id, name: the name without ``#``, "" where Slack tells none (a direct message).
        is_shared: another company is in it (Slack Connect).
        is_pending: another company is invited, or is being let in.
        is_public: everybody of the workspace may join and read.
    """

    id: str
    name: str
    is_shared: bool
    is_pending: bool
    is_public: bool


def channel_facts(channel: Mapping[str, Any]) -> ChannelFacts:
    """The facts in Slack's channel object; a flag that is missing reads as its usual value."""
    closed = ("is_private", "is_im", "is_mpim", "is_group")
    return ChannelFacts(
        id=str(channel.get("id") or ""),
        name=str(channel.get("name") or ""),
        is_shared=bool(channel.get("is_ext_shared")),
        is_pending=bool(channel.get("is_pending_ext_shared")),
        is_public=not any(channel.get(flag) for flag in closed),
    )


def concerns(
    facts: ChannelFacts, allowed: frozenset[str], *, has_guests: bool = False
) -> tuple[Concern, ...]:
    """What speaks against posting there, the gravest first; nothing where the operator allows it.

    Args:
        facts: the channel.
        allowed: ids and names, as ``ALLOW_SHARED_CHANNELS`` has them: lower case, without ``#``.
        has_guests: whether a guest is known to be among its members.
    """
    if {facts.id.lower(), facts.name.lower()} & (allowed - {""}):
        return ()
    found = (
        (facts.is_shared, Concern.SHARED),
        (facts.is_pending, Concern.INVITED),
        (facts.is_public, Concern.PUBLIC),
        (has_guests, Concern.GUESTS),
    )
    return tuple(concern for holds, concern in found if holds)


def concern_words(concern: Concern, facts: ChannelFacts) -> str:
    """The concern in one sentence for the operator, with its fix."""
    channel = f"#{facts.name} ({facts.id})" if facts.name else facts.id
    return _WORDS[concern].format(channel=channel, id=facts.id)
