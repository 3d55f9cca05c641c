"""Socket Mode: the whole bot without a public address."""

from collections.abc import AsyncIterator
from dataclasses import replace
from io import StringIO

import aiohttp
import pytest
from pydantic import SecretStr
from rich.console import Console
from slack_bolt.async_app import AsyncAck

from bot.adapters.background import Background, drop
from bot.adapters.redis_connection import connect
from bot.adapters.redis_gate import RedisGate
from bot.adapters.slack_app import slack_app
from bot.adapters.socket_mode import SocketMode
from bot.checkup import examine
from bot.domain.people import Workspace
from bot.services.admission import Admission
from sandbox.slack import Person, text_of
from tests.socket_slack import APP_TOKEN, SocketSlack, serve_socket_slack
from tests.town import FINANCE, Bot, Town, modal, told
from tests.waiting import until

BEAT = 0.2


@pytest.fixture
async def slack(contoso: Town) -> AsyncIterator[SocketSlack]:
    """Contoso's Slack, with Socket Mode."""
    async with serve_socket_slack(contoso.workspace) as made:
        yield made


async def start(town: Town, slack: SocketSlack, token: str = APP_TOKEN) -> Bot:
    """The bot in Socket Mode; it has no signing secret."""
    return await town.bot(
        slack_app_token=SecretStr(token),
        slack_signing_secret=None,
        slack_api_url=f"{slack.url}/api/",
    )


async def in_front_of(town: Town, slack: SocketSlack, bot: Bot, user: str = "U0ADA") -> Person:
    """A person whose acts go through the socket, once there is one."""
    await until(lambda: slack.links)
    return await town.person(user, replace(bot, url=f"{slack.url}/slack/events"))


async def status(url: str, method: str = "GET") -> int:
    """What a page answers."""
    async with aiohttp.request(method, url) as answer:
        return answer.status


async def test_a_payer_can_pay_over_the_socket(contoso: Town, slack: SocketSlack) -> None:
    """From Pay now to the hand-off, each act is acknowledged with its envelope's id."""
    number = contoso.invoice()
    bot = await start(contoso, slack)
    await bot.scan()
    ada = await in_front_of(contoso, slack, bot)

    receipt = await ada.press(FINANCE, contoso.card(number).ts, "pay.open")
    assert (receipt.status, receipt.trouble) == (200, "")
    confirming = await modal(ada, "pay.confirm")
    receipt = await ada.submit(confirming.id)
    assert (receipt.status, receipt.trouble) == (200, "")
    await told(ada, "reserved for you")
    await bot.settle()

    assert "is paying since" in text_of(contoso.card(number))
    pressed, submitted = slack.acknowledged
    assert pressed.keys() == {"envelope_id"}
    assert submitted["payload"]["response_action"] == "update"


async def test_a_payer_can_give_up_over_the_socket(contoso: Town, slack: SocketSlack) -> None:
    """A closed confirmation is acknowledged, too."""
    number = contoso.invoice()
    bot = await start(contoso, slack)
    await bot.scan()
    ada = await in_front_of(contoso, slack, bot)
    await ada.press(FINANCE, contoso.card(number).ts, "pay.open")
    receipt = await ada.close((await modal(ada, "pay.confirm")).id)
    assert receipt is not None
    assert (receipt.status, receipt.trouble) == (200, "")
    await bot.settle()
    assert contoso.button(contoso.card(number), "pay.open")


async def test_a_colleague_can_look_up_an_invoice_over_the_socket(
    contoso: Town, slack: SocketSlack
) -> None:
    """Commands are acknowledged without a word and answered to their sender alone."""
    number = contoso.invoice()
    bot = await start(contoso, slack)
    ada = await in_front_of(contoso, slack, bot)
    receipt = await ada.command("/invoice", number)
    assert (receipt.status, receipt.body, receipt.trouble) == (200, "", "")
    await bot.settle()
    assert "12,340.00" in text_of(ada.replies[-1])


async def test_nobody_can_get_an_error_over_the_socket(contoso: Town, slack: SocketSlack) -> None:
    """What no listener knows is acknowledged as well; an unknown command gets a sentence."""
    bot = await start(contoso, slack)
    ada = await in_front_of(contoso, slack, bot)
    await ada.command("/invoicez")
    assert "/invoice" in text_of(ada.replies[-1])
    user = {"id": "U0ADA", "team_id": contoso.workspace.team_id}
    for payload in (
        {"type": "block_actions", "user": user, "actions": [{"action_id": "no.such"}]},
        {
            "type": "view_submission",
            "user": user,
            "view": {"type": "modal", "callback_id": "no.such"},
        },
        {
            "type": "view_submission",
            "user": user,
            "view": {"type": "modal", "callback_id": "pay.confirm"},
        },
        {"type": "shortcut", "callback_id": "no.such", "user": user},
        {"type": "something.new"},
        {},
    ):
        assert (await slack.deliver("interactive", payload))["envelope_id"]
    event = {"type": "event_callback", "event": {"type": "reaction_added", "user": "U0ADA"}}
    assert (await slack.deliver("events_api", event))["envelope_id"]


