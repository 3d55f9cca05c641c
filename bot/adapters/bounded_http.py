"""HTTP parsed in C, with bounds on what a stranger may send before anybody has looked at it."""

import asyncio
from typing import Any

import structlog
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_MOST = 65_536  # bytes of a request that are no body: its line, headers, chunk sizes, trailers
_PATIENCE = 10.0  # seconds for its line and headers to be there

_log = structlog.get_logger(__name__)


class BoundedHttp(HttpToolsProtocol):
    """uvicorn's protocol on httptools, which by itself takes in headers without an end.

    A request with too much beside its body is answered 431 and one whose headers do not come 408;
    both end the connection.
    """

    def __init__(self, *given: Any, **named: Any) -> None:  # noqa: ANN401  # uvicorn's own
        super().__init__(*given, **named)
        self._besides = 0  # bytes of the request under way so far that were no body
        self._late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for the first request."""
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is waited for any more."""
        self._wait_no_longer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what has come, unless it was too much."""
        self._besides += len(data)
        super().data_received(data)
        if self._besides > _MOST:
            self._refuse(b"431 Request Header Fields Too Large")

    def on_message_begin(self) -> None:
        """Wait for the rest of its headers."""
        super().on_message_begin()
        if self._late is None:
            self._wait()

    def on_headers_complete(self) -> None:
        """Leave the body to the application, which has bounds of its own."""
        self._wait_no_longer()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Count it out."""
        self._besides -= len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Begin to count anew."""
        self._besides = 0
        super().on_message_complete()

    def _wait(self) -> None:
        self._late = self.loop.call_later(_PATIENCE, self._refuse, b"408 Request Timeout")

    def _wait_no_longer(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _refuse(self, status: bytes) -> None:
        if not self.transport.is_closing():
            _log.info("request_refused", status=status[:3].decode())
            head = b"HTTP/1.1 " + status + b"\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            self.transport.write(head)
            self.transport.close()
