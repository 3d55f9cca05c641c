"""Whether the store keeps what it is told."""

from bot.adapters.redis_connection import connect, store_errors
from bot.errors import StoreUnsafe


async def durability_of(url: str) -> str:
    """Whether the store keeps what it is told; from INFO, since CONFIG may be forbidden."""
    client = await connect(url)
    try:
        async with store_errors():
            info = await client.info()
    finally:
        await client.aclose()
    policy = str(info.get("maxmemory_policy", "unknown"))
    if policy not in ("noeviction", "unknown"):
        raise StoreUnsafe(f"Redis may evict keys ({policy}): set maxmemory-policy to noeviction.")
    if not info.get("aof_enabled"):
        raise StoreUnsafe("Redis keeps no append-only file: set appendonly to yes.")
    return f"append-only file on, {policy}."
