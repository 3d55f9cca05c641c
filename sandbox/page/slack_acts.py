"""What the person at the page does in Slack, and what Slack complains of to them."""

import time
from collections.abc import Awaitable, Callable
from html import escape

from sandbox.page.fields import Fields, NotDone
from sandbox.page.slack_json import COMMANDS, LANGUAGES
from sandbox.serving import Exchange
from sandbox.slack import Person, Receipt
from sandbox.stage import CAST, Stage

_PLACES = {"press": "message", "press_in_modal": "view", "submit": "view", "close": "view"}
_COMPLAINTS = {
    "message": "Slack couldn’t reach this app. Try again in a moment.",
    "view": "We had some trouble connecting. Try again?",
    "home": "This app is not responding. Try again later.",
}


class SlackActs:
    """The acts by name; each is one signed request to the bot, or a plain message.

    Args:
        stage: where.
        bot: the bot's request URL.
    """

    def __init__(self, stage: Stage, bot: str) -> None:
        self._stage, self._workspace, self._bot = stage, stage.workspace, bot
        self._people: dict[str, Person] = {}
        self._acts: dict[str, Callable[[Person, Fields], Awaitable[Receipt | None]]] = {
            "press": self._press,
            "press_in_modal": self._press_in_view,
            "submit": self._submit,
            "close": self._close,
            "command": self._command,
            "message": self._message,
            "open_home": self._open_home,
            "speak": self._speak,
        }

    async def __call__(self, given: Fields) -> None:
        """Do what the field ``do`` says as the person ``as``.

        Raises:
            NotDone: with the words in which Slack complains.
        """
        user, name = given.text("as"), given.text("do")
        if user not in CAST or name not in self._acts:
            raise NotDone("There is no such person, or nothing of that kind to do.")
        try:
            receipt = await self._acts[name](self._person(user), given)
        except ValueError as error:  # Slack's own check of a form
            raise NotDone(str(error)) from error
        except LookupError as error:
            raise NotDone("That is no longer there.") from error
        if receipt is not None:
            self._note(receipt)
            _complain(receipt, name, given)

    async def close(self) -> None:
        """Everybody leaves."""
        for person in self._people.values():
            await person.close_session()
        self._people.clear()

    def _person(self, user: str) -> Person:
        if user not in self._people:
            self._people[user] = Person(self._workspace, user, self._bot)
        return self._people[user]

    async def _press(self, person: Person, given: Fields) -> Receipt:
        return await person.press(
            given.text("channel"),
            given.text("ts"),
            given.text("action_id"),
            option=given.choice("option", "value"),
            block_id=given.text("block_id", ""),
        )

    async def _press_in_view(self, person: Person, given: Fields) -> Receipt:
        return await person.press_in_modal(
            given.text("view_id"),
            given.text("action_id"),
            option=given.choice("option", "value"),
            block_id=given.text("block_id", ""),
        )

    async def _submit(self, person: Person, given: Fields) -> Receipt:
        return await person.submit(given.text("view_id"), given.choices("values"))

    async def _close(self, person: Person, given: Fields) -> Receipt | None:
        return await person.close(given.text("view_id"))

    async def _command(self, person: Person, given: Fields) -> Receipt:
        name, _, text = given.text("text").strip().partition(" ")
        if name not in {one["command"] for one in COMMANDS}:
            raise NotDone(f"{name} is not a valid command.")
        channel = self._joined(person, given)
        if person.user.team_id != self._workspace.team_id:
            raise NotDone(f"{name} is not offered to people of other companies.")
        return await person.command(name, text.strip(), channel=channel)

    async def _message(self, person: Person, given: Fields) -> None:
        text = escape(given.text("text").strip(), quote=False)
        if not text:
            raise NotDone("There is nothing to send.")
        thread = given.text("thread_ts", "") or None
        channel = self._joined(person, given)
        if person.user.deleted:
            raise NotDone("Your account is deactivated.")
        self._workspace.post(channel, text, user=person.user.id, thread_ts=thread)

    async def _open_home(self, person: Person, _: Fields) -> Receipt:
        return await person.open_home()

    async def _speak(self, person: Person, given: Fields) -> None:
        """Another language in the person's Slack settings; the bot hears of it when it next asks."""
        locale = given.text("locale")
        if locale not in LANGUAGES:
            raise NotDone("Slack is not offered in this language here.")
        person.user.locale = locale
        self._workspace.announce("person", user=person.user.id)

    def _joined(self, person: Person, given: Fields) -> str:
        """The channel, if the person can write there."""
        channel = self._workspace.channels.get(given.text("channel"))
        if channel is None or person.user.id not in channel.members:
            raise NotDone("You are not in this channel.")
        return channel.id

    def _note(self, receipt: Receipt) -> None:
        began, took = time.time() - receipt.seconds, receipt.seconds * 1000
        self._stage.traffic.note(
            Exchange(began, "bot", "POST", "/slack/events", receipt.status, took)
        )


def _complain(receipt: Receipt, name: str, given: Fields) -> None:
    """Raise NotDone in Slack's words; objections to a form are shown in the form."""
    if receipt.trouble in ("", "errors"):
        return
    if name == "command":
        code = "operation_timeout" if receipt.trouble == "operation_timeout" else "dispatch_failed"
        command = given.text("text").strip().partition(" ")[0]
        raise NotDone(f"{command} failed with the error “{code}”")
    raise NotDone(_COMPLAINTS[_PLACES.get(name, "home")])
