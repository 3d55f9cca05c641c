"""Prometheus metrics: what happened how often; never an amount, a name or an id of a person.

Counters are each process's own. What all processes share (the outbox, the last scans, what the
last scan saw) is read from the store when ``web`` is asked.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from prometheus_client import Counter, Gauge, Histogram, start_http_server

from bot.errors import SetupError

_INTERACTIONS = Counter(
    "aib_interactions", "Clicks, commands and modals by kind and outcome", ["kind", "outcome"]
)
_SCANS = Counter("aib_scans", "Scans by result", ["result"])
_SCAN_SECONDS = Histogram(
    "aib_scan_seconds", "How long scans took", buckets=(1, 3, 10, 30, 60, 120, 300, 600, 1800)
)
_CARDS = Counter("aib_cards", "Invoices in scans and deliveries by what was done", ["done"])
_INVOICES = Gauge("aib_invoices", "Unpaid invoices in the last scan", ["status", "currency"])
_CALLS = Counter("aib_calls", "Calls to others by service and status", ["service", "status"])
_WAITING = Gauge("aib_outbox_waiting", "Alerts waiting to be delivered", ["channel"])
_REFUSED = Counter("aib_refused_requests", "Requests refused at the front door", ["reason"])
_SAFE = Gauge(
    "aib_store_safe", "1 while Redis keeps all it is told, 0 while it may lose or evict it"
)
_LAST_SCAN = Gauge(
    "aib_last_scan_timestamp_seconds", "The last complete reading of an account", ["account"]
)


def count_interaction(kind: str, outcome: str) -> None:
    """Count one click, command or modal."""
    _INTERACTIONS.labels(kind, outcome).inc()


def count_refused(reason: str) -> None:
    """Count one request that the front door turned away."""
    _REFUSED.labels(reason).inc()


def count_scan(result: str, seconds: float) -> None:
    """Count one scan."""
    _SCANS.labels(result).inc()
    _SCAN_SECONDS.observe(seconds)


def count_cards(done: Iterable[str]) -> None:
    """Count what was done about invoices, e.g. ``posted``."""
    for what in done:
        _CARDS.labels(what).inc()


def show_invoices(counts: Mapping[tuple[str, str], int]) -> None:
    """Show how many unpaid invoices there are by (status, currency)."""
    _INVOICES.clear()
    for (status, currency), number in counts.items():
        _INVOICES.labels(status, currency).set(number)


def count_call(service: str, status: str) -> None:
    """Count one call to ``azure``, ``graph`` or ``slack``: ``ok``, or the error's class name."""
    _CALLS.labels(service, status).inc()


def show_shared(waiting: Mapping[str, int], scans: Mapping[str, datetime]) -> None:
    """Show what all processes share: alerts waiting by channel, last readings by account."""
    _WAITING.clear()
    for channel, number in waiting.items():
        _WAITING.labels(channel).set(number)
    for account, moment in scans.items():
        _LAST_SCAN.labels(account).set(moment.timestamp())


def show_durability(*, safe: bool) -> None:
    """Show whether the store keeps what it is told."""
    _SAFE.set(safe)


def serve_metrics(host: str, port: int) -> None:
    """Serve this process's metrics on an address of their own.

    Raises:
        SetupError: the address cannot be had.
    """
    try:
        start_http_server(port, host)
    except OSError as error:
        raise SetupError(
            f"The worker cannot serve metrics on {host}:{port} ({error.strerror}): "
            "set METRICS_PORT to a free port, or to 0 for none."
        ) from error
