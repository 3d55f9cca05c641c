"""What the services need to have worded and drawn."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

from bot.domain.alert import Alert, Summary
from bot.domain.card import CardState, Message
from bot.domain.chart import Chart
from bot.domain.digest import Digest
from bot.domain.extract import Extract, File
from bot.domain.home import Sheet
from bot.domain.payment import Payment
from bot.domain.policy import Grant, Refusal
from bot.domain.remark import Remark


class Charts(Protocol):
    """Whatever draws."""

    async def draw(self, chart: Chart) -> bytes:
        """The chart as a PNG. Raises ``NoDrawing``."""


class RenderHome(Protocol):
    """How a Home tab looks (``bot.views.home``)."""

    def __call__(self, sheet: Sheet) -> dict[str, Any]:
        """The view of a person who may see something."""

    def refused(self, refusal: Refusal) -> dict[str, Any]:
        """The view of one who may not."""

    def reading(self) -> dict[str, Any]:
        """The view until the first one is made."""


class RenderCard(Protocol):
    """How a card and what belongs to it look (``bot.views.card``)."""

    def __call__(self, state: CardState) -> Message:
        """The message for a card in this state."""

    def reminder(self, state: CardState, alert: Alert) -> Message:
        """The reply in its thread that reminds of it."""

    def summary(self, summary: Summary, states: Sequence[CardState]) -> Message:
        """One message for many invoices."""

    def silence(self, since: datetime) -> Message:
        """The message that no scan has come through since then."""


class RenderExtract(Protocol):
    """How an export looks (``bot.views.export``)."""

    def files(self, extract: Extract) -> tuple[File, ...]:
        """The files; takes its time where there are many rows."""

    def comment(self, extract: Extract) -> str:
        """What stands above them, mrkdwn."""


class RenderStory(Protocol):
    """How a step of a payment is told (``bot.views.stories``)."""

    def __call__(self, state: CardState, told: Payment) -> Message:
        """The message for a payment as it stood, in the light of how it stands now."""


class RenderDigest(Protocol):
    """How a digest looks (``bot.views.digest``)."""

    def __call__(self, digest: Digest) -> Message:
        """The message for a digest."""


class RenderChart(Protocol):
    """How a digest's chart reads (``bot.views.chart``)."""

    def __call__(self, digest: Digest) -> Chart | None:
        """The chart, or None where there is nothing to show."""


class RenderRemark(Protocol):
    """How a remark is told (``bot.views.remarks``)."""

    def __call__(self, remark: Remark) -> Message:
        """The message for the card's thread."""


class RenderLetter(Protocol):
    """How a direct message reads (``bot.views.letters``)."""

    def assigned(
        self, state: CardState, remark: Remark, link: str, right: Grant | Refusal | None
    ) -> Message:
        """For a new assignee; ``right`` is whether they may pay, None where that is not known."""

    def released(self, state: CardState, remark: Remark, link: str) -> Message:
        """For a former assignee."""

    def reminder(self, state: CardState, link: str) -> Message:
        """For the assignee, beside the reminder in the thread."""
