"""Every source × every way to fail, on a press, a confirmation, a scan and a look-up.

One bot lives through all of it: whatever failed before leaves nothing behind for the next. The
ways that ``test_who_may_pay_errors`` plays on presses and confirmations are not played again.
"""

from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass

import pytest
import pytest_asyncio

from sandbox.faults import Fault
from sandbox.slack import Person, text_of
from tests.alerting import cards
from tests.asking import ask
from tests.paying import Unpaid, journal, key, offers, store, unpaid
from tests.town import Town, town

pytestmark = pytest.mark.asyncio(loop_scope="module")

PATIENCE = 2.0  # seconds that Azure has here
WAYS: dict[str, Callable[[str], Fault]] = {
    "time-out": lambda on: Fault(on, "delay", seconds=PATIENCE + 0.2, times=1),
    "401": lambda on: Fault(on, "status", status=401, times=-1),
    "403": lambda on: Fault(on, "status", status=403, times=-1),
    "404": lambda on: Fault(on, "status", status=404, times=-1),
    "429": lambda on: Fault(on, "throttle", seconds=0, times=-1),
    "500": lambda on: Fault(on, "status", status=500, times=-1),
    "malformed": lambda on: Fault(on, "malformed", times=-1),
    "truncated": lambda on: Fault(on, "truncated", times=-1),
    "empty": lambda on: Fault(on, "empty", times=-1),
    "cut off before": lambda on: Fault(on, "drop_before", times=-1),
    "dropped after commit": lambda on: Fault(on, "drop_after", times=-1),
}
PAYING = {
    "invoice": "GET */invoices/G*",
    "account roles": "GET */billingAccounts/*_2019-05-31/billingRoleAssignments",
    "profile roles": "GET */billingProfiles/*/billingRoleAssignments",
    "directory": "GET /v1.0/users*",
    "Slack account": "* */users.info",
}
SCANNING = {
    "accounts": "GET */billingAccounts",
    "list of invoices": "GET */invoices",
    "posting": "* */chat.postMessage",
}
ELSEWHERE_UNSEEN = ("time-out", "cut off before", "dropped after commit")
OPERATOR_WORDS = ("Traceback", "Exception", "http://", "127.0.0.1")


@dataclass
class House:
    """The one bot, its unpaid invoice, and Ada, who may pay it."""

    invoice: Unpaid
    ada: Person

    @property
    def town(self) -> Town:
        """Where it lives."""
        return self.invoice.town


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def house(redis_url: str) -> AsyncIterator[House]:
    """A town for all tests of this file."""
    async with town(redis_url) as made:
        with pytest.MonkeyPatch.context() as patch:
            for name, value in made.azure.environment().items():
                patch.setenv(name, value)
            invoice = await unpaid(made, patience=PATIENCE)
            yield House(invoice, await invoice.person())


def matrix(sources: dict[str, str], ways: Iterable[str] = WAYS) -> pytest.MarkDecorator:
    """Every source with every way."""
    # Slack has ten seconds to answer, too long to wait for here.
    cases = [(s, w) for s in sources for w in ways if (s, w) != ("Slack account", "time-out")]
    return pytest.mark.parametrize(("source", "way"), cases, ids=[f"{s}-{w}" for s, w in cases])


@pytest_asyncio.fixture(loop_scope="module", autouse=True)
async def calm(house: House) -> AsyncIterator[None]:
    """What a test broke is well again for the next."""
    yield
    await clear(house)


async def clear(house: House) -> None:
    """Be well again, with nothing left on Ada's screen."""
    house.town.faults.clear()
    await house.invoice.bot.settle()
    for view in reversed(house.ada.modals()):
        await house.ada.close(view.id)
    await house.invoice.bot.settle()
    async with store(house.town) as redis:  # nobody clicks as fast as these tests do
        await redis.delete(key(house.town, "clicks", "U0ADA"))


async def noes(house: House) -> int:
    """How many decisions against somebody the audit trail knows."""
    async with store(house.town) as redis:
        entries = await redis.xrange(key(house.town, "journal"))
    return sum(fields.get("decision") in ("refused", "error") for _, fields in entries)


async def handed_off(house: House) -> int:
    """How many hand-offs the audit trail knows."""
    return len(await journal(house.town, "payment.handed_off"))


@matrix(PAYING, ELSEWHERE_UNSEEN)
async def test_an_owner_cannot_get_an_offer_while_something_fails(
    house: House, source: str, way: str
) -> None:
    """They are told why in plain words, it is in the audit trail, and no offer is left behind."""
    house.town.faults.order(WAYS[way](PAYING[source]))
    before, offered = await noes(house), await offers(house.town)

    view = await house.invoice.press()

    words = text_of(view)
    assert view.submit is None
    assert ":no_entry:" in words
    assert not any(word in words for word in OPERATOR_WORDS)
    assert await offers(house.town) == offered
    await house.invoice.bot.settle()
    assert await noes(house) > before


@matrix(PAYING, ELSEWHERE_UNSEEN)
async def test_an_owner_cannot_be_handed_off_while_something_fails(
    house: House, source: str, way: str
) -> None:
    """Confirming ends in a no with its reason; the invoice stays free, for others and for later."""
    before = await handed_off(house)
    view = await house.invoice.offer()
    house.town.faults.order(WAYS[way](PAYING[source]))

    told = await house.invoice.confirm(view)

    words = text_of(told)
    assert ":no_entry:" in words
    assert not any(word in words for word in OPERATOR_WORDS)
    assert await handed_off(house) == before
    assert house.invoice.can_be_paid


@matrix(SCANNING)
async def test_a_scan_cannot_lose_or_repeat_anything_while_something_fails(
    house: House, source: str, way: str
) -> None:
    """It says what failed; the next one puts all of it right, each card once."""
    number = house.town.invoice(days_overdue=3)
    house.town.faults.order(WAYS[way](SCANNING[source]))
    try:
        report = await house.invoice.bot.scan()
    except Exception as error:  # noqa: BLE001  # an expected one with its sentence
        assert getattr(error, "sentence", "").endswith(".")  # noqa: PT017
    else:
        assert report.failures or len(cards(house.town, number)) == 1
    await clear(house)
    house.town.clock.advance(minutes=5)

    await house.invoice.bot.scan()

    assert len(cards(house.town, number)) == 1
    assert house.invoice.can_be_paid
    house.town.tenant.pay(number)
    await house.invoice.bot.scan()


@matrix({k: PAYING[k] for k in PAYING if k != "directory"})
async def test_a_look_up_cannot_end_without_words(house: House, source: str, way: str) -> None:
    """An answer or a reason, to the asker alone, and the operator's words stay in the log."""
    house.town.faults.order(WAYS[way](PAYING[source]))

    answer = await ask(house.ada, house.invoice.bot, "/invoice", house.invoice.number)

    assert not any(word in text_of(answer) for word in OPERATOR_WORDS)
