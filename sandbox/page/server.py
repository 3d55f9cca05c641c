"""The page's web server, on loopback only."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.bot_process import BotProcess
from sandbox.faults import Faults
from sandbox.page.azure_acts import AzureActs
from sandbox.page.downloads import download
from sandbox.page.fields import Fields, NotDone
from sandbox.page.live import Live
from sandbox.page.mishaps import Mishaps
from sandbox.page.role_book import RoleBook
from sandbox.page.settling import Settling
from sandbox.page.slack_acts import SlackActs
from sandbox.page.snapshot import Snapshots
from sandbox.serving import Traffic, serve
from sandbox.stage import CAST, Stage

_STATIC = Path(__file__).with_name("static")
_OURS = ("127.0.0.1", "localhost")
_FRESH = {"cache-control": "no-store"}


class Page:
    """The web application over one stage and the bot on it."""

    def __init__(self, stage: Stage, bot: BotProcess) -> None:
        self._bot, self._live, self._workspace = bot, Live(), stage.workspace
        self._settling, roles = Settling(stage.tenant), RoleBook(stage.tenant)
        self._slack = SlackActs(stage, bot.url)
        self._azure = AzureActs(stage.tenant, self._settling, roles)
        self._mishaps = Mishaps(stage.faults, lambda: bot.store, self._live.changed)
        self._snapshots = Snapshots(stage, self._settling, roles, self._mishaps.active)
        stage.workspace.on_change.append(self._live.changed)
        stage.tenant.on_change.append(self._live.changed)
        stage.traffic.on_note.append(self._live.traffic)

    def app(self) -> ASGIApp:
        """The application; it answers nobody who reached it under a foreign name."""
        return Starlette(
            routes=[
                Route("/", _file("index.html")),
                Route("/portal", _file("portal.html")),
                Mount("/static", _Fresh(directory=_STATIC, check_dir=False)),
                Route("/api/state", self._state),
                Route("/api/live", self._stream),
                Route("/api/act", self._act, methods=["POST"]),
                Route("/api/azure", self._in_azure, methods=["POST"]),
                Route("/api/faults", self._fault, methods=["POST"]),
                Route("/api/scan", self._scan, methods=["POST"]),
                Route("/api/digest", self._digest, methods=["POST"]),
                Route("/api/file/{id}", self._download),
            ],
            middleware=[
                Middleware(TrustedHostMiddleware, allowed_hosts=list(_OURS)),
                Middleware(_OwnOrigin),
            ],
        )

    async def close(self) -> None:
        """End the streams, the payments under way and everybody's connections."""
        self._live.close()
        self._settling.close()
        await self._slack.close()

    async def _state(self, request: Request) -> Response:
        me = _reader(request)
        return _no_one() if me is None else JSONResponse(self._snapshots.of(me), headers=_FRESH)

    async def _stream(self, request: Request) -> Response:
        me = _reader(request)
        if me is None:
            return _no_one()
        stream = self._live.stream(lambda: self._snapshots.of(me))
        return StreamingResponse(stream, media_type="text/event-stream", headers=_FRESH)

    async def _act(self, request: Request) -> Response:
        async def act(given: Fields) -> str:
            await self._slack(given)
            return ""

        return await _told(request, act, "trouble")

    async def _in_azure(self, request: Request) -> Response:
        async def act(given: Fields) -> str:
            return self._azure(given)

        return await _told(request, act, "message")

    async def _fault(self, request: Request) -> Response:
        return await _told(request, self._mishaps, "message")

    async def _scan(self, _: Request) -> Response:
        ok, summary = await self._bot.scan()
        return JSONResponse({"ok": ok, "message": summary})

    async def _digest(self, _: Request) -> Response:
        ok, summary = await self._bot.digest()
        return JSONResponse({"ok": ok, "message": summary})

    async def _download(self, request: Request) -> Response:
        me = _reader(request)
        file = download(self._workspace, me, request.path_params["id"]) if me else None
        return file or _no_one()


class _Fresh(StaticFiles):
    """Files that the browser asks for again each time, as they may have changed."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:  # noqa: ANN401
        response = super().file_response(*args, **kwargs)
        response.headers["cache-control"] = "no-cache"
        return response


class _OwnOrigin:
    """ASGI wrapper: a page of another origin may not act here, though a browser would let it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request as the ASGI protocol has it."""
        if scope["type"] == "http" and scope["method"] not in ("GET", "HEAD"):
            headers = Request(scope).headers
            origin = headers.get("origin")
            if origin is not None and urlsplit(origin).netloc != headers.get("host"):
                await Response("Only this page itself may do that.", 403)(scope, receive, send)
                return
        await self._app(scope, receive, send)


class NoPort(Exception):
    """The page cannot be served on any of the ports it may use; the text says so."""


@asynccontextmanager
async def serve_page(
    stage: Stage, bot: BotProcess, ports: Sequence[int] = (0,)
) -> AsyncIterator[str]:
    """Serve the page until the block ends; yields its address.

    Args:
        stage: what it shows.
        bot: what it talks to; need not be started yet.
        ports: tried in turn; 0 lets the system choose.

    Raises:
        NoPort: all of them are taken.
    """
    page = Page(stage, bot)
    async with AsyncExitStack() as stack:
        for port in ports:
            with suppress(OSError):
                server = serve(page.app(), "page", faults=Faults(), traffic=Traffic(), port=port)
                url = await stack.enter_async_context(server)
                break
        else:
            raise NoPort(f"The page cannot be served: port {ports[0]} is taken.")
        stack.push_async_callback(page.close)  # before the server stops: it ends the streams
        yield url


def _file(name: str) -> Callable[[Request], Awaitable[Response]]:
    async def answer(_: Request) -> Response:
        return FileResponse(_STATIC / name, headers={"cache-control": "no-cache"})

    return answer


async def _told(request: Request, act: Callable[[Fields], Awaitable[str]], word: str) -> Response:
    """Do it and answer ``{"ok", <word>}``: the sentence about it, or why it was not done."""
    try:
        return JSONResponse({"ok": True, word: await act(Fields(await _json(request)))})
    except NotDone as no:
        return JSONResponse({"ok": False, word: str(no)})


async def _json(request: Request) -> Mapping[str, Any]:
    try:
        given = await request.json()
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise NotDone("That was no JSON object.")
    return given


def _reader(request: Request) -> str | None:
    """Who looks: ``as``, by default the first of the cast; None for somebody unknown."""
    user = request.query_params.get("as") or next(iter(CAST))
    return user if user in CAST else None


def _no_one() -> Response:
    return JSONResponse({"ok": False, "message": "There is no such person."}, 404)
