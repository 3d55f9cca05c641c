"""Who is asking, and what may they do here: asked of Slack, Entra and Azure at this moment."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import partial

import structlog

from bot.domain.people import EntraUser, Presence, SlackPerson, Workspace
from bot.domain.policy import Grant, Reason, Refusal, decide, hygiene, stranger, the_one
from bot.domain.roles import (
    ROLES,
    Assignment,
    Holding,
    group_candidates,
    holdings,
    of_home_tenant,
)
from bot.errors import AzureDenied, BotError
from bot.ports import Directory, People, Roles
from bot.services.together import side_by_side

_VIEWERS = frozenset(role.key for role in ROLES.values())
_MOST_NAMED = 3
_SCOPES_AT_ONCE = 8
_NAMING_SECONDS = 3.0

_log = structlog.get_logger(__name__)


class Access:
    """Decides, freshly each time; nothing here is cached. Every error means no.

    Args:
        people: Slack's accounts.
        directory: Entra's users and groups.
        roles: Azure's role assignments.
        home: the workspace the bot is installed in.
        payer_roles: the role keys that may pay.
    """

    def __init__(
        self,
        *,
        people: People,
        directory: Directory,
        roles: Roles,
        home: Workspace,
        payer_roles: frozenset[str],
    ) -> None:
        self._people, self._directory, self._roles = people, directory, roles
        self._home, self._payer_roles = home, payer_roles

    async def payer(self, presence: Presence, account: str, profile: str) -> Grant | Refusal:
        """Whether this person may pay on this billing profile now. Raises ``BotError``: then no."""
        return await self._grant(presence, account, profile, self._payer_roles)

    async def viewer(self, presence: Presence, account: str, profile: str) -> Grant | Refusal:
        """Whether this person holds any billing role there now. Raises ``BotError``: then no."""
        return await self._grant(presence, account, profile, _VIEWERS)

    async def visible(
        self, presence: Presence, scopes: set[tuple[str, str]]
    ) -> frozenset[tuple[str, str]] | Refusal:
        """Those of the (billing account, billing profile) pairs where this person holds any role.

        A refusal where they hold none at all. Raises ``BotError``.
        """
        user = await self._user(presence)
        if isinstance(user, Refusal):
            return user
        by_scope = await self._by_scope(scopes)
        async with side_by_side() as tasks:
            asked = {
                scope: tasks.create_task(self._decide(user, assignments, _VIEWERS))
                for scope, assignments in by_scope.items()
            }
        seen = frozenset(s for s, task in asked.items() if isinstance(task.result(), Grant))
        return seen if seen or not scopes else Refusal(Reason.NO_ROLE)

    @property
    def payer_roles(self) -> frozenset[str]:
        """The role keys that may pay."""
        return self._payer_roles

    async def standings(
        self, presence: Presence, scopes: set[tuple[str, str]]
    ) -> Mapping[tuple[str, str], tuple[Holding, ...]] | Refusal:
        """The roles this person holds on each of the pairs; those without any are left out.

        A refusal where they hold none at all. Where the bot may not read groups, the roles held
        directly are all that is certain. Raises ``BotError``.
        """
        user = await self._user(presence)
        if isinstance(user, Refusal):
            return user
        by_scope = await self._by_scope(scopes)
        candidates = group_candidates(one for held in by_scope.values() for one in held)
        groups: frozenset[str] = frozenset()
        denied: AzureDenied | None = None
        try:
            if candidates:
                groups = await self._directory.groups_of(user.id, candidates)
        except AzureDenied as error:
            denied = error
        found = {scope: holdings(held, user.id, groups) for scope, held in by_scope.items()}
        seen = {scope: held for scope, held in found.items() if held}
        if denied and not seen:
            raise denied
        return seen if seen or not scopes else Refusal(Reason.NO_ROLE)

    async def _by_scope(
        self, scopes: set[tuple[str, str]]
    ) -> dict[tuple[str, str], tuple[Assignment, ...]]:
        """The assignments that count on each profile; those of an account are read once for all."""
        gate = asyncio.Semaphore(_SCOPES_AT_ONCE)

        async def gated(
            read: Callable[[], Awaitable[tuple[Assignment, ...]]],
        ) -> tuple[Assignment, ...]:
            async with gate:
                return await read()

        roles = self._roles
        async with side_by_side() as tasks:
            home = tasks.create_task(self._directory.tenant())
            accounts = {
                account: tasks.create_task(gated(partial(roles.at_account, account)))
                for account in {account for account, _ in scopes}
            }
            profiles = {s: tasks.create_task(gated(partial(roles.at_profile, *s))) for s in scopes}
        return {
            scope: of_home_tenant((*accounts[scope[0]].result(), *reading.result()), home.result())
            for scope, reading in profiles.items()
        }

    async def colleague(self, presence: Presence) -> SlackPerson | Refusal:
        """The person's Slack account if it is a full, active member of this company's workspace."""
        if refusal := stranger(presence, self._home):
            return refusal
        person = await self._people.person(presence.user)
        person = replace(person, team=person.team or presence.team)
        return hygiene(person, self._home) or person

    async def _user(self, presence: Presence) -> EntraUser | Refusal:
        person = await self.colleague(presence)
        if isinstance(person, Refusal):
            return person
        return the_one(await self._directory.matches(person.email))

    async def _grant(
        self, presence: Presence, account: str, profile: str, allowed: frozenset[str]
    ) -> Grant | Refusal:
        async with side_by_side() as tasks:
            reading = tasks.create_task(self._assignments(account, profile))
            user = await self._user(presence)
            if isinstance(user, Refusal):
                reading.cancel()
                return user
        assignments = reading.result()
        decision = await self._decide(user, assignments, allowed)
        if isinstance(decision, Refusal) and decision.reason in (
            Reason.NO_ROLE,
            Reason.ROLE_TOO_LOW,
        ):
            return replace(decision, payers=await self._payers(assignments))
        return decision

    async def _assignments(self, account: str, profile: str) -> tuple[Assignment, ...]:
        """Those of both scopes: each list holds only its own, and account roles reach down."""
        async with side_by_side() as tasks:
            at_account = tasks.create_task(self._roles.at_account(account))
            at_profile = tasks.create_task(self._roles.at_profile(account, profile))
            home = tasks.create_task(self._directory.tenant())
        return of_home_tenant((*at_account.result(), *at_profile.result()), home.result())

    async def _decide(
        self, user: EntraUser, assignments: tuple[Assignment, ...], allowed: frozenset[str]
    ) -> Grant | Refusal:
        """By the roles held directly; only where those do not suffice, through groups as well."""
        decision = decide(user, holdings(assignments, user.id, frozenset()), allowed)
        candidates = group_candidates(assignments)
        if isinstance(decision, Grant) or not candidates:
            return decision
        groups = await self._directory.groups_of(user.id, candidates)
        return decide(user, holdings(assignments, user.id, groups), allowed)

    async def _payers(self, assignments: tuple[Assignment, ...]) -> tuple[str, ...]:
        """A few people who could pay, as Slack user ids; empty where that cannot be told quickly."""
        principals = [
            a.principal
            for a in assignments
            if a.role and a.role.key in self._payer_roles and a.could_be("user")
        ]
        try:
            async with asyncio.timeout(_NAMING_SECONDS), side_by_side() as tasks:
                unique = list(dict.fromkeys(principals))[: 2 * _MOST_NAMED]
                names = [tasks.create_task(self._slack_user(principal)) for principal in unique]
        except (BotError, TimeoutError) as error:
            _log.info("payers_not_named", error=type(error).__name__)
            return ()
        return tuple(user for name in names if (user := name.result()))[:_MOST_NAMED]

    async def _slack_user(self, principal: str) -> str | None:
        user = await self._directory.user(principal)
        if user is None or not user.enabled or not user.mail:
            return None
        return await self._people.user_by_email(user.mail)
