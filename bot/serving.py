"""The processes that go on until they are asked to stop: ``web``, ``worker``, and both in one."""

import asyncio
import gc
import signal
import socket
from contextlib import suppress
from decimal import Decimal
from typing import TYPE_CHECKING

from bot.app import House
from bot.config import Settings
from bot.domain.money import Money
from bot.errors import BotError, SetupError
from bot.services.together import side_by_side
from bot.vendors import Vendors, vendors
from bot.views.catalogues import catalogue
from bot.views.language import Language

if TYPE_CHECKING:
    import uvicorn

_STOPS = (signal.SIGTERM, signal.SIGINT)
_BETWEEN_LOOKS = 20_000  # new objects; by Python's own 700 most of a click's are still in use


async def serve(settings: Settings, *, with_worker: bool) -> None:
    """Serve Slack, and do the worker's work beside it where asked to, until a signal.

    Both end together: where the worker's part fails, its error is raised once Slack's requests in
    hand are finished. Raises ``SetupError`` where the address is taken.
    """
    listener = _listen(settings)
    for one in _STOPS:
        # The server has its own way to stop; afterwards it sends itself the signal once more.
        asyncio.get_running_loop().add_signal_handler(one, lambda: None)
    async with vendors(settings) as outside:
        house = House(outside)
        server = _server(house)
        outside.background.start(_warm_up(outside, house.language))
        working = _working(outside, house, server) if with_worker else None
        _spare_the_collector()
        await server.serve(sockets=[listener])
        if working is not None:
            working.cancel()
            with suppress(asyncio.CancelledError):
                await working


async def take_jobs(settings: Settings) -> None:
    """Do the worker's work until a signal."""
    from bot.jobs import work  # noqa: PLC0415  # docket is only for those who work

    async with vendors(settings) as outside:
        working = asyncio.create_task(work(outside, House(outside)))
        for one in _STOPS:
            asyncio.get_running_loop().add_signal_handler(one, working.cancel)
        _spare_the_collector()
        with suppress(asyncio.CancelledError):
            await working


def _spare_the_collector() -> None:
    """Looking for cycles among what stays anyway took a tenth of the time of busy clicks.

    And an eighth of the start: the commands begin without the collector, and here it begins.
    """
    gc.freeze()  # modules, listeners, clients: they are here to the end
    gc.set_threshold(_BETWEEN_LOOKS)
    gc.enable()


async def _warm_up(outside: Vendors, language: Language) -> None:
    """What the first click would otherwise wait for: the sign-ins, words and how amounts are written."""
    catalogue(language.locale)
    language.money(Money(Decimal(1), "EUR"))
    language.day(outside.clock.now().date())
    with suppress(BotError):  # whoever clicks is told
        async with side_by_side() as tasks:
            tasks.create_task(outside.billing.sign_in())
            tasks.create_task(outside.directory.tenant())


def _server(house: House) -> "uvicorn.Server":
    import uvicorn  # noqa: PLC0415

    from bot.adapters.bounded_http import BoundedHttp  # noqa: PLC0415

    config = uvicorn.Config(
        house.web(),
        http=BoundedHttp,
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # nothing here asks where a request comes from
        timeout_graceful_shutdown=2,
    )
    return uvicorn.Server(config)


def _working(outside: Vendors, house: House, server: "uvicorn.Server") -> asyncio.Task[None]:
    from bot.jobs import work  # noqa: PLC0415

    def stop(_: asyncio.Task[None]) -> None:
        server.should_exit = True

    working = asyncio.create_task(work(outside, house))
    working.add_done_callback(stop)
    return working


def _listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # asyncio turns Nagle's delay (40 ms an answer) off only where the protocol is named.
    listener = socket.socket(family, proto=socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        raise SetupError(
            f"The bot cannot listen on {settings.host}:{settings.port} ({error.strerror}): "
            "set HOST and PORT to a free address."
        ) from error
    return listener
