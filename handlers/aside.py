"""Tell one person what came of a press, where nobody else sees it."""

from bot.views.blocks import Block
from handlers.desk import Desk
from handlers.payloads import Press


class Aside:
    """One modal: opened, or laid upon the one that the press was in; then it changes in place.

    Args:
        desk: speaks to Slack.
        press: the press, whose trigger lives 3 s.
    """

    def __init__(self, desk: Desk, press: Press) -> None:
        self._modals, self._press = desk.modals, press
        self._view = ""  # the modal's id once it is there

    async def show(self, view: Block) -> None:
        """Show this. Raises ``SlackError``."""
        if self._view:
            await self._modals.show_modal(self._view, view)
        elif self._press.in_modal:
            self._view = await self._modals.push_modal(self._press.trigger, view)
        else:
            self._view = await self._modals.open_modal(self._press.trigger, view)
