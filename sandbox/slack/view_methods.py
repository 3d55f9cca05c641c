"""views.open, views.push, views.update and views.publish.

After the Slack documentation pages of these methods and "View object".
"""

from sandbox.slack.arguments import Arguments
from sandbox.slack.method import Method
from sandbox.slack.records import Json, View
from sandbox.slack.refusal import Refused
from sandbox.slack.workspace import SlackWorkspace


def view_json(workspace: SlackWorkspace, view: View) -> Json:
    """A view as the Web API and payloads show it."""
    return {
        "id": view.id,
        "team_id": workspace.team_id,
        "type": view.type,
        "blocks": view.blocks,
        "private_metadata": view.private_metadata,
        "callback_id": view.callback_id,
        "state": {"values": view.state},
        "hash": view.hash,
        "title": view.title,
        "clear_on_close": view.clear_on_close,
        "notify_on_close": view.notify_on_close,
        "close": view.close,
        "submit": view.submit,
        "previous_view_id": view.previous,
        "root_view_id": view.root,
        "app_id": workspace.app_id,
        "external_id": view.external_id,
        "app_installed_team_id": workspace.team_id,
        "bot_id": workspace.bot_id,
    }


def views_open(workspace: SlackWorkspace, args: Arguments) -> Json:
    """A modal for whoever the trigger id is from."""
    view = workspace.modals.open(args.required("trigger_id"), _view(args))
    return {"view": view_json(workspace, view)}


def views_push(workspace: SlackWorkspace, args: Arguments) -> Json:
    """A modal on top of the one the trigger id is from."""
    view = workspace.modals.push(args.required("trigger_id"), _view(args))
    return {"view": view_json(workspace, view)}


def views_update(workspace: SlackWorkspace, args: Arguments) -> Json:
    """Other content for an open view, found by view_id or external_id."""
    view_id, external_id = args.text("view_id"), args.text("external_id")
    if not view_id and not external_id:
        raise Refused("invalid_arguments", ["[ERROR] view_id or external_id is required"])
    old = workspace.modals.find(view_id, external_id=external_id)
    view = workspace.modals.update(old, _view(args), hash_=args.text("hash"))
    return {"view": view_json(workspace, view)}


def views_publish(workspace: SlackWorkspace, args: Arguments) -> Json:
    """A Home tab for one user."""
    user = args.required("user_id")
    if user not in workspace.people:
        raise Refused("invalid_arguments", ["[ERROR] no such user [json-pointer:/user_id]"])
    view = workspace.modals.publish(user, _view(args), hash_=args.text("hash"))
    return {"view": view_json(workspace, view)}


def _view(args: Arguments) -> Json:
    view = args.structure("view", "invalid_arguments")
    if not isinstance(view, dict):
        raise Refused("invalid_arguments", ["[ERROR] missing required field: view"])
    return view


METHODS = {
    "views.open": Method(views_open),
    "views.push": Method(views_push),
    "views.update": Method(views_update),
    "views.publish": Method(views_publish),
}
