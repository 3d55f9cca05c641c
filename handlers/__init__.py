"""The Slack listeners: parse, one service call, one view."""

from slack_bolt.async_app import AsyncApp

from handlers import (
    actions,
    approvals,
    assigning,
    commands,
    documents,
    fallback,
    home,
    noting,
    rehearsal,
    snoozing,
    takeover,
    views,
    wiring,
)
from handlers.desk import Desk


def register(app: AsyncApp, desk: Desk) -> None:
    """Have ``app`` answer everything a user of this bot can do."""
    for room in (
        *(actions, commands, views, approvals, takeover, snoozing),
        *(assigning, noting, documents, wiring, home, rehearsal, fallback),
    ):
        room.register(app, desk)
