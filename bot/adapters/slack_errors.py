"""What an answer of Slack means where it is no success: typed errors, counted calls."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.adapters.metrics import count_call
from bot.errors import (
    SLACK_BAD_CHANNEL,
    SLACK_BAD_TOKEN,
    SlackBusy,
    SlackError,
    SlackLate,
    SlackRefused,
    SlackUnavailable,
    SlackUnclear,
)

_MAYBE_DONE = {"internal_error", "fatal_error", "service_unavailable", "request_timeout"}


@asynccontextmanager
async def slack_errors(seconds: float, channel: str = "") -> AsyncIterator[None]:
    """Turn whatever goes wrong inside into one of ``bot.errors``, within ``seconds``; count the call."""
    try:
        async with _typed_errors(seconds, channel):
            yield
    except SlackError as error:
        count_call("slack", type(error).__name__)
        raise
    count_call("slack", "ok")


@asynccontextmanager
async def _typed_errors(seconds: float, channel: str) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(seconds):
            yield
    except SlackApiError as error:
        raise _refusal(error, channel) from error
    except aiohttp.ClientConnectorError as error:
        raise SlackUnavailable("Slack could not be reached.", code="unreachable") from error
    except TimeoutError as error:
        raise SlackLate("Slack did not answer in time.", code="late") from error
    except (aiohttp.ClientError, SlackClientError, KeyError, ValueError) as error:
        raise SlackUnclear("Slack's answer was lost.", code="answer_lost") from error


def _refusal(error: SlackApiError, channel: str) -> SlackError:
    """What a failed call means: Slack's own no, a throttle, or an answer that tells nothing."""
    data = getattr(error.response, "data", None)
    code = str(data.get("error") or "") if isinstance(data, dict) else ""
    status = getattr(error.response, "status_code", 0)
    if status == 429 or code in ("ratelimited", "rate_limited"):  # noqa: PLR2004  # HTTP throttle
        headers = getattr(error.response, "headers", None) or {}
        after = str(headers.get("Retry-After") or "1")
        seconds = min(float(after), 300.0) if after.isdecimal() else 1.0
        words = "Slack asks the bot to slow down."
        return SlackBusy(words, code="ratelimited", retry_after=seconds)
    if not code or code in _MAYBE_DONE:
        return SlackUnclear("Slack's answer was lost.", code=code or "answer_lost")
    return SlackRefused(_sentence(code, channel), code=code)


def _sentence(code: str, channel: str) -> str:
    if code in SLACK_BAD_TOKEN:
        return "Slack refuses the bot's token: check SLACK_BOT_TOKEN."
    if code == "missing_scope":
        return "The Slack app lacks a scope: update it from manifest.yml and reinstall it."
    if code in SLACK_BAD_CHANNEL:
        return (
            f"The bot cannot use the Slack channel {channel} ({code}): check ALERT_CHANNEL and"
            " ALERT_ROUTES, and invite the bot there."
        )
    return f"Slack said no ({code[:60]})."
