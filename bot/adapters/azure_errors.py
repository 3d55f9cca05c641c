"""What an answer of Azure or Graph means where it is no success: typed errors, counted calls."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from azure.core.exceptions import AzureError as VendorError
from azure.core.exceptions import (
    ClientAuthenticationError,
    DecodeError,
    DeserializationError,
    HttpResponseError,
)

from bot.adapters.metrics import count_call
from bot.errors import (
    AzureBusy,
    AzureDenied,
    AzureError,
    AzureMalformed,
    AzureNotFound,
    AzureSignInFailed,
    AzureUnavailable,
)

_REQUEST_IDS = ("x-ms-request-id", "request-id", "x-ms-correlation-request-id")


@asynccontextmanager
async def azure_errors(service: str, seconds: float) -> AsyncIterator[None]:
    """Turn whatever goes wrong inside into one of ``bot.errors``, within ``seconds``; count the call.

    Args:
        service: how people call it, ``Azure`` or ``Microsoft Graph``.
        seconds: the deadline for everything inside, retries included.
    """
    counted = service.rsplit(maxsplit=1)[-1].lower()
    try:
        async with _typed_errors(service, seconds):
            yield
    except AzureError as error:
        count_call(counted, type(error).__name__)
        raise
    count_call(counted, "ok")


@asynccontextmanager
async def _typed_errors(service: str, seconds: float) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(seconds):
            yield
    except AzureError:
        raise
    except TimeoutError as error:
        raise AzureUnavailable(f"{service} did not answer in time.") from error
    except ClientAuthenticationError as error:
        if error.response is None:
            raise AzureSignInFailed(
                f"The bot could not sign in to {service}: check its Azure credentials."
            ) from error
        raise by_status(service, 401, None) from error
    except (DecodeError, DeserializationError, ValueError, RecursionError) as error:
        raise AzureMalformed(f"{service} gave an answer that makes no sense.") from error
    except HttpResponseError as error:
        raise by_status(service, error.status_code or 500, error.response) from error
    except (VendorError, aiohttp.ClientError, OSError) as error:
        raise AzureUnavailable(f"{service} could not be reached.") from error


def by_status(service: str, status: int, response: Any) -> AzureError:  # noqa: ANN401
    """What an HTTP status means; ``response`` may be None."""
    seen = request_id(response) if response is not None else None
    kinds: dict[int, tuple[type[AzureError], str]] = {
        401: (AzureDenied, "does not let the bot read this: it lacks a role or permission."),
        403: (AzureDenied, "does not let the bot read this: it lacks a role or permission."),
        404: (AzureNotFound, "knows no such thing."),
        429: (AzureBusy, "is too busy just now."),
    }
    fallback: tuple[type[AzureError], str] = (
        (AzureUnavailable, "has a fault of its own just now.")
        if status >= 500  # noqa: PLR2004  # HTTP server errors
        else (AzureMalformed, "did not understand the question.")
    )
    kind, words = kinds.get(status, fallback)
    if kind is AzureBusy:
        told = str(response.headers.get("Retry-After") or "") if response is not None else ""
        after = seconds_of(told)
        return AzureBusy(f"{service} {words}", request_id=seen, retry_after=after)
    return kind(f"{service} {words}", request_id=seen)


def request_id(response: Any) -> str | None:  # noqa: ANN401
    """The service's own id of the call: Azure and Graph name it differently."""
    named = (response.headers.get(name) for name in _REQUEST_IDS)
    return next((str(value)[:64] for value in named if value), None)


def seconds_of(told: str) -> float:
    """A ``Retry-After`` in seconds, an hour at most; 0 for none or for a date."""
    return min(float(told), 3600.0) if told.isascii() and told.isdecimal() else 0.0
