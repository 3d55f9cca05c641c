"""Slack's payloads → typed requests. They are signed, but their values are still only text."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.domain.invoice import invoice_number
from bot.domain.listing import LONGEST_TEXT, Filter, Query
from bot.domain.people import Presence
from bot.services.wiring import Form

Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Press:
    """A pressed button: who, its value, where to answer, and whether it was in a modal."""

    presence: Presence
    value: str
    trigger: str
    response_url: str
    in_modal: bool = False


@dataclass(frozen=True, slots=True)
class Submission:
    """A submitted or closed modal: who, which view, the token it carried, and what was filled in.

    ``values`` are the texts, days, people and options' values by the action ids of their fields;
    of several options ticked the first.
    """

    presence: Presence
    view: str
    token: str
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Command:
    """A slash command: who, the text after it, and where to answer."""

    presence: Presence
    text: str
    response_url: str


@dataclass(frozen=True, slots=True)
class Opening:
    """An opened Home tab: whose, and whether there was nothing on it yet."""

    presence: Presence
    is_first: bool


def opening_of(body: Body) -> Opening:
    """The opening in an ``app_home_opened`` event."""
    event, grid = body["event"], (body.get("authorizations") or [{}])[0]
    enterprise = body.get("enterprise_id") or grid.get("enterprise_id")
    presence = Presence(str(event["user"]), str(body.get("team_id") or ""), str(enterprise or ""))
    return Opening(presence, is_first=not event.get("view"))


def press_of(body: Body) -> Press:
    """The press in a ``block_actions`` payload; a menu's value is that of the chosen option."""
    action = body["actions"][0]
    value = (action.get("selected_option") or action).get("value") or ""
    return Press(
        _presence(body),
        str(value),
        str(body.get("trigger_id") or ""),
        str(body.get("response_url") or ""),
        in_modal=(body.get("view") or {}).get("type") == "modal",
    )


def submission_of(body: Body) -> Submission:
    """The modal in a ``view_submission`` or ``view_closed`` payload."""
    view = body["view"]
    token = str(view.get("private_metadata") or "")
    return Submission(_presence(body), str(view["id"]), token, _filled_in(view))


def form_of(submission: Submission) -> Form:
    """The form in which a wire was told. Raises ``ValueError`` for anything else."""
    number, payment, operation = submission.token.split("|")
    return Form(invoice_number(number), payment, operation)


def _filled_in(view: Mapping[str, Any]) -> dict[str, str]:
    fields = ((view.get("state") or {}).get("values") or {}).values()
    return {action: _value(told) for block in fields for action, told in block.items()}


def _value(told: Mapping[str, Any]) -> str:
    """What one field holds; which key that is depends on its type."""
    ticked = [*(told.get("selected_options") or []), told.get("selected_option") or {}]
    option = ticked[0].get("value")
    plain = ("value", "selected_date", "selected_user")
    return str(next((told[key] for key in plain if told.get(key)), option) or "")


def command_of(body: Body) -> Command:
    """The command in a slash command's form."""
    presence = Presence(
        str(body["user_id"]), str(body.get("team_id") or ""), str(body.get("enterprise_id") or "")
    )
    text = str(body.get("text") or "").strip()
    return Command(presence, text, str(body.get("response_url") or ""))


def page_of(value: str) -> Query:
    """The query in a paging button's value. Raises ``ValueError`` for anything else."""
    try:
        asked = json.loads(value)
        return Query(
            Filter(asked["filter"]), str(asked["text"])[:LONGEST_TEXT], max(0, int(asked["page"]))
        )
    except (KeyError, TypeError, OverflowError, RecursionError) as error:
        raise ValueError("it is no page") from error


def refresh_of(value: str) -> str:
    """The invoice number in ``refresh:G123456789``. Raises ``ValueError`` for anything else."""
    verb, _, number = value.partition(":")
    if verb != "refresh":
        raise ValueError("it is no refresh")
    return invoice_number(number)


def _presence(body: Body) -> Presence:
    """Who sent it. ``user.team_id`` is the person's own workspace, also across Slack Connect."""
    user, team = body["user"], body.get("team") or {}
    enterprise = (body.get("enterprise") or {}).get("id") or team.get("enterprise_id")
    return Presence(
        str(user["id"]), str(user.get("team_id") or team.get("id") or ""), str(enterprise or "")
    )
