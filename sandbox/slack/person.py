"""Somebody who uses the app in Slack: what they see, and what they press, submit, close, type.

After the Slack documentation pages "Handling user interaction", "Modals" (answers to a submission)
and "Slash commands". Each act sends the app the signed request real Slack would send, once: Slack
does not repeat interactions.
"""

import json
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import TracebackType
from typing import Self
from urllib.parse import urlencode

from sandbox.slack import payloads, response_urls, submissions
from sandbox.slack.elements import Choice, chosen, find, initial_state, with_choice
from sandbox.slack.records import Channel, Json, Message, User, View
from sandbox.slack.refusal import Refused
from sandbox.slack.signing import FORM, JSON, PATIENCE_SECONDS, Line, Receipt
from sandbox.slack.workspace import SlackWorkspace


class Person:
    """One user in front of Slack; use as ``async with Person(…) as pat`` or ``close_session()``.

    Args:
        workspace: the served workspace.
        user_id: who.
        bot_url: the app's request URL, e.g. ``http://127.0.0.1:3000/slack/events``.
        clock: epoch seconds for the signatures; the real time, whatever the workspace's clock.
        patience: seconds Slack waits for an answer.

    Acts raise LookupError where there is nothing to press, submit, close or type into.
    """

    def __init__(
        self,
        workspace: SlackWorkspace,
        user_id: str,
        bot_url: str,
        *,
        clock: Callable[[], float] = time.time,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self._workspace, self._user_id = workspace, user_id
        self._line = Line(bot_url, workspace.signing_secret, clock, patience)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close_session()

    async def close_session(self) -> None:
        """Leave; nothing can be pressed afterwards."""
        await self._line.close()

    @property
    def user(self) -> User:
        """The person's record in the workspace."""
        return self._workspace.people[self._user_id]

    @property
    def replies(self) -> list[Message]:
        """The ephemeral messages this person sees, in all channels, newest last."""
        return list(self._workspace.ephemerals.get(self._user_id, []))

    def modals(self) -> list[View]:
        """The person's open modals, the one on top last."""
        return list(self._workspace.modals.stacks.get(self._user_id, []))

    def home(self) -> View | None:
        """The person's Home tab of the app, if one was published."""
        return self._workspace.modals.homes.get(self._user_id)

    def seen(self, channel: str) -> list[Message]:
        """The messages of a channel this person sees, ephemeral ones included, newest last."""
        return self._workspace.visible_to(self._user_id, channel)

    async def press(
        self, channel: str, ts: str, action_id: str, *, option: Choice = None, block_id: str = ""
    ) -> Receipt:
        """Press a button, or choose ``option`` (its value) in a menu, on a message as it stands.

        ``block_id`` says which, where several blocks hold the same action id.
        """
        message = self._workspace.visible(self._user_id, channel, ts)
        if message is None:
            raise LookupError(f"{self._user_id} sees no message {ts} in {channel}")
        return await self.press_stale(message, action_id, option=option, block_id=block_id)

    async def press_stale(
        self, message: Message, action_id: str, *, option: Choice = None, block_id: str = ""
    ) -> Receipt:
        """Press on an earlier copy of a message, as on a screen that has not caught up."""
        block, element = _pressable(message.blocks, action_id, block_id)
        state = with_choice(initial_state(message.blocks), block, element, option)
        workspace = self._workspace
        url = response_urls.issue(workspace, self._user_id, message.channel, message)
        place = payloads.in_message(message, workspace.channels[message.channel], state, url)
        return await self._act(block, element, option, place)

    async def press_in_modal(
        self, view_id: str, action_id: str, *, option: Choice = None, block_id: str = ""
    ) -> Receipt:
        """Press a button, or choose in a menu, in the modal on top or on the Home tab."""
        view = self._reach(view_id)
        block, element = _pressable(view.blocks, action_id, block_id)
        state = with_choice(view.state, block, element, option)
        if state != view.state:
            view = replace(view, state=state)
            self._workspace.modals.keep(view)
        place = payloads.in_view(self._workspace, view)
        root = view.root if view.type == "modal" else None
        return await self._act(block, element, option, place, root=root)

    async def suggest(self, view_id: str, action_id: str, typed: str) -> Receipt:
        """Type into an external menu of a modal; the receipt's body holds the app's options."""
        view = self._reach(view_id)
        block, element = find(view.blocks, action_id)
        place = payloads.in_view(self._workspace, view)
        payload = payloads.block_suggestion(
            self._workspace, self.user, block=block, element=element, typed=typed, place=place
        )
        return await self._interact(payload)

    async def submit(self, view_id: str, values: Mapping[str, Choice] | None = None) -> Receipt:
        """Fill in the modal on top and submit it; Slack then does what the app answers.

        Args:
            view_id: the modal's.
            values: action id or block id -> what is typed or chosen there (an option's value).

        Raises:
            ValueError: Slack's own form check would stop it: a required field is empty, a text too
                long.
        """
        view = submissions.filled(self._reach(view_id), values or {})
        self._workspace.modals.keep(view)
        trigger_id = self._workspace.modals.issue_trigger(self._user_id, view.root)
        payload = payloads.view_submission(self._workspace, self.user, view, trigger_id)
        receipt = await self._interact(payload, trigger_id)
        return submissions.settle(self._workspace.modals, view, receipt)

    async def close(self, view_id: str) -> Receipt | None:
        """Close the modal on top; the app is told, and a receipt returned, only if it asked."""
        view = self._reach(view_id)
        self._workspace.modals.close(view, whole_stack=view.clear_on_close)
        if not view.notify_on_close:
            return None
        payload = payloads.view_closed(
            self._workspace, self.user, view, whole_stack=view.clear_on_close
        )
        return await self._interact(payload)

    async def command(self, command: str, text: str = "", *, channel: str = "") -> Receipt:
        """Type a slash command; an answer in the response's body is shown as Slack shows it.

        Args:
            command: with its slash.
            text: what follows it.
            channel: where; by default the first channel the person is in, else their messages
                with the bot.
        """
        workspace, user = self._workspace, self.user
        if user.team_id != workspace.team_id:
            raise LookupError(f"Slack offers no commands of {workspace.domain} to outsiders")
        place = self._channel(channel)
        trigger_id = workspace.modals.issue_trigger(user.id)
        url = response_urls.issue(workspace, user.id, place.id)
        form = payloads.slash_command(
            workspace,
            user,
            place,
            command=command,
            text=text,
            trigger_id=trigger_id,
            response_url=url,
        )
        receipt = await self._line.send(urlencode(form).encode(), FORM, trigger_id=trigger_id)
        return self._show_inline(receipt, url)

    async def open_home(self, *, event_id: str = "", retry: int = 0) -> Receipt:
        """Open the app's Home tab.

        Args:
            event_id: to send the same event again.
            retry: which repetition it is, 1 to 3; 0 for the first delivery.
        """
        workspace = self._workspace
        event = payloads.app_home_opened(
            workspace,
            self.user,
            workspace.direct_channel([self._user_id]),
            event_id or f"Ev{secrets.token_hex(5).upper()}",
            workspace.next_ts(),
        )
        again = {"X-Slack-Retry-Num": str(retry), "X-Slack-Retry-Reason": "http_timeout"}
        headers = again if retry else None
        return await self._line.send(json.dumps(event).encode(), JSON, headers=headers)

    async def verify_url(self) -> Receipt:
        """Let Slack check the request URL; ``bad_answer`` unless the challenge comes back."""
        body = payloads.url_verification(self._workspace)
        receipt = await self._line.send(json.dumps(body).encode(), JSON)
        known = body["challenge"] in receipt.body
        return receipt if receipt.trouble or known else replace(receipt, trouble="bad_answer")

    async def raw(self, body: bytes, headers: Mapping[str, str]) -> Receipt:
        """Post any bytes with any headers to the app, e.g. with a signature of ``sign``."""
        return await self._line.send_raw(body, headers)

    def _reach(self, view_id: str) -> View:
        """The view, if it is the Home tab or the modal on top."""
        home, open_modals = self.home(), self.modals()
        if home is not None and home.id == view_id:
            return home
        if not open_modals or open_modals[-1].id != view_id:
            raise LookupError(f"{self._user_id} has no modal {view_id} in front of them")
        return open_modals[-1]

    def _channel(self, channel: str) -> Channel:
        channels = self._workspace.channels
        if channel:
            return channels[channel]
        mine = [one for one in channels.values() if self._user_id in one.members]
        return mine[0] if mine else self._workspace.direct_channel([self._user_id])

    async def _act(
        self, block: Json, element: Json, option: Choice, place: Json, *, root: str | None = None
    ) -> Receipt:
        workspace = self._workspace
        trigger_id = workspace.modals.issue_trigger(self._user_id, root)
        action = payloads.action(block, element, chosen(element, option), workspace.next_ts())
        payload = payloads.block_actions(
            workspace, self.user, action=action, trigger_id=trigger_id, place=place
        )
        return await self._interact(payload, trigger_id)

    async def _interact(self, payload: Json, trigger_id: str = "") -> Receipt:
        body = urlencode({"payload": json.dumps(payload)}).encode()
        return await self._line.send(body, FORM, trigger_id=trigger_id)

    def _show_inline(self, receipt: Receipt, url: str) -> Receipt:
        """Show what a command's response says: text, or JSON as for a response URL."""
        if receipt.trouble or not receipt.body.strip():
            return receipt
        try:
            said = json.loads(receipt.body)
        except ValueError:
            said = None
        answer = said if isinstance(said, dict) else {"text": receipt.body}
        meant = self._workspace.response_urls[url.rpartition("/")[2]]
        try:
            response_urls.deliver(self._workspace, meant, answer)
        except Refused:
            return replace(receipt, trouble="bad_answer")
        return receipt


def _pressable(blocks: list[Json], action_id: str, block_id: str = "") -> tuple[Json, Json]:
    """The element, unless it is an input that only speaks when the form is submitted."""
    named = [one for one in blocks if one["block_id"] == block_id]
    block, element = find(named or blocks, action_id)
    if block["type"] == "input" and not block.get("dispatch_action"):
        raise LookupError(f"{action_id!r} sends nothing by itself: it is part of a form")
    return block, element
