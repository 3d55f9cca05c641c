"""Send me the PDF: to whoever may see the invoice at that moment, and its link to nobody else."""

import logging
from typing import Any

import aiohttp
import pytest
from redis.asyncio import Redis

from bot.adapters.azure_download import is_fit
from sandbox.slack import Message, Person, View, text_of
from tests.alerting import page
from tests.charging import plain
from tests.paying import Unpaid, journal, unpaid
from tests.town import FINANCE, Town, told
from tests.waiting import until

READY = "The PDF of invoice"
DOWNLOAD = "POST */download"


@pytest.fixture
async def invoice(contoso: Town) -> Unpaid:
    """An invoice, Dana who may read it, and Eve who may not."""
    contoso.tenant.switches.retry_after = 0
    contoso.colleague("U0DANA", "dana")
    contoso.holds("U0DANA", "billing-profile-reader")
    contoso.colleague("U0EVE", "eve")
    return await unpaid(contoso)


def link(shown: Message | View) -> str:
    """The address behind the button."""
    (url,) = [e["url"] for b in shown.blocks for e in b.get("elements", []) if "url" in e]
    return str(url)


async def wanted(invoice: Unpaid, user: str, within: float = 5.0) -> Message:
    """Choose Send me the PDF on the card; what only they read in the end."""
    person = await invoice.person(user)
    before = len(person.replies)
    option = f"pdf:{invoice.number}"
    receipt = await person.press(FINANCE, invoice.card.ts, "card.menu", option=option)
    assert (receipt.status, receipt.trouble) == (200, "")
    await until(lambda: len(person.replies) > before, within)
    return person.replies[-1]


def asked(town: Town) -> int:
    """How often Azure was asked for a document."""
    return town.traffic.count("/download")


async def opened(url: str) -> tuple[int, bytes]:
    """What a browser gets there."""
    async with aiohttp.request("GET", url) as answer:
        return answer.status, await answer.read()


async def test_a_reader_can_have_the_pdf(invoice: Unpaid) -> None:
    """From the card's menu: a message that only they see, with a button to the document itself."""
    reply = await wanted(invoice, "U0DANA")

    assert READY in text_of(reply)
    assert "please do not pass it on" in text_of(reply)
    assert "It works until <!date^" in text_of(reply)
    status, document = await opened(link(reply))
    assert (status, document[:5]) == (200, b"%PDF-")
    assert invoice.number.encode() in document
    await invoice.bot.settle()
    (entry,) = await journal(invoice.town, "document.sent")
    assert (entry["actor"], entry["role"]) == ("U0DANA", "billing-profile-reader")


async def test_a_payer_can_have_the_pdf_beside_the_wire(contoso: Town) -> None:
    """From the hand-off's own modal it comes in a modal upon it."""
    contoso.tenant.switches.retry_after = 0
    invoice = await unpaid(contoso, card_limit={"EUR": 1})
    view = await invoice.hand_off()
    ada = await invoice.person()

    await ada.press_in_modal(view.id, "invoice.pdf")

    shown = await told(ada, READY)
    assert (await opened(link(shown)))[0] == 200
    assert len(ada.modals()) == 2
    receipt = await ada.press_in_modal(shown.id, "invoice.link")
    assert (receipt.status, receipt.trouble) == (200, "")


async def test_a_colleague_without_a_role_cannot_have_it(invoice: Unpaid) -> None:
    """They read why, and Azure is not even asked for the document."""
    reply = await wanted(invoice, "U0EVE")

    assert "You hold no billing role" in text_of(reply)
    await invoice.bot.settle()
    (entry,) = await journal(invoice.town, "document.refused")
    assert (entry["actor"], entry["decision"]) == ("U0EVE", "refused")
    assert asked(invoice.town) == 0


async def test_a_payer_who_lost_the_role_cannot_have_it(contoso: Town) -> None:
    """What counts is the moment of asking, not that of the hand-off."""
    invoice = await unpaid(contoso, card_limit={"EUR": 1})
    view = await invoice.hand_off()
    contoso.tenant.revoke("billing-account-owner", contoso.ids["U0ADA"], contoso.account)
    ada = await invoice.person()

    await ada.press_in_modal(view.id, "invoice.pdf")

    await told(ada, "You hold no billing role")
    assert asked(contoso) == 0


async def everything_kept(town: Town) -> str:
    """All keys and values that the bot has in the store."""
    kinds: dict[str, Any] = {
        "string": lambda redis, key: redis.get(key),
        "hash": lambda redis, key: redis.hgetall(key),
        "set": lambda redis, key: redis.smembers(key),
        "list": lambda redis, key: redis.lrange(key, 0, -1),
        "zset": lambda redis, key: redis.zrange(key, 0, -1, withscores=True),
        "stream": lambda redis, key: redis.xrange(key),
    }
    async with Redis.from_url(town.redis_url, decode_responses=True) as redis:
        found = redis.scan_iter(f"*{town.workspace.team_id}*", count=1000)
        keys = [str(key) async for key in found]
        values = [await kinds[str(await redis.type(key))](redis, key) for key in keys]
    return "\n".join(f"{key} {value}" for key, value in zip(keys, values, strict=True))


def elsewhere(town: Town, reader: Person) -> str:
    """All that anybody but the reader can see in Slack."""
    workspace = town.workspace
    seen = [m for channel in workspace.messages.values() for m in channel.values()]
    screens = [
        view
        for user, views in workspace.modals.stacks.items()
        for view in views
        if user != reader.user.id
    ]
    return "\n".join([*map(repr, seen), *map(repr, screens), repr(workspace.modals.homes)])


