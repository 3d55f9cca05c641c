"""Whether the store keeps what it is told."""

from collections.abc import Mapping
from typing import Any

from redis.asyncio import RedisCluster

from bot.adapters.redis_connection import connect, store_errors
from bot.errors import StoreUnsafe


async def durability_of(url: str) -> str:
    """Whether the store keeps what it is told; from INFO, since CONFIG may be forbidden."""
    client = await connect(url)
    try:
        async with store_errors():
            servers = await _servers(client)
    finally:
        await client.aclose()
    # Every one is judged: a cluster is as durable as the least durable of its primaries.
    judged = [_judged(info) for info in servers]
    return judged[0]


async def _servers(client: Any) -> list[dict[str, Any]]:  # noqa: ANN401  # a single server's or a cluster's
    """What each server that holds keys tells of itself."""
    if isinstance(client, RedisCluster):
        return list((await client.info(target_nodes=RedisCluster.PRIMARIES)).values())
    return [await client.info()]


def _judged(info: Mapping[str, Any]) -> str:
    policy = str(info.get("maxmemory_policy", "unknown"))
    if policy not in ("noeviction", "unknown"):
        raise StoreUnsafe(f"Redis may evict keys ({policy}): set maxmemory-policy to noeviction.")
    if not info.get("aof_enabled"):
        raise StoreUnsafe("Redis keeps no append-only file: set appendonly to yes.")
    return f"append-only file on, {policy}."
