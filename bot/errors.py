"""Every error of the bot, each with one sentence for the person it reaches.

    BotError
    ├── SetupError              the operator must fix something (exit 1)
    │   ├── StoreUnsafe         Redis is there but must not be trusted
    │   └── NoChannel           an invoice has no channel to go to
    ├── AzureError              Azure or Microsoft Graph
    │   ├── AzureSignInFailed   no token to be had
    │   ├── AzureDenied         401 or 403: a role or permission is missing
    │   ├── AzureNotFound       404
    │   ├── AzureBusy           429: throttled
    │   ├── AzureUnavailable    time-out, connection, 5xx
    │   └── AzureMalformed      an answer that cannot be understood
    ├── SlackError              Slack's Web API
    │   ├── SlackRefused        Slack answered with an error code: nothing happened
    │   │   └── ChannelRefused  the bot itself will not post there: others would read it
    │   ├── SlackBusy           429: nothing happened, try later
    │   ├── SlackUnavailable    nothing was sent
    │   └── SlackUnclear        sent, answer lost: it may have happened
    │       └── SlackLate       no answer in time: it may still be going to happen
    ├── StoreUnavailable        Redis did not answer
    │   └── StoreForgot         Redis has lost its memory; it is being rebuilt
    ├── TooManyClicks           one person clicks faster than people do
    └── TooSlow                 what was checked is too old to act upon

``sentence`` is shown to people and never holds secrets, e-mails or raw vendor text.
"""

SLACK_BAD_TOKEN = frozenset(
    {"invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive"}
)
SLACK_BAD_CHANNEL = frozenset({"channel_not_found", "not_in_channel", "is_archived", "is_inactive"})


class BotError(Exception):
    """Base of all; ``sentence`` (str) is what the person who clicked or ran a command reads."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class SetupError(BotError):
    """Something only the operator can fix; the sentence says how."""


class StoreUnsafe(SetupError):
    """Redis would lose or evict what must be kept."""


class NoChannel(SetupError):
    """No usable Slack channel for an invoice."""


class AzureError(BotError):
    """Azure or Graph did not give a usable answer.

    ``request_id`` (str or None) is Azure's own id of the call, for the log and the audit.
    """

    def __init__(self, sentence: str, *, request_id: str | None = None) -> None:
        super().__init__(sentence)
        self.request_id = request_id


class AzureSignInFailed(AzureError):
    """The credential could not get a token."""


class AzureDenied(AzureError):
    """Signed in, but a role or permission is missing (401, 403)."""


class AzureNotFound(AzureError):
    """No such resource, or none the bot may see (404)."""


class AzureBusy(AzureError):
    """Throttled (429) beyond what the retries allow; ``retry_after`` is in seconds, 0 for untold."""

    def __init__(
        self, sentence: str, *, request_id: str | None = None, retry_after: float = 0.0
    ) -> None:
        super().__init__(sentence, request_id=request_id)
        self.retry_after = retry_after


class AzureUnavailable(AzureError):
    """No answer in time, a broken connection, or a 5xx."""


class AzureMalformed(AzureError):
    """An answer whose shape cannot be trusted."""


class SlackError(BotError):
    """Slack's Web API failed; ``code`` (str) is Slack's own error word."""

    def __init__(self, sentence: str, *, code: str) -> None:
        super().__init__(sentence)
        self.code = code


class SlackRefused(SlackError):
    """Slack said no with an error code; nothing happened."""

    @property
    def is_general(self) -> bool:
        """Whether it concerns the token or the channel as a whole and not just this one message."""
        return self.code in SLACK_BAD_TOKEN | SLACK_BAD_CHANNEL | {"missing_scope"}


class ChannelRefused(SlackRefused):
    """The bot does not post there, since people of other companies would read it."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, code="channel_shared")

    @property
    def is_general(self) -> bool:
        """It concerns all messages."""
        return True


class SlackBusy(SlackError):
    """Slack throttled the call (429); nothing happened. ``retry_after`` is in seconds."""

    def __init__(self, sentence: str, *, code: str, retry_after: float = 1.0) -> None:
        super().__init__(sentence, code=code)
        self.retry_after = retry_after


class SlackUnavailable(SlackError):
    """The call never reached Slack; nothing happened."""


class SlackUnclear(SlackError):
    """The call was sent and its answer lost: it may or may not have happened."""


class SlackLate(SlackUnclear):
    """No answer in time: it may have happened, or be about to."""


class StoreUnavailable(BotError):
    """Redis did not answer in time."""


class NoDrawing(BotError):
    """A picture could not be drawn."""


class TooManyClicks(BotError):
    """One person has clicked too often within a few seconds."""

    def __init__(self) -> None:
        super().__init__("That was too many clicks at once; nothing more was started.")


class StoreForgot(StoreUnavailable):
    """Redis is empty: what was under way is not known yet, so nothing may be started."""


class TooSlow(BotError):
    """A check took so long that it no longer holds."""
