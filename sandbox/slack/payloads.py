"""What Slack sends to an app when somebody acts: the bodies of its requests.

After the Slack documentation pages "block_actions payload", "view_submission payload",
"view_closed payload", "Slash commands", "External data source" (block_suggestion),
"Events API" and "app_home_opened event"; for people from Slack Connect also the reports in
slackapi/bolt-js#1614 and slackapi/bolt-python#767.
"""

import secrets

from sandbox.slack.elements import State
from sandbox.slack.records import Channel, Json, Message, User, View
from sandbox.slack.view_methods import view_json
from sandbox.slack.workspace import SlackWorkspace


def block_actions(
    workspace: SlackWorkspace, user: User, *, action: Json, trigger_id: str, place: Json
) -> Json:
    """Somebody pressed or chose something.

    Args:
        workspace: where.
        user: who.
        action: what, see ``action``.
        trigger_id: for a modal in answer.
        place: where on the screen, see ``in_message`` and ``in_view``.
    """
    return {
        **_envelope(workspace, user, "block_actions"),
        "actions": [action],
        "trigger_id": trigger_id,
        **place,
    }


def action(block: Json, element: Json, chosen: Json, ts: str) -> Json:
    """One entry of ``actions``: the element without its menu, and what was chosen."""
    shown = {name: value for name, value in element.items() if not name.startswith("option")}
    return {**shown, "block_id": block["block_id"], **chosen, "action_ts": ts}


def in_message(message: Message, channel: Channel, state: State, response_url: str) -> Json:
    """The part of block_actions that tells which message it was; an ephemeral one is not shown."""
    thread = {"thread_ts": message.thread_ts} if message.thread_ts else {}
    container = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": channel.id,
        "is_ephemeral": message.seen_by is not None,
        **thread,
    }
    shown = {} if message.seen_by else {"message": message.as_json()}
    return {
        "container": container,
        "channel": {"id": channel.id, "name": channel.payload_name},
        **shown,
        "state": {"values": state},
        "response_url": response_url,
    }


def in_view(workspace: SlackWorkspace, view: View) -> Json:
    """The part of block_actions that tells which modal or Home tab it was."""
    return {
        "container": {"type": "view", "view_id": view.id},
        "view": view_json(workspace, view),
    }


def view_submission(workspace: SlackWorkspace, user: User, view: View, trigger_id: str) -> Json:
    """Somebody pressed a modal's submit button; ``view.state`` holds what they filled in."""
    return {
        **_envelope(workspace, user, "view_submission", own_team=True),
        "trigger_id": trigger_id,
        "view": view_json(workspace, view),
        "response_urls": [],
    }


def view_closed(workspace: SlackWorkspace, user: User, view: View, *, whole_stack: bool) -> Json:
    """Somebody closed a modal that asked to be told."""
    return {
        **_envelope(workspace, user, "view_closed", own_team=True),
        "view": view_json(workspace, view),
        "is_cleared": whole_stack,
    }


def block_suggestion(
    workspace: SlackWorkspace, user: User, *, block: Json, element: Json, typed: str, place: Json
) -> Json:
    """Somebody types in an external menu and Slack asks for options."""
    return {
        **_envelope(workspace, user, "block_suggestion"),
        "action_id": element["action_id"],
        "block_id": block["block_id"],
        "value": typed,
        **{name: part for name, part in place.items() if name != "response_url"},
    }


def slash_command(
    workspace: SlackWorkspace,
    user: User,
    channel: Channel,
    *,
    command: str,
    text: str,
    trigger_id: str,
    response_url: str,
) -> dict[str, str]:
    """The form fields of a slash command."""
    grid = {"enterprise_id": workspace.enterprise_id} if workspace.enterprise_id else {}
    return {
        "token": workspace.verification_token,
        "team_id": workspace.team_id,
        "team_domain": workspace.domain,
        **grid,
        "channel_id": channel.id,
        "channel_name": channel.payload_name,
        "user_id": user.id,
        "user_name": user.name,
        "command": command,
        "text": text,
        "api_app_id": workspace.app_id,
        "is_enterprise_install": "false",
        "response_url": response_url,
        "trigger_id": trigger_id,
    }


def url_verification(workspace: SlackWorkspace) -> Json:
    """Slack checks a request URL: the answer must hold the challenge."""
    challenge = secrets.token_urlsafe(24)
    token = workspace.verification_token
    return {"token": token, "challenge": challenge, "type": "url_verification"}


def app_home_opened(
    workspace: SlackWorkspace, user: User, channel: Channel, event_id: str, ts: str
) -> Json:
    """Somebody opened the app's Home tab."""
    home = workspace.modals.homes.get(user.id)
    event: Json = {
        "type": "app_home_opened",
        "user": user.id,
        "channel": channel.id,
        "tab": "home",
        "event_ts": ts,
    }
    if home:
        event["view"] = view_json(workspace, home)
    return {
        "token": workspace.verification_token,
        "team_id": workspace.team_id,
        "api_app_id": workspace.app_id,
        "event": event,
        "type": "event_callback",
        "event_id": event_id,
        "event_time": int(float(ts)),
        "authorizations": [
            {
                "enterprise_id": workspace.enterprise_id,
                "team_id": workspace.team_id,
                "user_id": workspace.bot_user_id,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
    }


def _envelope(workspace: SlackWorkspace, user: User, kind: str, *, own_team: bool = False) -> Json:
    """What all interaction payloads begin with.

    ``own_team``: submissions and closings carry the team of the person, who may be from outside;
    everything else carries the team the app is installed in.
    """
    theirs = own_team and user.team_id != workspace.team_id
    team = (
        {"id": user.team_id, "domain": user.team_id.lower()}
        if theirs
        else {"id": workspace.team_id, "domain": workspace.domain}
    )
    grid = workspace.enterprise_id
    return {
        "type": kind,
        "team": team,
        "user": {
            "id": user.id,
            "username": user.name,
            "name": user.name,
            "team_id": user.team_id,
        },
        "api_app_id": workspace.app_id,
        "token": workspace.verification_token,
        "enterprise": {"id": grid, "name": workspace.domain} if grid else None,
        "is_enterprise_install": False,
    }
