"""What goes to Redis is the same to the byte, whoever packs it."""

from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st
from redis.asyncio.connection import UnixDomainSocketConnection

from bot.adapters.redis_packing import packed_by_hiredis

_argument = (
    st.text()
    | st.binary()
    | st.integers()
    | st.floats()
    | st.text(st.characters(categories=["Cs"]))
)
_options: dict[str, Any] = {"path": "/nowhere", "encoding_errors": "surrogateescape"}
_theirs = UnixDomainSocketConnection(**_options)
_ours = packed_by_hiredis(UnixDomainSocketConnection)(**_options)


@given(
    st.sampled_from(["SET", "CONFIG GET", b"XADD", b"SCRIPT LOAD", "EVALSHA"]),
    st.lists(_argument, max_size=6),
)
@example("SET", ["aib:{T1}:x", "\udcff"])
@example("SET", ["x" * 20_000, memoryview(b"y"), bytearray(b"z")])
def test_an_operator_can_rely_on_every_byte_in_the_store(
    command: str | bytes, arguments: list[str | bytes | int | float]
) -> None:
    """Any command is packed as redis-py itself would, or refused with the same error."""
    try:
        expected = b"".join(_theirs.pack_command(command, *arguments))
    except UnicodeEncodeError:
        expected = None
    try:
        packed = b"".join(_ours.pack_command(command, *arguments))
    except UnicodeEncodeError:
        packed = None
    assert packed == expected
