"""``init``: ask for what the bot needs, try each answer at once, write ``.env``."""

import asyncio
import os
import re
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer
from dotenv import load_dotenv
from rich.text import Text

from bot.env_file import write_env
from bot.errors import BotError
from bot.setup_checks import SlackChecks, billing, directory
from bot.setup_guide import azure_steps, new_app_link
from bot.terminal import carry_out, console, examples, given_settings

_EXAMPLES = examples("init", "init --env-file /etc/azure-invoice-bot/.env")
_SLACK_API = "https://slack.com/api/"
_GROUPS = {
    True: "Groups hold billing roles here: grant GroupMember.Read.All, too.",
    False: "No group holds a role on the billing account: User.Read.All is enough for it.",
    None: "Azure does not say whether groups hold billing roles here: if any does, grant "
    "GroupMember.Read.All, too.",
}
_LINK = re.compile(r"https://[^/]+/archives/([CG][A-Z0-9]+)")


def add_to(app: typer.Typer) -> None:
    """Make it a command of ``app``."""
    app.command("init", epilog=_EXAMPLES)(_init)


def _init(
    *,
    env_file: Annotated[
        Path, typer.Option("--env-file", help="The file to write.", dir_okay=False)
    ] = Path(".env"),
) -> None:
    """Set the bot up: ask for what it needs, try each answer in Slack and Azure, write .env.

    Nothing is written before the last answer. A file that is there is only changed after asking,
    and a copy of it is kept.
    """
    if env_file.exists() and not typer.confirm(
        f"{env_file} is there already. Change it (a copy is kept)?", default=False
    ):
        raise typer.Exit(0)
    load_dotenv(env_file)  # what the bot would read, as it would: the environment wins
    interview = Interview(dict(os.environ))
    interview.slack()
    interview.azure()
    kept = write_env(env_file, interview.answers)
    _say(f"\nWritten: {env_file}, which only you can read.", "green")
    if kept:
        _say(f"As it was before: {kept}.")
    raise typer.Exit(_look_at_everything())


def _look_at_everything() -> int:
    """The doctor's findings, and what comes next."""
    from bot.checkup import examine  # noqa: PLC0415  # it needs all vendors

    _say("\nThe doctor looks at everything:", "bold")
    code = int(carry_out(examine(given_settings(None), console())))
    _say("\nNext: azure-invoice-bot scan --dry-run shows what would be posted,")
    _say("      azure-invoice-bot run starts the bot.")
    return code