async def test_the_link_can_be_found_nowhere_but_on_the_readers_screen(
    contoso: Town, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Not in a channel, the log, the store, the audit trail or the metrics; searched for everywhere."""
    caplog.set_level(logging.INFO)
    contoso.tenant.switches.retry_after = 0
    contoso.colleague("U0BEN", "ben")
    contoso.holds("U0BEN", "billing-profile-owner")
    invoice = await unpaid(contoso, card_limit={"EUR": 1}, log_level="DEBUG")
    view = await invoice.hand_off()
    ada, ben = await invoice.person(), await invoice.person("U0BEN")
    reply = await wanted(invoice, "U0ADA")
    await ada.press_in_modal(view.id, "invoice.pdf")
    shown = await told(ada, READY)
    await ada.press_in_modal(shown.id, "invoice.link")
    await invoice.bot.settle()
    await invoice.bot.scan()

    secrets = list(contoso.tenant.signatures)
    assert len(secrets) == 2
    assert all(any(one in link(place) for place in (reply, shown)) for one in secrets)
    printed = capsys.readouterr()
    searched = {
        "log": printed.out + printed.err,
        "libraries' log": caplog.text,
        "store and audit trail": await everything_kept(contoso),
        "metrics": await page(invoice.bot, "/metrics"),
        "channels and other people's screens": elsewhere(contoso, ada),
        "other people's replies": repr(ben.replies),
    }
    assert "document.sent" in searched["store and audit trail"]
    assert invoice.number in searched["channels and other people's screens"]
    for place, text in searched.items():
        assert text, place
        for secret in (*secrets, "sig=", "/documents/"):
            assert secret not in text, f"{secret} in {place}"


UNFIT = (
    "http://storage.example/invoice.pdf?sig=1",
    "javascript:alert(1)",
    "//storage.example/x",
    "https://",
    "https://user:word@storage.example/x",
    "https://storage.example/with space",
    "https://storage.example/\u202efdp",
    "https://storage.example/" + "x" * 3000,
)


def test_only_fit_addresses_can_be_shown() -> None:
    """Only https, to a host, without a name and password in it, and no longer than Slack takes."""
    assert [url for url in UNFIT if is_fit(url, plain_http=False)] == []
    assert is_fit("https://storage.example/i.pdf?sv=2019-02-02&sig=a%2Fb", plain_http=False)


async def test_a_reader_cannot_be_shown_an_unfit_address(invoice: Unpaid) -> None:
    """They are told so, without it."""
    for url in ("javascript:alert(1)", "https://user:word@storage.example/x"):
        invoice.town.tenant.switches.document_url = url
        reply = await wanted(invoice, "U0DANA")
        assert "Azure gave an answer that the bot cannot trust" in text_of(reply)
        assert url not in repr(reply)


async def test_a_reader_can_have_it_although_azure_stumbles(invoice: Unpaid) -> None:
    """Asking for a document changes nothing, so it may be asked again, a few times."""
    for kind in ("drop_after", "status"):
        invoice.town.traffic.exchanges.clear()
        invoice.town.fault(DOWNLOAD, kind, status=503)
        assert READY in text_of(await wanted(invoice, "U0DANA"))
        assert asked(invoice.town) == 2
    invoice.town.fault("GET */operationResults/*", "status", status=503)
    assert READY in text_of(await wanted(invoice, "U0DANA"))


@pytest.mark.parametrize(
    ("on", "kind", "words"),
    [
        (DOWNLOAD, "status", "Azure did not answer in time"),
        (DOWNLOAD, "malformed", "cannot trust"),
        ("GET */operationResults/*", "malformed", "cannot trust"),
        ("GET */operationResults/*", "status", "Azure did not answer in time"),
    ],
)
async def test_a_reader_can_read_that_there_is_none(
    invoice: Unpaid, on: str, kind: Any, words: str
) -> None:
    """A fault of Azure's ends in one sentence, and soon."""
    invoice.town.fault(on, kind, times=-1)
    assert words in plain(await wanted(invoice, "U0DANA"))


async def test_a_reader_cannot_be_kept_waiting(invoice: Unpaid) -> None:
    """Where Azure wants an hour, the answer comes at once: try again later."""
    invoice.town.tenant.switches.retry_after = 3600
    reply = await wanted(invoice, "U0DANA", within=3.0)
    assert "Azure did not answer in time" in text_of(reply)
    assert asked(invoice.town) == 1


async def test_azure_cannot_be_asked_sooner_than_it_wants(invoice: Unpaid) -> None:
    """One second between two looks, where it says so."""
    invoice.town.tenant.switches.retry_after = 1
    await wanted(invoice, "U0DANA")
    seen = [e.at for e in invoice.town.traffic.exchanges if "/operationResults/" in e.path]
    begun = next(e.at for e in invoice.town.traffic.exchanges if e.path.endswith("/download"))
    assert len(seen) == 2
    assert all(later - earlier >= 1 for earlier, later in zip([begun, *seen], seen, strict=False))


async def test_a_link_cannot_be_used_after_its_time(invoice: Unpaid) -> None:
    """An hour later Azure's storage refuses it; asking again gives a new one."""
    reply = await wanted(invoice, "U0DANA")
    invoice.town.clock.advance(hours=1, seconds=1)
    assert (await opened(link(reply)))[0] == 403
    assert (await opened(link(await wanted(invoice, "U0DANA"))))[0] == 200
