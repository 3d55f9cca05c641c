"""A served workspace, a bot behind it, and people in it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.faults import Faults
from sandbox.serving import Traffic, serve
from sandbox.slack import Person, SlackWorkspace, serve_slack
from tests.sandbox_slack.echo_bot import EchoBot


@dataclass
class Clock:
    """A clock that stands still until it is moved."""

    at: float = 1_790_000_000.0

    def __call__(self) -> float:
        """Now, in epoch seconds."""
        return self.at


@pytest.fixture
def clock() -> Clock:
    """The workspace's clock."""
    return Clock()


@pytest.fixture
def faults() -> Faults:
    """What goes wrong on the way to the bot."""
    return Faults()


@pytest.fixture
async def workspace(clock: Clock) -> AsyncIterator[SlackWorkspace]:
    """A served workspace: Pat and Quinn of ours, Sam from outside, Gil a guest."""
    slack = SlackWorkspace(now=clock)
    slack.add_person("UPAT", "pat", email="pat@contoso.example", tz="Europe/Berlin")
    slack.add_person("UQUINN", "quinn", locale="de-DE")
    slack.add_person("USAM", "sam", team_id="T0OTHER", email="sam@fabrikam.example")
    slack.add_person("UGIL", "gil", is_restricted=True)
    slack.add_person("UGONE", "gone", deleted=True, email="gone@contoso.example")
    slack.add_channel("CFIN", "finance", ["UPAT", "UQUINN"])
    slack.add_channel("CPRIV", "board", ["UPAT"], bot=False, is_private=True)
    slack.add_channel("CSHARED", "suppliers", ["UPAT", "USAM"], is_ext_shared=True)
    slack.add_channel("COPEN", "random", ["UPAT"], bot=False)
    slack.add_channel("COLD", "old", ["UPAT"], is_archived=True)
    async with serve_slack(slack):
        yield slack


@pytest.fixture
async def bot(workspace: SlackWorkspace, faults: Faults) -> AsyncIterator[EchoBot]:
    """A served bot that Slack knows the request URL of."""
    echo = EchoBot(workspace.signing_secret)

    async def endpoint(request: Request) -> Response:
        return await echo(request)

    app = Starlette(routes=[Route("/slack/events", endpoint, methods=["POST"])])
    async with serve(app, "bot", faults=faults, traffic=Traffic()) as url:
        echo.url = f"{url}/slack/events"
        yield echo


@pytest.fixture
async def pat(workspace: SlackWorkspace, bot: EchoBot) -> AsyncIterator[Person]:
    """A full member, in the finance channel."""
    async with Person(workspace, "UPAT", bot.url) as person:
        yield person


@pytest.fixture
async def sam(workspace: SlackWorkspace, bot: EchoBot) -> AsyncIterator[Person]:
    """Somebody from outside, in the shared channel."""
    async with Person(workspace, "USAM", bot.url) as person:
        yield person
