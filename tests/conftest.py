"""One Valkey for all tests; a town of its own for each."""

import ast
import asyncio
import gc
import sys
from collections.abc import AsyncIterator, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import wraps
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import structlog

from bot.adapters.embedded_valkey import EmbeddedValkey
from tests.town import Town, town

_LONGEST = (
    *("test_browser", "test_payment_machine", "test_fault_matrix", "test_delivery_kills"),
    *("test_confirm_races", "test_paynow_unclear", "test_cluster_and_sentinel", "test_commands"),
    *("test_processes", "test_demo_server", "test_payment_races", "test_demo_stopping"),
    *("test_demo_story", "test_browser_home", "test_worker", "test_invoice_pdf"),
    *("test_embedded_valkey", "test_who_may_pay_errors", "test_takeover", "test_summaries"),
    *("test_approvals", "test_assigning", "test_reminders", "test_posting", "test_snooze"),
)
"""Files that take longest, in order: they come first, so that none is left over at the end."""


gc.disable()  # until all tests have been found


def _without_garbage(parse: Any) -> Any:
    """``ast.parse`` undisturbed by the collection of garbage.

    Until Python 3.12 it fails (``AST constructor recursion depth mismatch``) where a finalizer
    that runs meanwhile parses, too, as the formatting of a traceback does.
    """

    @wraps(parse)
    def undisturbed(*args: Any, **options: Any) -> Any:
        collects = gc.isenabled()
        gc.disable()
        try:
            return parse(*args, **options)
        finally:
            if collects:
                gc.enable()

    return undisturbed


if sys.version_info < (3, 12):
    ast.parse = _without_garbage(ast.parse)


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop() -> None:
    """What has been imported stays: looking through it for garbage takes a tenth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    gc.enable()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Generator[None]:
    """Put the longest files first, after all else about the order has been decided."""
    yield
    places = {name: place for place, name in enumerate(_LONGEST)}
    items.sort(key=lambda item: places.get(item.path.stem, len(places)))


@pytest.fixture(scope="session", autouse=True)
def short_logs() -> None:
    """Plain tracebacks: the default ones show every variable, which takes its time, too."""
    plain = structlog.dev.ConsoleRenderer(
        colors=False, exception_formatter=structlog.dev.plain_traceback
    )
    shared = [structlog.contextvars.merge_contextvars, structlog.stdlib.add_log_level]
    structlog.configure(processors=[*shared, plain])


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A real Valkey for all tests; each town uses keys of its own team.

    Its append-only file is in memory where that can be had: what outlives a machine has tests of
    its own, and these wait for no disk.
    """
    in_memory = "/dev/shm" if Path("/dev/shm").is_dir() else None
    with (
        TemporaryDirectory(prefix="aib-", dir=in_memory) as folder,
        ThreadPoolExecutor(1) as aside,  # whoever asks first may have a loop running already
    ):
        embedded = EmbeddedValkey(Path(folder))
        yield aside.submit(asyncio.run, embedded.start()).result()
        aside.submit(asyncio.run, embedded.stop()).result()


@pytest.fixture
async def contoso(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Town]:
    """A town with the environment that azure-identity needs to sign in there."""
    async with town(redis_url) as made:
        for name, value in made.azure.environment().items():
            monkeypatch.setenv(name, value)
        yield made
