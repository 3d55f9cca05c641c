"""The body of a POST to Resource Manager."""

import json
from decimal import Decimal
from typing import Any

from starlette.requests import Request

from sandbox.azure.arm_errors import ArmError


async def json_object(request: Request) -> dict[str, Any]:
    """The request's JSON object; ArmError 400 for anything else."""
    try:
        body = json.loads(await request.body(), parse_float=Decimal)  # money is written exactly
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise ArmError(
            400, "InvalidRequestContent", "The request content was invalid and not a JSON object."
        )
    return body