class Interview:
    """Asks, part by part.

    Args:
        known: what is set already, by variable; it is offered as the default.

    ``answers`` holds what is to be written, "" for what is to be taken out. Every answer also goes
    into this process's environment, since Azure's library reads it from there.
    """

    def __init__(self, known: dict[str, str]) -> None:
        self._known = known
        self.answers: dict[str, str] = {}

    def slack(self) -> None:
        """The app, its tokens, the channel."""
        _say("1. Slack", "bold")
        address = self._address()
        _say("\nCreate the app with this link, then install it to your workspace:\n")
        typer.echo(new_app_link(address))
        _say("\nUnder OAuth & Permissions stands the bot token.")
        self._ask("SLACK_BOT_TOKEN", "Bot token (xoxb-…)", self._token, secret=True)
        if address:
            _say("\nUnder Basic Information stands the signing secret; only a click can prove it.")
            self._ask("SLACK_SIGNING_SECRET", "Signing secret", _signing_secret, secret=True)
            self._keep("SLACK_APP_TOKEN", "")
        else:
            _say("\nUnder Basic Information, App-Level Tokens: one with connections:write.")
            self._ask("SLACK_APP_TOKEN", "App-level token (xapp-…)", self._app_token, secret=True)
        _say("\nIn the finance channel, type /invite @Azure Invoice Bot.")
        self._ask("ALERT_CHANNEL", "The channel's link or id", self._channel)

    def azure(self) -> None:
        """The sign-in, and what it may see."""
        _say("\n2. Azure", "bold")
        typer.echo(azure_steps())
        while True:
            self._credentials()
            if self._seen() or not typer.confirm("Try again?", default=True):
                return

    def _address(self) -> str:
        """The public address, or "" for Socket Mode."""
        while True:
            given = typer.prompt(
                "Public https address of the bot (empty: Socket Mode, which needs none)",
                default="",
                show_default=False,
            ).strip()
            if not given or re.fullmatch(r"https://[^\s/]+(/\S*)?", given):
                return str(given)
            _wrong("That is no https address, such as https://invoices.example.com.")

    def _credentials(self) -> None:
        _say("\nLeave these empty for a managed identity, or to use your own az login.")
        client = self._plain("AZURE_CLIENT_ID", "Application (client) id, the APP above")
        self._keep("AZURE_CLIENT_ID", client)
        tenant = self._plain("AZURE_TENANT_ID", "Directory (tenant) id") if client else ""
        self._keep("AZURE_TENANT_ID", tenant or self._known.get("AZURE_TENANT_ID", ""))
        secret = self._plain("AZURE_CLIENT_SECRET", "Client secret", secret=True) if client else ""
        self._keep("AZURE_CLIENT_SECRET", secret)

    def _seen(self) -> bool:
        """Say what the bot sees in Azure; whether that is all it needs."""
        settings = given_settings(None)
        try:
            found = _at_once(billing(settings))
            for account in found.accounts:
                _say(f"Billing account {account.display_name or account.name}.", "green")
            _say(_at_once(directory(settings)), "green")
        except BotError as error:
            _wrong(error.sentence)
            return False
        _say(_GROUPS[found.has_groups])
        return True

    def _token(self, answer: str) -> str:
        if not answer.startswith(("xoxb-", "xoxe.xoxb-")):
            raise ValueError("A bot token starts with xoxb-.")
        return str(_at_once(self._checks(answer).workspace()))

    def _app_token(self, answer: str) -> str:
        if not answer.startswith("xapp-"):
            raise ValueError("An app-level token starts with xapp-.")
        return str(_at_once(self._checks(self.answers["SLACK_BOT_TOKEN"]).socket(answer)))

    def _channel(self, answer: str) -> str:
        if not re.fullmatch(r"[CG][A-Z0-9]{2,}", answer):
            raise ValueError("That is neither a channel's id (C…) nor its link: see Copy link.")
        return str(_at_once(self._checks(self.answers["SLACK_BOT_TOKEN"]).channel(answer)))

    def _checks(self, token: str) -> SlackChecks:
        return SlackChecks(token, self._known.get("SLACK_API_URL") or _SLACK_API)

    def _ask(
        self, name: str, question: str, check: Callable[[str], str], *, secret: bool = False
    ) -> None:
        """Ask until the answer is good, or is to be kept all the same."""
        while True:
            answer = self._plain(name, question, secret=secret)
            answer = found[1] if (found := _LINK.match(answer)) else answer
            try:
                _say(check(answer), "green")
                break
            except ValueError as error:  # not even of the right form: the bot could not start
                _wrong(str(error))
            except BotError as error:
                _wrong(error.sentence)
                if not typer.confirm("Try again?", default=True):
                    break
        self._keep(name, answer)

    def _plain(self, name: str, question: str, *, secret: bool = False) -> str:
        """One answer; what is known already is the default, a secret without showing it."""
        known = self._known.get(name, "")
        shown = f"{question} (Enter: as it is)" if secret and known else question
        answer = typer.prompt(
            shown, default=known, show_default=bool(known) and not secret, hide_input=secret
        )
        return str(answer).strip()

    def _keep(self, name: str, answer: str) -> None:
        self.answers[name] = answer
        if answer:
            os.environ[name] = answer
        else:
            os.environ.pop(name, None)


def _signing_secret(answer: str) -> str:
    if not re.fullmatch(r"[0-9A-Za-z]{16,}", answer):
        raise ValueError("A signing secret is a long word of letters and digits.")
    return "Noted."


def _at_once(work: Coroutine[Any, Any, Any]) -> Any:  # noqa: ANN401  # whatever the work returns
    return asyncio.run(work)


def _say(words: str, style: str = "") -> None:
    console().print(Text(words, style=style))


def _wrong(words: str) -> None:
    console(stderr=True).print(Text(words, style="red"))
