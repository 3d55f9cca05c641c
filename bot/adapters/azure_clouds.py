"""The Azure clouds, and where each of them lives."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cloud:
    """One Azure cloud: where management, Graph and sign-in live, and the scopes of their tokens.

    Source: azure-mgmt-core's endpoint table and Microsoft's national cloud pages.
    """

    management: str
    management_scope: str
    graph: str
    authority: str

    @property
    def graph_scope(self) -> str:
        """The token scope for this cloud's Graph, whatever address it is reached at."""
        return f"{self.graph}/.default"


CLOUDS = {
    "public": Cloud(
        "https://management.azure.com",
        "https://management.azure.com/.default",
        "https://graph.microsoft.com",
        "login.microsoftonline.com",
    ),
    "usgov": Cloud(
        "https://management.usgovcloudapi.net",
        "https://management.core.usgovcloudapi.net/.default",
        "https://graph.microsoft.us",
        "login.microsoftonline.us",
    ),
    "china": Cloud(
        "https://management.chinacloudapi.cn",
        "https://management.chinacloudapi.cn/.default",
        "https://microsoftgraph.chinacloudapi.cn",
        "login.chinacloudapi.cn",
    ),
}
