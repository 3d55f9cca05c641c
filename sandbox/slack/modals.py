"""What everybody has open: trigger ids, stacks of modals, Home tabs.

After the Slack documentation pages "Handling user interaction" (trigger_id: one use, 3 seconds),
"Modals" (three views deep), "views.open", "views.push", "views.update" (``hash``) and
"views.publish".
"""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from sandbox.slack.elements import State, initial_state
from sandbox.slack.layout import as_kept, kept_text
from sandbox.slack.records import Json, View
from sandbox.slack.refusal import Refused
from sandbox.slack.rules import view_complaints, view_too_large

TRIGGER_SECONDS = 3.0
STACK_DEPTH = 3


@dataclass
class Trigger:
    """One trigger id: who acted, when (epoch seconds), and in which stack of modals if in one."""

    user: str
    issued: float
    root: str | None
    used: bool = False


class Modals:
    """The screens of one workspace.

    Attributes:
        stacks: user id -> open modals, the newest last.
        homes: user id -> the published Home tab.
        triggers: trigger id -> what became of it.
    """

    def __init__(self, now: Callable[[], float], announce: Callable[..., None]) -> None:
        self._now, self._announce = now, announce
        self.stacks: dict[str, list[View]] = {}
        self.homes: dict[str, View] = {}
        self.triggers: dict[str, Trigger] = {}

    def issue_trigger(self, user: str, root: str | None = None) -> str:
        """A fresh trigger id for something ``user`` just did, in the stack ``root`` if in one."""
        issued = self._now()
        trigger_id = f"{int(issued * 1000)}.{secrets.randbelow(10**10)}.{secrets.token_hex(8)}"
        self.triggers[trigger_id] = Trigger(user, issued, root)
        return trigger_id

    def find(self, view_id: str = "", *, external_id: str = "") -> View | None:
        """The open modal or Home tab with this id, or None where it is closed or never was."""
        for view in self._all():
            if view.id == view_id or (external_id and view.external_id == external_id):
                return view
        return None

    def open(self, trigger_id: str, view: Json) -> View:
        """views.open: a new stack on the screen of whoever the trigger is from."""
        self._check(view, "modal")
        return self._lay(self._exchange(trigger_id).user, view)

    def push(self, trigger_id: str, view: Json) -> View:
        """views.push: on top of the stack the trigger is from."""
        self._check(view, "modal")
        root = self.triggers[trigger_id].root if trigger_id in self.triggers else None
        below = self._top_of(root)
        if below is not None:
            self._make_room(below)
        trigger = self._exchange(trigger_id)
        if below is None:
            raise Refused("not_found")
        return self._lay(trigger.user, view, below)

    def push_onto(self, below: View, view: Json) -> View:
        """The answer ``response_action: push`` to a submission of ``below``."""
        self._check(view, "modal")
        self._make_room(below)
        return self._lay(below.user, view, below)

    def update(self, old: View | None, view: Json, *, hash_: str = "") -> View:
        """views.update of ``old``: same place and id, new content, new hash.

        Raises:
            Refused: ``not_found`` for None, ``hash_conflict`` where ``hash_`` is given and old.
        """
        if old is None:
            raise Refused("not_found")
        self._check(view, old.type, besides=old)
        if hash_ and hash_ != old.hash:
            raise Refused("hash_conflict")
        new = self._drawn(old.user, view, old.state)
        new = replace(new, id=old.id, root=old.root, previous=old.previous)
        self.keep(new)
        return new

    def publish(self, user: str, view: Json, *, hash_: str = "") -> View:
        """views.publish: the Home tab of ``user``; ``hash_conflict`` as for an update."""
        old = self.homes.get(user)
        self._check(view, "home", besides=old)
        if hash_ and hash_ != (old.hash if old else ""):
            raise Refused("hash_conflict")
        new = self._drawn(user, view)
        self.homes[user] = replace(new, id=old.id, root=old.id) if old else new
        self._announce("home", user=user, view=self.homes[user].id)
        return self.homes[user]

    def close(self, view: View, *, whole_stack: bool = False) -> None:
        """Take ``view``, or every view of its stack, from the screen."""
        gone = [
            open_view
            for open_view in self.stacks.get(view.user, [])
            if open_view.id == view.id or (whole_stack and open_view.root == view.root)
        ]
        self.stacks[view.user] = [one for one in self.stacks[view.user] if one not in gone]
        for one in gone:
            self._announce("view_closed", user=one.user, view=one.id)

    def keep(self, view: View) -> None:
        """Put ``view`` in the place of the record with its id."""
        if view.type == "home":
            self.homes[view.user] = view
        else:
            stack = self.stacks[view.user]
            self.stacks[view.user] = [view if one.id == view.id else one for one in stack]
        self._announce("view" if view.type == "modal" else "home", user=view.user, view=view.id)

    def _all(self) -> Iterator[View]:
        for stack in self.stacks.values():
            yield from stack
        yield from self.homes.values()

    def _exchange(self, trigger_id: str) -> Trigger:
        trigger = self.triggers.get(trigger_id)
        if trigger is None:
            raise Refused("invalid_trigger_id")
        if trigger.used:
            raise Refused("exchanged_trigger_id")
        if self._now() - trigger.issued > TRIGGER_SECONDS:
            raise Refused("expired_trigger_id")
        trigger.used = True
        return trigger

    def _check(self, view: Json, surface: str, besides: View | None = None) -> None:
        if view_too_large(view):
            raise Refused("view_too_large")
        complaints = view_complaints(view, surface)
        if complaints:
            raise Refused("invalid_arguments", complaints)
        namesake = self.find(external_id=view.get("external_id", ""))
        if namesake is not None and (besides is None or namesake.id != besides.id):
            raise Refused("duplicate_external_id")

    def _top_of(self, root: str | None) -> View | None:
        return next((view for view in reversed(list(self._all())) if view.root == root), None)

    def _make_room(self, below: View) -> None:
        depth = sum(1 for view in self.stacks[below.user] if view.root == below.root)
        if depth >= STACK_DEPTH:
            raise Refused("push_limit_reached")

    def _lay(self, user: str, view: Json, below: View | None = None) -> View:
        new = self._drawn(user, view)
        if below is not None:
            new = replace(new, root=below.root, previous=below.id)
        self.stacks.setdefault(user, []).append(new)
        self._announce("view", user=user, view=new.id)
        return new

    def _drawn(self, user: str, view: Json, kept: State | None = None) -> View:
        view_id = f"V{secrets.token_hex(5).upper()}"
        blocks = as_kept(view["blocks"])
        frame = {
            name: kept_text(value)
            for name, value in view.items()
            if name not in {"blocks", "submit_disabled"}
        }
        return View(
            **frame,
            id=view_id,
            user=user,
            root=view_id,
            hash=f"{int(self._now())}.{secrets.token_urlsafe(6)}",
            blocks=blocks,
            state=initial_state(blocks, kept),
        )
