"""Web API calls and response URLs as a bot uses them."""

from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack import SlackWorkspace, View
from tests.sandbox_slack.layouts import Json


async def call(workspace: SlackWorkspace, method: str, *, token: str = "", **args: Any) -> Json:
    """One Web API call as slack_sdk makes it: JSON with a bearer token; its body either way."""
    client = AsyncWebClient(token or workspace.bot_token, base_url=f"{workspace.url}/api/")
    try:
        answer = await client.api_call(method, json=args)
    except SlackApiError as error:
        answer = error.response
    assert isinstance(answer.data, dict)
    return answer.data


async def refusal(workspace: SlackWorkspace, method: str, **args: Any) -> str:
    """The error code of a call that must not work."""
    body = await call(workspace, method, **args)
    assert body["ok"] is False
    return str(body["error"])


async def answer_url(url: str, answer: Json) -> tuple[int, str]:
    """POST to a response URL; status and body."""
    async with aiohttp.ClientSession() as session, session.post(url, json=answer) as response:
        return response.status, await response.text()


async def opened(workspace: SlackWorkspace, view: Json) -> View:
    """A modal on Pat's screen."""
    trigger_id = workspace.modals.issue_trigger("UPAT")
    return workspace.modals.open(trigger_id, view)