async def test_nobody_can_send_requests_over_http_in_socket_mode(
    contoso: Town, slack: SocketSlack
) -> None:
    """Without a signing secret there is no door; health and metrics stay."""
    bot = await start(contoso, slack)
    await until(lambda: slack.links)
    base = bot.url.removesuffix("/slack/events")
    assert await status(bot.url, "POST") == 404
    assert await status(f"{base}/healthz") == 200
    assert await status(f"{base}/metrics") == 200

    async def is_ready() -> bool:
        return await status(f"{base}/readyz") == 200

    await until(is_ready)


async def test_a_platform_can_see_that_the_app_token_is_wrong(
    contoso: Town, slack: SocketSlack
) -> None:
    """The process lives on and says that it cannot serve; it does not crash in a loop."""
    bot = await start(contoso, slack, "xapp-1-A0BOT-wrong")
    base = bot.url.removesuffix("/slack/events")
    async with aiohttp.request("GET", f"{base}/readyz") as answer:
        assert answer.status == 503
        assert "check SLACK_APP_TOKEN" in await answer.text()
    assert await status(f"{base}/healthz") == 200
    assert slack.opened == 0


async def test_an_operator_can_have_the_app_token_checked(
    contoso: Town, slack: SocketSlack
) -> None:
    """The doctor finds an app-level token that Slack refuses, and only that."""
    for token, code, finding in (
        (APP_TOKEN, 0, "ok   Socket Mode: Slack opens a connection."),
        ("xapp-1-A0BOT-wrong", 1, "FAIL Socket Mode: Slack refuses the app-level token"),
    ):
        settings = (await start(contoso, slack, token)).outside.settings
        shown = StringIO()
        assert await examine(settings, Console(file=shown, width=300)) == code
        assert finding in shown.getvalue()
        assert shown.getvalue().count("FAIL") == code


@pytest.fixture
async def connected(contoso: Town, slack: SocketSlack) -> AsyncIterator[SocketMode]:
    """A bare app on the socket, with a fast beat, that answers the command ``/hello``."""
    workspace, background = contoso.workspace, Background()
    home = Workspace(workspace.team_id, "", workspace.bot_id, workspace.bot_user_id, "Contoso")
    api = f"{slack.url}/api/"
    async with aiohttp.ClientSession() as session, await connect(contoso.redis_url) as client:
        gate = RedisGate(client, workspace.team_id)
        app = slack_app(workspace.bot_token, home, api_url=api, session=session)

        @app.command("/hello")
        async def hello(ack: AsyncAck) -> None:
            await ack("hello")

        async with SocketMode(
            app,
            APP_TOKEN,
            api_url=api,
            background=background,
            admission=Admission(gate, start=background.start, drop=drop),
            beat=BEAT,
        ) as made:
            await until(lambda: slack.links)
            yield made


async def answers(slack: SocketSlack) -> bool:
    """Whether a command sent now is answered."""
    form = {"command": "/hello", "user_id": "U0ADA", "team_id": "T0HOME"}
    return bool((await slack.deliver("slash_commands", form))["payload"]["text"] == "hello")


async def test_slack_can_have_the_connection_refreshed(
    slack: SocketSlack, connected: SocketMode
) -> None:
    """Slack asks for it every few hours; commands go on being answered."""
    assert await answers(slack)
    await slack.refresh()
    await until(lambda: slack.opened == 2 and len(slack.links) == 1)
    assert await answers(slack)
    await connected.ready()


async def test_the_bot_can_outlive_a_lost_connection(
    slack: SocketSlack, connected: SocketMode
) -> None:
    """A connection cut without a word is noticed and made anew."""
    slack.cut()
    await until(lambda: slack.opened == 2)
    assert await answers(slack)


async def test_the_bot_can_outlive_an_address_that_leads_nowhere(
    slack: SocketSlack, connected: SocketMode
) -> None:
    """Addresses work once and not for long: after a failure a fresh one is asked for."""
    slack.dead_links = 2
    slack.cut()
    await until(lambda: slack.opened == 2, within=10)
    assert await answers(slack)
