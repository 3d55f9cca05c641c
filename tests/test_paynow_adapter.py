"""The adapter of Azure's preview alone: what leaves, and what counts as a clear no."""

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any, Self

import pytest
import pytest_asyncio
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError

from bot.adapters.azure_clouds import CLOUDS
from bot.adapters.azure_paynow import AzurePaynow
from bot.domain.money import Money
from bot.domain.paynow import NOT_SENT, Answer, Outcome
from sandbox.faults import Fault, Faults
from sandbox.serving import Traffic, serve
from tests.azure_world import MANAGEMENT, World, azure_world
from tests.charging import PAYNOW

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Token:
    """A credential, or the lack of one."""

    def __init__(self, text: str) -> None:
        self._text = text

    async def get_token(self, *_: str, **__: Any) -> AccessToken:
        """The token."""
        if not self._text:
            raise ClientAuthenticationError("no credential")
        return AccessToken(self._text, 2_000_000_000)

    async def close(self) -> None:
        """Nothing to give back."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *problem: object) -> None:
        """Nothing to give back."""


async def paid(
    world: World, base: str, token: str, *, due: str = "120.50", patience: float = 5.0
) -> Answer:
    """Pay an invoice by an adapter of its own at this address."""
    number = world.invoice()
    paynow = AzurePaynow(
        Token(token),
        cloud=CLOUDS["public"],
        management_url=base,
        patience=patience,
    )
    amount = Money(Decimal(due), "USD")
    answer = await paynow.pay(
        world.account, world.profile, number, amount=amount, method="VISA00004242"
    )
    await paynow.close()
    return answer


@pytest_asyncio.fixture(loop_scope="module")
async def world() -> AsyncIterator[World]:
    """A served tenant that offers the preview to its bot."""
    async with azure_world() as made:
        made.tenant.switches.paynow = "offered"
        made.tenant.assign(
            "billing-profile-contributor", made.tenant.bot_id, made.account, made.profile
        )
        yield made


async def test_azure_can_never_be_told_a_rounded_amount(world: World) -> None:
    """The number in the request has the amount's own digits, also where a float would round them."""
    token = world.tenant.tokens.issue(MANAGEMENT).text
    for due in ("0.10", "418000", "1E+3", "123456789012345.678"):
        answer = await paid(world, world.urls.management, token, due=due)
        assert answer.outcome is Outcome.RUNNING
    told = [operation.amount for operation in world.tenant.operations.values()]
    assert told == [Decimal(due) for due in ("0.10", "418000", "1000", "123456789012345.678")]


async def test_a_charge_that_never_left_can_be_told_from_a_lost_one(world: World) -> None:
    """No sign-in, no connection: nothing was begun. A connection that says nothing: unclear."""
    token = world.tenant.tokens.issue(MANAGEMENT).text
    nowhere = await paid(world, "http://127.0.0.1:9", token)
    unknown = await paid(world, world.urls.management, "")
    world.faults.order(Fault(PAYNOW, "hang_after", seconds=0.5))
    silent = await paid(world, world.urls.management, token, patience=0.1)

    assert nowhere == unknown == Answer(Outcome.REFUSED, NOT_SENT)
    assert silent == Answer(Outcome.UNCLEAR, "no answer")


async def test_a_challenge_cannot_have_a_charge_sent_again(world: World) -> None:
    """Azure wants a token with more claims: the order goes out once, and that is a no."""
    challenge = 'Bearer error="insufficient_claims", claims="eyJhIjoiYiJ9"'
    told = {"WWW-Authenticate": challenge}
    world.faults.order(Fault(PAYNOW, "status", status=401, headers=told, times=-1))
    token = world.tenant.tokens.issue(MANAGEMENT).text

    answer = await paid(world, world.urls.management, token)

    assert answer.outcome is Outcome.REFUSED
    assert world.traffic.count("/paynow") == 1


async def test_a_payment_known_to_azure_cannot_count_as_a_clear_no(world: World) -> None:
    """A 400 that says DuplicatePayment means that money may be on its way already."""

    class Duplicate:
        """Answers every order so."""

        async def __call__(self, _: Any, __: Any, send: Any) -> None:
            body = b'{"error":{"code":"DuplicatePayment","message":"There is one."}}'
            head = [(b"content-type", b"application/json")]
            await send({"type": "http.response.start", "status": 400, "headers": head})
            await send({"type": "http.response.body", "body": body})

    async with serve(Duplicate(), "arm", faults=Faults(), traffic=Traffic()) as base:
        assert await paid(world, base, "token") == Answer(Outcome.UNCLEAR, "DuplicatePayment")
