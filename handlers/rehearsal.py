"""The rehearsal's buttons: a press as on a card, which no payment can come of."""

import asyncio
import json
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.domain.rehearsal import NUMBER, Stage
from bot.errors import BotError, SlackRefused
from handlers.answering import answer
from handlers.desk import Desk
from handlers.payloads import Press, press_of
from handlers.trouble import carry_out

Body = dict[str, Any]


def register(app: AsyncApp, desk: Desk) -> None:
    """Listen to the buttons of rehearsals."""

    @app.action("rehearsal.press")
    async def pressed(ack: AsyncAck, body: Body) -> None:
        await ack()
        desk.later(Rehearsing(desk, press_of(body)).carry_out())

    @app.action("rehearsal.end")
    async def ended(ack: AsyncAck, body: Body) -> None:
        await ack()
        place = body["container"]
        desk.later(_end(desk, press_of(body), str(place["channel_id"]), str(place["message_ts"])))


class Rehearsing:
    """Checks access while the window opens, as a real press does."""

    def __init__(self, desk: Desk, press: Press) -> None:
        self._desk, self._press = desk, press
        self._view = ""  # the window's id once it is open

    async def carry_out(self) -> None:
        """Do it all; whatever happens, the person who pressed is told."""
        await carry_out(
            "rehearsal",
            self._work,
            failed=self._failed,
            broken=self._broken,
            count=self._desk.count,
            audit=self._desk.audit,
            invoice=NUMBER,
            user=self._press.presence.user,
        )

    async def _work(self) -> str:
        desk, press = self._desk, self._press
        stage = stage_of(press.value)
        checking = asyncio.ensure_future(desk.rehearsal.press(press.presence, stage))
        try:
            self._view = await desk.modals.open_modal(press.trigger, desk.rehearsals.checking())
        except BaseException:
            checking.cancel()
            await asyncio.wait([checking])
            raise
        decision = await checking
        try:
            await desk.modals.show_modal(self._view, desk.rehearsals.result(decision, stage))
        except SlackRefused:
            return "closed"  # while it was still checking
        return type(decision).__name__

    async def _failed(self, error: BotError) -> None:
        if self._view:
            await self._desk.modals.show_modal(self._view, self._desk.rehearsals.failed(error))
        else:
            await self._desk.modals.reply(
                self._press.response_url, self._desk.answers.failed(error)
            )

    async def _broken(self, reference: str) -> None:
        if self._view:
            await self._desk.modals.show_modal(self._view, self._desk.rehearsals.broken(reference))
        else:
            await self._desk.modals.reply(
                self._press.response_url, self._desk.answers.broken(reference)
            )


async def _end(desk: Desk, press: Press, channel: str, ts: str) -> None:
    async def work() -> str:
        await desk.channels.update(channel, ts, desk.rehearsals.ended(press.presence.user))
        return "ended"

    await answer(desk, "rehearsal", press.presence, press.response_url, work)


def stage_of(value: str) -> Stage:
    """The stage in a rehearsal button's value. Raises ``ValueError`` for anything else."""
    try:
        account, profile, name = json.loads(value)
    except TypeError as error:
        raise ValueError("it is no stage") from error
    return Stage(str(account), str(profile), str(name))
