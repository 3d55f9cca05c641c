"""One Valkey for all tests; a town of its own for each."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import structlog

from bot.adapters.embedded_valkey import EmbeddedValkey
from tests.town import Town, town


@pytest.fixture(scope="session", autouse=True)
def short_logs() -> None:
    """Plain tracebacks: the default ones show every variable, which takes its time, too."""
    plain = structlog.dev.ConsoleRenderer(
        colors=False, exception_formatter=structlog.dev.plain_traceback
    )
    shared = [structlog.contextvars.merge_contextvars, structlog.stdlib.add_log_level]
    structlog.configure(processors=[*shared, plain])


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real Valkey for all tests; each town uses keys of its own team."""
    folder = tmp_path_factory.mktemp("valkey")
    folder.chmod(0o700)
    embedded = EmbeddedValkey(folder)
    with ThreadPoolExecutor(1) as aside:  # whoever asks first may have a loop running already
        yield aside.submit(asyncio.run, embedded.start()).result()
        aside.submit(asyncio.run, embedded.stop()).result()


@pytest.fixture
async def contoso(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Town]:
    """A town with the environment that azure-identity needs to sign in there."""
    async with town(redis_url) as made:
        for name, value in made.azure.environment().items():
            monkeypatch.setenv(name, value)
        yield made
