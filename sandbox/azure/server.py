"""The pretend Azure over real HTTP: three servers on loopback."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sandbox.azure.arm import arm_app
from sandbox.azure.graph import graph_app
from sandbox.azure.identity import PATH, identity_app
from sandbox.azure.tenant import AzureTenant
from sandbox.faults import Faults
from sandbox.serving import Traffic, serve


@dataclass(frozen=True)
class AzureUrls:
    """Where the servers listen.

    Attributes:
        identity: the managed-identity endpoint, with its path.
        header: the secret it wants in ``X-IDENTITY-HEADER``.
        management: base of Azure Resource Manager.
        graph: base of Microsoft Graph, with ``/v1.0``.
    """

    identity: str
    header: str
    management: str
    graph: str

    def environment(self) -> dict[str, str]:
        """The variables that lead a bot here."""
        return {
            "IDENTITY_ENDPOINT": self.identity,
            "IDENTITY_HEADER": self.header,
            "AZURE_MANAGEMENT_URL": self.management,
            "MICROSOFT_GRAPH_URL": self.graph,
        }


@asynccontextmanager
async def azure_servers(
    tenant: AzureTenant, *, faults: Faults, traffic: Traffic
) -> AsyncIterator[AzureUrls]:
    """Serve a tenant on 127.0.0.1 until the block ends.

    Args:
        tenant: what is served; change it at any time.
        faults: what goes wrong, over paths such as ``GET */invoices`` or ``GET /msi/token``.
        traffic: where exchanges are noted, with the servers ``identity``, ``arm`` and ``graph``.
    """
    apps = {"identity": identity_app(tenant), "arm": arm_app(tenant), "graph": graph_app(tenant)}
    servers = [serve(app, name, faults=faults, traffic=traffic) for name, app in apps.items()]
    identity, management, graph = [await server.__aenter__() for server in servers]
    try:
        yield AzureUrls(f"{identity}{PATH}", tenant.identity_secret, management, f"{graph}/v1.0")
    finally:
        # A server takes a moment to stop, so they do it side by side.
        await asyncio.gather(*(server.__aexit__(None, None, None) for server in servers))
