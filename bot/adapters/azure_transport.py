"""How requests to Azure and Graph leave the process."""

from typing import Any
from urllib.request import getproxies

from azure.core.pipeline.transport import AioHttpTransport


def transport(**tuning: Any) -> AioHttpTransport:  # noqa: ANN401  # the SDK's options
    """The SDK's own transport, with a proxy where the environment names one.

    Where it names none, the transport is told not to look: it would do so anew for each request,
    and read the user's netrc, too, both in a thread.

    Args:
        **tuning: ``connection_timeout`` and ``read_timeout`` in seconds, as the SDK's clients take
            them; others are ignored.
    """
    return AioHttpTransport(use_env_settings=bool(getproxies()), **tuning)
