"""Whatever goes wrong with Azure is told in a sentence, in bounded time, and is never guessed away."""

from contextlib import suppress
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response

from bot.adapters import azure_billing
from bot.errors import AzureBusy, AzureDenied, AzureMalformed, AzureSignInFailed, SetupError
from sandbox.slack import text_of
from tests.management import Endpoint, answer_json, management, pages_of
from tests.test_reading_azure import listed, raw
from tests.town import Town


async def test_an_operator_can_rely_on_waiting_when_azure_is_busy(contoso: Town) -> None:
    """A throttled page is asked for again, and not before the time Azure asked for."""
    number = contoso.invoice()
    contoso.fault("GET */invoices", "throttle", seconds=1)
    await (await contoso.bot()).scan()
    assert contoso.card(number).ts
    first, second = [one for one in contoso.traffic.exchanges if one.path.endswith("/invoices")]
    assert first.status == 429
    assert second.at - first.at >= 1


async def test_an_operator_can_be_told_that_azure_stays_busy(contoso: Town) -> None:
    """Throttling that does not end is told after a few tries."""
    contoso.fault("GET */invoices", "throttle", seconds=0, times=-1)
    report = await (await contoso.bot()).scan()
    assert report.failures == ["Azure is too busy just now. (Contoso)"]
    assert contoso.traffic.count("/invoices") == 3


async def test_a_finance_team_can_rely_on_a_second_try(contoso: Town) -> None:
    """A fault of Azure's own, or a cut connection, is passed over by asking again."""
    number = contoso.invoice()
    contoso.fault("GET */invoices", "status", status=503)
    contoso.fault("GET */invoices", "drop_before")
    report = await (await contoso.bot()).scan()
    assert report.is_complete
    assert contoso.card(number).ts


async def test_an_operator_can_be_told_that_azure_is_broken(contoso: Town) -> None:
    """Faults that do not end are retried a bounded number of times and then told."""
    contoso.fault("GET */invoices", "status", status=500, times=-1)
    report = await (await contoso.bot()).scan()
    assert report.failures == ["Azure has a fault of its own just now. (Contoso)"]
    assert contoso.traffic.count("/invoices") == 3


@pytest.mark.parametrize("kind", ["malformed", "truncated", "empty"])
async def test_an_operator_can_be_told_that_azure_makes_no_sense(contoso: Town, kind: Any) -> None:
    """An answer that is no JSON is told in one sentence, and nothing is posted from half of it."""
    contoso.invoice()
    contoso.fault("GET */invoices", kind, times=-1)
    report = await (await contoso.bot()).scan()
    assert report.failures == ["Azure gave an answer that makes no sense. (Contoso)"]
    assert contoso.posts() == []


