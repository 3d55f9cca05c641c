"""Public, US Government and China: each has its own addresses, sign-in and token scopes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import Any, Self

import pytest
from azure.core.credentials import AccessToken
from pydantic import SecretStr

from bot.config import Settings
from bot.vendors import azure_billing, azure_credential, entra_directory
from tests.management import answer_json, management
from tests.town import HandClock, Town
from tests.waiting import until


class Credential:
    """Hands out a token at once and notes the scopes it was asked for."""

    def __init__(self) -> None:
        self.scopes: list[str] = []

    async def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        """A token for anything."""
        self.scopes += scopes
        return AccessToken("token", 2**33)

    async def close(self) -> None:
        """Nothing to give back."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Nothing to give back."""


@asynccontextmanager
async def proxy(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[set[str]]:
    """A web proxy that leads nowhere; yields the hosts it was asked to reach."""
    asked: set[str] = set()

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = (await reader.readline()).decode().split(" ")
        if request[0] == "CONNECT":
            asked.add(request[1])
        writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    monkeypatch.setenv("HTTPS_PROXY", f"http://{host}:{port}")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    async with server:
        yield asked


def cloud_settings(cloud: Any) -> Settings:
    """Settings that name a cloud and no address of their own."""
    return Settings(
        slack_bot_token=SecretStr("xoxb-1"),
        slack_signing_secret=SecretStr("1"),
        alert_channel="C0FINANCE",
        azure_cloud=cloud,
    )


@pytest.mark.parametrize(
    ("cloud", "hosts", "scope"),
    [
        (
            "public",
            ("management.azure.com", "graph.microsoft.com", "login.microsoftonline.com"),
            "https://management.azure.com/.default",
        ),
        (
            "usgov",
            ("management.usgovcloudapi.net", "graph.microsoft.us", "login.microsoftonline.us"),
            "https://management.core.usgovcloudapi.net/.default",
        ),
        (
            "china",
            (
                "management.chinacloudapi.cn",
                "microsoftgraph.chinacloudapi.cn",
                "login.chinacloudapi.cn",
            ),
            "https://management.chinacloudapi.cn/.default",
        ),
    ],
)
async def test_an_operator_can_work_in_another_cloud(
    cloud: str,
    hosts: tuple[str, str, str],
    scope: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """``AZURE_CLOUD`` alone leads sign-in, billing and Graph to their hosts, each with its scope."""
    for name in ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"):
        monkeypatch.setenv(name, "11111111-2222-3333-4444-555555555555")
    settings, credential = cloud_settings(cloud), Credential()
    async with proxy(monkeypatch) as asked, azure_credential(settings) as signing_in:
        billing = azure_billing(settings, credential, HandClock())
        directory = entra_directory(settings, credential)
        work: list[Awaitable[Any]] = [
            billing.accounts(),
            directory.user("ada@contoso.example"),
            signing_in.get_token(scope),
        ]
        tasks = [asyncio.ensure_future(one) for one in work]
        await until(lambda: len(asked) >= 3)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await billing.close()
        await directory.close()
    assert asked == {f"{host}:443" for host in hosts}
    assert set(credential.scopes) == {scope, f"https://{hosts[1]}/.default"}


async def test_an_operator_can_override_addresses_and_keep_the_clouds_scopes(
    contoso: Town,
) -> None:
    """Another address changes where is asked, never what the token is for."""
    credential = Credential()
    async with management(contoso, answer_json({"value": []})) as azure:
        settings = cloud_settings("usgov").model_copy(
            update={"azure_management_url": azure.url, "microsoft_graph_url": azure.url}
        )
        billing = azure_billing(settings, credential, contoso.clock)
        directory = entra_directory(settings, credential)
        assert await billing.accounts() == ()
        assert await directory.groups_of("ada", ["11111111-2222-3333-4444-555555555555"]) == set()
        await billing.close()
        await directory.close()
    assert set(credential.scopes) == {
        "https://management.core.usgovcloudapi.net/.default",
        "https://graph.microsoft.us/.default",
    }
