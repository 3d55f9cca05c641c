"""Files in the pretend Slack, for the browser to keep."""

from urllib.parse import quote

from starlette.responses import Response

from sandbox.slack import SlackWorkspace


def download(workspace: SlackWorkspace, me: str, file: str) -> Response | None:
    """The file with this id if it hangs on a message that the person sees, else None."""
    seen = (one for channel in workspace.channels for one in workspace.visible_to(me, channel))
    if not any(shown["id"] == file for message in seen for shown in message.files):
        return None
    found = workspace.files[file]
    headers = {
        "content-disposition": f"attachment; filename*=UTF-8''{quote(found.name)}",
        "cache-control": "no-store",
    }
    return Response(found.content, media_type=found.as_json()["mimetype"], headers=headers)
