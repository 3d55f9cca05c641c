"""Pages of a listing, with the relative next link of the live service."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request

from sandbox.azure.arm_errors import ArmError

LARGEST_PAGE = 50


def whole(request: Request, name: str, default: int, least: int, most: int) -> int:
    """A whole number from the query, under its plain name or with a dollar sign.

    Raises:
        ArmError: 400, it is no number or out of bounds.
    """
    text = request.query_params.get(name, request.query_params.get(f"${name}"))
    if text is None:
        return default
    if not text.isascii() or not text.isdecimal() or not least <= int(text) <= most:
        raise ArmError(
            400,
            "BadRequest",
            f"The query option '{name}' must be from {least} to {most}: '{text}'.",
        )
    return int(text)


def page(
    request: Request, items: Sequence[Any], size: int, repeat: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """One page of ``items``, as the request's skip token has it.

    Args:
        request: asks with ``top``, ``skip`` and ``$skiptoken``.
        items: the whole listing as JSON values.
        size: most items on a page.
        repeat: query parameters the next link repeats; a token only fits the listing it is from.

    Returns:
        ``{"value", "totalCount"}`` and ``nextLink`` where there is more: relative, with raw spaces.

    Raises:
        ArmError: 400 for a foreign token or a bad ``top`` or ``skip``.
    """
    repeat = {"api-version": request.query_params.get("api-version", ""), **(repeat or {})}
    top = whole(request, "top", LARGEST_PAGE, 1, LARGEST_PAGE)
    listing = [
        request.scope["path"],
        *(f"{name}={value}" for name, value in sorted(repeat.items())),
    ]
    start = _start(request, listing)
    end = start + min(top, size)
    answer: dict[str, Any] = {"value": list(items[start:end]), "totalCount": len(items)}
    if end < len(items):
        token = urlsafe_b64encode(json.dumps([end, listing]).encode()).rstrip(b"=").decode()
        query = {"$skiptoken": token, "$top": str(top), **repeat}
        pairs = "&".join(f"{name}={value}" for name, value in query.items())
        answer["nextLink"] = f"{request.scope['path']}?{pairs}"
    return answer


def _start(request: Request, listing: list[str]) -> int:
    token = request.query_params.get("$skiptoken")
    if token is None:
        return whole(request, "skip", 0, 0, 1_000_000)
    try:
        start, of = json.loads(urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    except (TypeError, ValueError):
        start, of = 0, None
    if of != listing or not isinstance(start, int):
        raise ArmError(400, "BadRequest", "The skip token is invalid.")
    return start
