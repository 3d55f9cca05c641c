"""Hear which language people use in Slack, whenever their account is looked at anyway."""

from bot.domain.people import SlackPerson
from bot.ports import People
from bot.views.reader import Locales


class Hearing:
    """The port ``People``, which tells ``locales`` what it hears.

    Args:
        people: Slack's accounts.
        locales: who speaks what.
    """

    def __init__(self, people: People, locales: Locales) -> None:
        self._people, self._locales = people, locales

    async def person(self, user: str) -> SlackPerson:
        """A Slack account, fresh."""
        person = await self._people.person(user)
        self._locales.heard(user, person.locale)
        return person

    async def user_by_email(self, email: str) -> str | None:
        """The Slack user id of a full member with this address, or None."""
        return await self._people.user_by_email(email)
