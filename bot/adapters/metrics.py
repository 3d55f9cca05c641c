"""Prometheus counters: what happened how often; never an amount, a name or an id."""

from prometheus_client import Counter

_INTERACTIONS = Counter(
    "aib_interactions", "Clicks, commands and modals by kind and outcome", ["kind", "outcome"]
)
_SCANS = Counter("aib_scans", "Scans by result", ["result"])
_CARDS = Counter("aib_cards", "Invoices in scans by what was done about their card", ["done"])


def count_interaction(kind: str, outcome: str) -> None:
    """Count one click, command or modal."""
    _INTERACTIONS.labels(kind, outcome).inc()


def count_scan(result: str, done: dict[str, int]) -> None:
    """Count one scan and what it did: ``done`` maps e.g. ``posted`` to a number."""
    _SCANS.labels(result).inc()
    for what, number in done.items():
        _CARDS.labels(what).inc(number)