async def test_a_colleague_can_be_told_that_azure_did_not_answer_in_time(
    contoso: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A silent Azure ends in a sentence; nobody waits longer than the deadline."""
    monkeypatch.setattr(azure_billing, "_PAGE_SECONDS", 0.8)
    number = contoso.invoice()
    contoso.fault("GET */invoices*", "delay", seconds=3, times=-1)
    bot = await contoso.bot(patience=0.8)
    report = await bot.scan()
    assert report.failures == ["Azure did not answer in time. (Contoso)"]
    ada = await contoso.person("U0ADA", bot)
    await ada.command("/invoice", number)
    await bot.settle()
    assert "Azure did not answer in time. Nothing was started" in text_of(ada.replies[-1])


async def test_an_operator_can_be_told_that_sign_in_fails(contoso: Town) -> None:
    """Without a token the scan says that the credentials are to be checked."""
    contoso.tenant.identity_secret = "another"
    bot = await contoso.bot()
    with pytest.raises(AzureSignInFailed, match="check its Azure credentials"):
        await bot.scan()


async def test_a_finance_team_cannot_be_told_that_all_is_paid_for_want_of_a_token(
    contoso: Town,
) -> None:
    """A token that Azure no longer takes is told, never taken for an empty list."""
    contoso.invoice()
    bot = await contoso.bot()
    await bot.scan()
    contoso.tenant.tokens.expire_all()
    with pytest.raises(AzureDenied, match="lacks a role or permission"):
        await bot.scan()


# An endpoint that means no good


@pytest.mark.parametrize(
    "link",
    [
        "{foreign}/providers/x?$skiptoken=1",
        "{foreign}",
        "//{host}/providers/x",
        "http://user:word@{host}/x",
        "\\\\{host}\\x",
        "HTTP://{host}/x",
    ],
)
async def test_an_operator_cannot_have_the_token_sent_elsewhere(contoso: Town, link: str) -> None:
    """A next link to another host is refused and reported; that host never hears of the bot."""
    async with management(contoso, answer_json({"value": []})) as foreign:
        host = foreign.url.removeprefix("http://")
        next_link = link.format(foreign=foreign.url, host=host)

        def page(request: Request) -> dict[str, Any]:
            return {"value": [], "nextLink": next_link}

        async with management(contoso, pages_of(contoso, page)) as azure:
            report = await (await contoso.bot(azure_management_url=azure.url)).scan()
        assert not report.is_complete
        assert foreign.seen == []
        assert all(token.startswith("Bearer ") for _, token in azure.seen)


async def test_an_operator_cannot_have_the_token_redirected(contoso: Town) -> None:
    """A redirect to another host takes no token along."""
    async with management(contoso, answer_json({"value": []})) as foreign:

        async def redirect(_: Request) -> Response:
            return Response(status_code=307, headers={"location": f"{foreign.url}/x"})

        async with management(contoso, redirect) as azure:
            bot = await contoso.bot(azure_management_url=azure.url)
            with suppress(SetupError, AzureMalformed):
                await bot.scan()
        assert [token for _, token in foreign.seen if token] == []


async def test_an_operator_can_rely_on_links_as_azure_writes_them(contoso: Town) -> None:
    """Relative links with raw spaces and absolute ones to the same host are both followed."""
    first, second = raw(contoso, "G100000001"), raw(contoso, "G100000002")
    third = raw(contoso, "G100000003")
    azure = Endpoint()

    def page(request: Request) -> dict[str, Any]:
        token = request.query_params.get("$skiptoken")
        if token is None:
            path = f"{request.url.path}?$skiptoken=a b&periodStartDate=2024-01-01 00:00:00Z"
            return {"value": [first], "nextLink": path}
        if token == "a b":
            assert request.query_params["periodStartDate"] == "2024-01-01 00:00:00Z"
            return {"value": [second], "nextLink": f"{azure.url}{request.url.path}?$skiptoken=c"}
        return {"value": [third], "nextLink": None}

    async with management(contoso, pages_of(contoso, page)) as served:
        azure.url = served.url
        bot = await contoso.bot(azure_management_url=served.url)
        numbers = [invoice.number for invoice in await listed(bot, contoso.account)]
    assert numbers == ["G100000001", "G100000002", "G100000003"]


@pytest.mark.parametrize("length", [1, 3])
async def test_an_operator_cannot_be_kept_reading_for_ever(contoso: Town, length: int) -> None:
    """Pages that lead round in a circle end in an error, not in an endless scan."""

    def page(request: Request) -> dict[str, Any]:
        at = int(request.query_params.get("$skiptoken", 0))
        return {"value": [], "nextLink": f"{request.url.path}?$skiptoken={(at + 1) % length}"}

    async with management(contoso, pages_of(contoso, page)) as azure:
        report = await (await contoso.bot(azure_management_url=azure.url)).scan()
    assert report.failures == ["Azure gave a list without an end. (Contoso)"]


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"null",
        b"{}",
        b'{"value": null}',
        b'{"value": {"a": 1}}',
        b'{"value": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"value": [' + b"9" * 5000 + b"]}",
        b"\xff\xfe\x00",
    ],
    ids=["a list", "null", "nothing", "no list", "an object", "deep", "a huge number", "no text"],
)
async def test_an_operator_can_be_told_of_a_listing_that_is_none(
    contoso: Town, body: bytes
) -> None:
    """A listing of any other shape is one failure in the report, and the scan ends in peace."""

    async def answer(request: Request) -> Response:
        if request.url.path.endswith("/billingAccounts"):
            return await pages_of(contoso, lambda _: {})(request)
        return Response(body, media_type="application/json")

    async with management(contoso, answer) as azure:
        report = await (await contoso.bot(azure_management_url=azure.url)).scan()
    (failure,) = report.failures
    assert failure.startswith("Azure gave a")


async def test_an_operator_can_have_an_account_named_twice(contoso: Town) -> None:
    """An account configured twice is no reason for two cards."""
    number = contoso.invoice()
    bot = await contoso.bot(azure_billing_accounts=f"{contoso.account},{contoso.account}")
    await bot.scan()
    assert contoso.card(number).ts


async def test_an_operator_can_be_told_when_azure_is_too_busy_to_list_accounts(
    contoso: Town,
) -> None:
    """Without the list of accounts there is no scan, and the reason is told."""
    contoso.fault("GET */billingAccounts", "throttle", seconds=0, times=-1)
    bot = await contoso.bot()
    with pytest.raises(AzureBusy, match="too busy"):
        await bot.scan()
