"""All that the page shows to one person, as one JSON object."""

from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime

from sandbox.page.azure_json import accounts_json, invoices_json
from sandbox.page.role_book import RoleBook
from sandbox.page.settling import Settling
from sandbox.page.slack_json import (
    COMMANDS,
    LANGUAGES,
    channels_json,
    direct_json,
    person_json,
    view_json,
)
from sandbox.serving import Exchange, Traffic
from sandbox.slack.records import Json
from sandbox.stage import CAST, Stage

_MOST_TRAFFIC = 200


class TrafficLog:
    """The newest exchanges, numbered from 1 in the order they ended."""

    def __init__(self, traffic: Traffic) -> None:
        self._lines: deque[Json] = deque(maxlen=_MOST_TRAFFIC)
        self._seen = 0
        for exchange in traffic.exchanges:
            self._note(exchange)
        traffic.on_note.append(self._note)

    def as_json(self) -> list[Json]:
        """The lines, newest last."""
        return list(self._lines)

    def _note(self, exchange: Exchange) -> None:
        self._seen += 1
        at = datetime.fromtimestamp(exchange.at, UTC)
        self._lines.append(
            {
                "id": self._seen,
                "at": at.isoformat(timespec="milliseconds"),
                "server": exchange.server,
                "method": exchange.method,
                "path": exchange.path,
                "status": exchange.status,
                "ms": round(exchange.ms, 1),
            }
        )


class Snapshots:
    """Takes snapshots.

    Args:
        stage: Slack, Azure and the traffic between them and the bot.
        settling: payments under way.
        roles: who holds which.
        faults: names what is wrong at the moment.
    """

    def __init__(
        self, stage: Stage, settling: Settling, roles: RoleBook, faults: Callable[[], list[str]]
    ) -> None:
        self._stage, self._settling, self._roles, self._faults = stage, settling, roles, faults
        self._traffic = TrafficLog(stage.traffic)

    def of(self, me: str) -> Json:
        """What the person with this Slack user id sees now."""
        workspace, tenant = self._stage.workspace, self._stage.tenant
        home = workspace.modals.homes.get(me)
        people = [person_json(workspace, user, self._roles.words(user)) for user in CAST]
        return {
            "me": next(person for person in people if person["id"] == me),
            "workspace": {"name": workspace.domain.title(), "team_id": workspace.team_id},
            "people": people,
            "channels": channels_json(workspace, me),
            "dms": direct_json(workspace, me),
            "commands": list(COMMANDS),
            "languages": list(LANGUAGES),
            "modals": [view_json(view) for view in workspace.modals.stacks.get(me, [])],
            "home": view_json(home) if home else None,
            "azure": {
                "accounts": accounts_json(tenant),
                "invoices": invoices_json(tenant, self._settling, self._stage.cards()),
                "roles": self._roles.as_json(),
            },
            "faults": self._faults(),
            "traffic": self._traffic.as_json(),
        }
