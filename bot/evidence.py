"""Which answers of Azure and Graph a decision rests on, by their request ids.

The adapters report each answer's id; whoever decides collects them around the asking. The ids go
into the audit trail, where they lead from a decision to Microsoft's own logs.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

_MOST = 12  # what is read from a list of many pages rests on the latest of them


@dataclass(slots=True)
class Evidence:
    """What was seen so far inside one block."""

    ids: list[str] = field(default_factory=list)

    @property
    def request_ids(self) -> str:
        """The ids in the order they came, joined by spaces; "" for none."""
        return " ".join(self.ids)


_open: ContextVar[tuple[Evidence, ...]] = ContextVar("evidence being collected", default=())


@contextmanager
def evidence() -> Iterator[Evidence]:
    """Collect the ids of all answers that come while inside, in child tasks as well.

    Blocks may be nested: what an inner one sees belongs to the outer one, too.
    """
    seen = Evidence()
    token = _open.set((*_open.get(), seen))
    try:
        yield seen
    finally:
        _open.reset(token)


def saw(request_id: str) -> None:
    """An answer with this id has come; the last dozen different ones of a block are kept."""
    for seen in _open.get():
        if request_id not in seen.ids:
            seen.ids.append(request_id)
            del seen.ids[:-_MOST]


def request_ids() -> str:
    """The ids seen so far in the innermost block, joined by spaces; "" for none."""
    blocks = _open.get()
    return blocks[-1].request_ids if blocks else ""
