"""A Redis client for any ``REDIS_URL``, with time-outs and one kind of error."""

from typing import Any

from redis.asyncio import BlockingConnectionPool, Redis, RedisCluster
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialWithJitterBackoff
from redis.exceptions import RedisClusterException, RedisError

from bot.adapters.redis_packing import packed_by_hiredis
from bot.adapters.redis_together import Together
from bot.errors import SetupError, StoreUnavailable

FAILURES = (RedisError, RedisClusterException, OSError)
"""All that redis-py raises where Redis is not to be had: the cluster's errors are no RedisError."""


async def connect(url: str) -> Any:  # noqa: ANN401  # a single server's client or a cluster's
    """A connected client for any ``REDIS_URL``; it waits at most 2 s to connect, 3 s for an answer.

    Raises:
        SetupError: the address makes no sense, nobody answers there, or the password is wrong.
    """
    try:
        client = await _client(url)
        async with store_errors():
            await client.ping()
    except (StoreUnavailable, ValueError):
        # From None: the reason may quote the password.
        raise SetupError(
            "Redis does not answer or does not let the bot in: check REDIS_URL and that it runs."
        ) from None
    return client


async def _client(url: str) -> Any:  # noqa: ANN401
    options: dict[str, Any] = {
        "socket_timeout": 3,
        "socket_connect_timeout": 2,
        "retry": Retry(ExponentialWithJitterBackoff(base=0.02, cap=0.2), 2),
        "health_check_interval": 25,
        "decode_responses": True,
        # What somebody wrote there that is no text must not make the rest unreadable.
        "encoding_errors": "surrogateescape",
        # Else each new connection looks up redis-py's version (1 ms) to tell it to the server.
        "driver_info": None,
    }
    if "+cluster" in url:
        cluster = RedisCluster.from_url(url.replace("+cluster", "", 1), **options)
        async with store_errors():
            # Without this, the first commands of many tasks race its cold start and fail.
            return await cluster.initialize()
    if "+sentinel" in url:
        return _behind_sentinel(url, options)
    pool = BlockingConnectionPool.from_url(url, max_connections=50, timeout=2, **options)
    return _quick(Together.from_pool(pool))  # unlike the constructor, it closes the pool, too


def _quick(client: Redis) -> Redis:
    pool = client.connection_pool
    pool.connection_class = packed_by_hiredis(pool.connection_class)
    return client


def _behind_sentinel(url: str, options: dict[str, Any]) -> Any:  # noqa: ANN401
    # Docket's reading of these addresses, so that jobs and state always agree on it.
    from docket._redis_sentinel import parse_sentinel_url  # noqa: PLC0415
    from redis.asyncio.sentinel import Sentinel  # noqa: PLC0415

    where = parse_sentinel_url(url)
    sentinel = Sentinel(  # type: ignore[no-untyped-call]
        where.sentinels, sentinel_kwargs={"socket_timeout": 2, **where.sentinel_kwargs}
    )
    client = sentinel.master_for(
        where.service_name, _BehindSentinel, db=where.db, **options | where.connection_kwargs
    )
    client.sentinels = tuple(sentinel.sentinels)
    return _quick(client)


class _BehindSentinel(Together):
    """Closes its lines to the Sentinels, too, which redis-py leaves open."""

    sentinels: tuple[Redis, ...] = ()

    async def aclose(self, close_connection_pool: bool | None = None) -> None:  # noqa: FBT001  # redis-py's
        """Close everything."""
        await super().aclose(close_connection_pool)
        for sentinel in self.sentinels:
            await sentinel.aclose()


class store_errors:  # noqa: N801  # used as contextlib's are, at half the cost of a generator
    """Turn a failure of Redis into ``StoreUnavailable``."""

    async def __aenter__(self) -> None:
        """Nothing yet."""

    async def __aexit__(self, _: object, error: BaseException | None, __: object) -> None:
        """Raise it."""
        if isinstance(error, FAILURES):
            raise StoreUnavailable(
                "The bot's memory does not answer just now; nothing was started."
            ) from error
