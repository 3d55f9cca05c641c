"""What ``doctor`` looks at in Slack."""

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from bot.errors import NoChannel, SetupError, SlackError, SlackRefused
from bot.ports import Clock, SlackSetup, SlackWitness
from bot.services.channel_findings import Members, channel_findings
from bot.services.doctor import Doubt, Named

_SECRET = re.compile("[0-9a-z]{32}")
_MOST_SKEW = 60.0  # seconds; requests more than five minutes off are refused


class SlackCheckup:
    """The token, its scopes, the ways in, the clock, the channels and who else is there.

    Args:
        setup, witness, members: Slack.
        scopes: those of the manifest.
        app_token: for Socket Mode, or "".
        secrets: the signing secrets by the name of their setting; none in Socket Mode.
        channels: the channels the bot speaks in.
        allowed: those that others may read, as ``ALLOW_SHARED_CHANNELS`` has them.
        clock: compared with Slack's.
    """

    def __init__(
        self,
        *,
        setup: SlackSetup,
        witness: SlackWitness,
        members: Members,
        scopes: frozenset[str],
        app_token: str,
        secrets: Mapping[str, str],
        channels: Callable[[], Awaitable[Iterable[str]]],
        allowed: frozenset[str],
        clock: Clock,
    ) -> None:
        self._setup, self._witness, self._members = setup, witness, members
        self._scopes_wanted, self._allowed = scopes, allowed
        self._app_token, self._secrets = app_token, secrets
        self._channels_of, self._clock = channels, clock
        self._signed_in = False
        self._usable: list[Mapping[str, Any]] = []  # Slack's objects of the channels

    def checks(self) -> list[Named]:
        """What is to be looked at, in order."""
        way_in: Named = (
            ("Socket Mode", self._socket) if self._app_token else ("Signing secret", self._secret)
        )
        return [
            way_in,
            ("Slack token", self._token),
            ("Slack scopes", self._scopes),
            ("Clock", self._skew),
            ("Slack channels", self._channels),
            ("Who reads along", self._readers),
        ]

    async def _token(self) -> str:
        home = await self._setup.workspace()
        self._signed_in = True
        return f"signed in to {home.name or home.team}."

    async def _socket(self) -> str:
        try:
            await self._setup.try_socket(self._app_token)
        except SlackRefused as error:
            raise SetupError(
                "Slack refuses the app-level token: make one with the scope connections:write "
                "(Basic Information), set SLACK_APP_TOKEN, and turn Socket Mode on."
            ) from error
        return "Slack opens a connection."

    async def _secret(self) -> str | Doubt:
        odd = [name for name, secret in self._secrets.items() if not _SECRET.fullmatch(secret)]
        if odd:
            return Doubt(
                f"{' and '.join(odd)} does not look like a signing secret (32 letters and digits): "
                "copy it again from Basic Information, not the client secret or a token."
            )
        return "it looks like one; only a press can prove it (doctor --rehearse)."

    async def _scopes(self) -> str | None:
        if not self._signed_in:
            return None
        granted = await self._setup.scopes()
        if missing := self._scopes_wanted - granted:
            names = ", ".join(sorted(missing))
            raise SetupError(
                f"The app lacks {names}: update it from manifest.yml and reinstall it."
            )
        if more := granted - self._scopes_wanted:
            return f"all granted, and more than the bot needs ({', '.join(sorted(more))})."
        return "all granted, and no others."

    async def _skew(self) -> str | Doubt | None:
        if not self._signed_in:
            return None
        theirs = await self._witness.clock()
        if theirs is None:
            return Doubt("Slack's answer has no date, so the clock cannot be compared with it.")
        skew = (self._clock.now() - theirs).total_seconds() - 0.5  # Slack's tells whole seconds
        if abs(skew) > _MOST_SKEW:
            word = "ahead of" if skew > 0 else "behind"
            raise SetupError(
                f"The clock of this machine is {abs(skew):.0f} s {word} Slack's: turn on its time "
                "service (NTP), since requests five minutes off are refused."
            )
        return f"{abs(skew):.0f} s off Slack's."

    async def _channels(self) -> str | None:
        if not self._signed_in:
            return None
        wanted = sorted(set(await self._channels_of()))
        problems = [problem for one in wanted if (problem := await self._problem(one))]
        if problems:
            raise NoChannel(" ".join(problems))
        return f"member of {', '.join(wanted)}."

    async def _problem(self, channel: str) -> str:
        """Why the bot cannot speak there and what to do, or ""."""
        try:
            found = await self._setup.channel(channel)
        except SlackRefused as error:
            return error.sentence
        except SlackError as error:
            return f"{error.sentence} ({channel})"
        if found.get("is_archived"):
            return f"{channel} is archived: unarchive it, or set another channel."
        if not found.get("is_member"):
            return f"The bot is no member of {channel}: invite it there."
        self._usable.append(found)
        return ""

    async def _readers(self) -> str | Doubt | None:
        """Whether others than full members of this company could read the invoices."""
        if not self._usable:
            return None
        found = [await channel_findings(c, self._members, self._allowed) for c in self._usable]
        if refusals := [sentence for one in found for sentence in one.refusals]:
            raise NoChannel(" ".join(refusals))
        if doubts := [sentence for one in found for sentence in one.doubts]:
            return Doubt(" ".join(doubts))
        return "nobody from outside, or those that ALLOW_SHARED_CHANNELS allows."
