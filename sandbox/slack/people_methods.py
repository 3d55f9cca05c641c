"""auth.test, api.test, users.* and bots.info.

After the Slack documentation pages of these methods and "User type".
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from sandbox.slack.arguments import Arguments
from sandbox.slack.method import Method
from sandbox.slack.records import Json, User
from sandbox.slack.refusal import Refused
from sandbox.slack.workspace import SlackWorkspace


def auth_test(workspace: SlackWorkspace, _: Arguments) -> Json:
    """Who the token is."""
    grid = {"enterprise_id": workspace.enterprise_id} if workspace.enterprise_id else {}
    return {
        "url": f"https://{workspace.domain}.slack.com/",
        "team": workspace.domain.title(),
        "user": workspace.people[workspace.bot_user_id].name,
        "team_id": workspace.team_id,
        "user_id": workspace.bot_user_id,
        "bot_id": workspace.bot_id,
        "is_enterprise_install": False,
        **grid,
    }


def api_test(_: SlackWorkspace, args: Arguments) -> Json:
    """Says yes, or the error it is asked for."""
    if args.text("error"):
        raise Refused(args.text("error"))
    return {}


def users_info(workspace: SlackWorkspace, args: Arguments) -> Json:
    """Everything about one user that the token may see."""
    user = workspace.people.get(args.required("user"))
    if user is None:
        raise Refused("user_not_found")
    return {"user": _user_json(workspace, user, with_locale=args.flag("include_locale"))}


def users_lookup_by_email(workspace: SlackWorkspace, args: Arguments) -> Json:
    """The active user with this address; people of other workspaces are not found."""
    email = args.required("email").casefold()
    for user in workspace.people.values():
        ours = user.team_id == workspace.team_id and not user.deleted
        if ours and user.email.casefold() == email:
            return {"user": _user_json(workspace, user, with_locale=False)}
    raise Refused("users_not_found")


def bots_info(workspace: SlackWorkspace, args: Arguments) -> Json:
    """The app's own bot."""
    if args.required("bot") != workspace.bot_id:
        raise Refused("bot_not_found")
    bot = workspace.people[workspace.bot_user_id]
    return {
        "bot": {
            "id": workspace.bot_id,
            "app_id": workspace.app_id,
            "user_id": bot.id,
            "name": bot.name,
            "deleted": False,
        }
    }


def _user_json(workspace: SlackWorkspace, user: User, *, with_locale: bool) -> Json:
    grid = (user.enterprise_user or {}).get("enterprise_id")
    ours = user.team_id == workspace.team_id or bool(grid and grid == workspace.enterprise_id)
    profile: Json = {
        "real_name": user.real_name,
        "display_name": user.name,
        "team": user.team_id,
    }
    if user.email and ours and "users:read.email" in workspace.scopes:
        profile["email"] = user.email
    shown: Json = {
        "id": user.id,
        "team_id": user.team_id,
        "name": user.name,
        "real_name": user.real_name,
        "deleted": user.deleted,
        "profile": profile,
        "is_bot": user.is_bot,
        "is_app_user": user.is_app_user,
    }
    if not user.deleted:
        shown |= _living(user, workspace.now())
    if not ours:
        shown["is_stranger"] = user.is_stranger
    if user.is_invited_user:
        shown["is_invited_user"] = True
    if user.enterprise_user:
        shown["enterprise_user"] = user.enterprise_user
    if with_locale and not user.deleted:
        shown["locale"] = user.locale
    return shown


def _living(user: User, now: float) -> Json:
    """What Slack no longer tells of deactivated users."""
    offset = datetime.fromtimestamp(now, ZoneInfo(user.tz)).utcoffset()
    return {
        "tz": user.tz,
        "tz_label": user.tz,
        "tz_offset": int(offset.total_seconds()) if offset else 0,
        "is_admin": user.is_admin,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": user.is_restricted,
        "is_ultra_restricted": user.is_ultra_restricted,
        "is_email_confirmed": user.is_email_confirmed,
    }


METHODS = {
    "auth.test": Method(auth_test),
    "api.test": Method(api_test),
    "users.info": Method(users_info, ("users:read",)),
    "users.lookupByEmail": Method(users_lookup_by_email, ("users:read.email",)),
    "bots.info": Method(bots_info, ("users:read",)),
}
