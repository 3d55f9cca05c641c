"""No invoice ever has two payments in flight, whatever people, Azure, clocks and Redis do."""

import asyncio
import os
import secrets
from collections import Counter
from collections.abc import Coroutine, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from bot.adapters.redis_together import Together
from bot.domain.approval import Approved, Declined
from bot.domain.invoice import Status
from bot.domain.outcome import AwaitingApproval, HandedOff, Offered
from bot.domain.payment import ARROWS, FRESH_FOR, IN_FLIGHT, State
from bot.domain.people import Presence
from bot.domain.takeover import GivenBack
from bot.errors import BotError
from tests.payment_world import Azure, Process
from tests.town import HandClock

EXAMPLES = int(os.environ.get("PAYMENT_MACHINE_EXAMPLES", "10"))
AT_LENGTH = 60
"""So many, as in ``make soak``, make 20,000 steps and more."""
STEPS = 120
PEOPLE = ("U0ADA", "U0BEN", "U0CEM")
INVOICES = ("G100000001", "G100000002")
ME = {name: Presence(name, "T1") for name in PEOPLE}
PERSONS_STEPS = {
    "payment.handed_off": State.HANDED_OFF,
    "payment.awaiting_approval": State.AWAITING_APPROVAL,
    "payment.approved": State.HANDED_OFF,
    "payment.taken_over": State.HANDED_OFF,
    "payment.wire_sent": State.WIRE_SENT,
    "payment.declined": State.CANCELLED,
    "payment.given_back": State.CANCELLED,
}
"""Steps that need a role, and what they lead to."""
ALONE = Decimal(150)
"""Above it a second payer must approve."""

people, invoices = st.sampled_from(PEOPLE), st.sampled_from(INVOICES)
lost = st.sampled_from(["", "", "", "question", "answer"])


class PaymentMachine(RuleBasedStateMachine):
    """Anything that can happen, in any order; the audit trail must tell a lawful story of it."""

    loop: ClassVar[asyncio.AbstractEventLoop]
    redis: ClassVar[Any]
    steps: ClassVar[Counter[str]] = Counter()

    @initialize()
    def begin(self) -> None:
        """Two processes, two invoices, two who may pay and one who may not."""
        self.clock = HandClock()
        self.azure = Azure(self.clock, payers={"U0ADA", "U0BEN"})
        for number in INVOICES:
            self.azure.bill(number)
        self.team = f"T{secrets.token_hex(6)}"
        self.tokens: list[tuple[str, str]] = []
        self.read = "0-0"  # the last entry of the trail that was looked at
        self.told: dict[str, tuple[State, str]] = {}
        self.operations: set[str] = set()
        self.askers: dict[str, str] = {}
        self.approvers: dict[str, str] = {}
        self.processes = [self._process(), self._process()]
        self._do(self.processes[0].store.begin_ledger())

    def _process(self) -> Process:
        limits = {"four_eyes_above": {"EUR": ALONE}}
        return Process(self.redis, self.team, self.azure, **limits)

    def _do(self, *works: Coroutine[Any, Any, Any]) -> list[Any]:
        """All of it at once; an expected error is an answer, too."""

        async def together() -> list[Any]:
            return await asyncio.gather(*works, return_exceptions=True)

        answers = self.loop.run_until_complete(together())
        for answer in answers:
            if isinstance(answer, BaseException) and not isinstance(answer, BotError):
                raise answer
        self.steps["all"] += len(works)
        return answers

    def _keep(self, answers: list[Any]) -> None:
        for answer in answers:
            if isinstance(answer, Offered):
                self.tokens.append((answer.offer.user, answer.offer.token))
            self.steps[type(answer).__name__] += 1

    # People

    @rule(who=people, number=invoices, by=st.integers(0, 1), line=lost)
    def press(self, who: str, number: str, by: int, line: str) -> None:
        """Somebody presses Pay now."""
        self.processes[by].line.lose = line
        self._keep(self._do(self._press(self.processes[by], who, number)))

    async def _press(self, process: Process, who: str, number: str) -> Any:
        async def opened() -> str:
            return "V1"

        return await process.desk.press(ME[who], number, opened())

    @rule(which=st.integers(0, 9), by=st.integers(0, 1), line=lost, who=st.none() | people)
    def confirm(self, which: int, by: int, line: str, who: str | None) -> None:
        """Somebody confirms what they, or somebody else, were offered."""
        if self.tokens:
            owner, token = self.tokens[-1 - which % len(self.tokens)]
            self.processes[by].line.lose = line
            self._keep(self._do(self.processes[by].desk.confirm(ME[who or owner], token)))

    @rule(number=invoices, slow=st.sampled_from([0, 0, 20]))
    def everybody_at_once(self, number: str, slow: int) -> None:
        """All who may pay press and confirm at the same moment, twice each, while a scan runs."""
        first, second = self.processes
        self._keep(self._do(*(self._press(p, w, number) for p in self.processes for w in PEOPLE)))
        self.azure.slow = slow
        mine = self.tokens[-4:]
        works = [p.desk.confirm(ME[who], token) for p in (first, second) for who, token in mine]
        answers = self._do(*works, first.look(number), second.look(number))
        self.azure.slow = 0
        self._keep(answers[:-2])
        started = {a.payment.id for a in answers if isinstance(a, HandedOff | AwaitingApproval)}
        assert len(started) <= len({token for _, token in mine})

    @rule(which=st.integers(0, 9), by=st.integers(0, 1), line=lost)
    def cancel(self, which: int, by: int, line: str) -> None:
        """Somebody closes a confirmation."""
        if self.tokens:
            owner, token = self.tokens[-1 - which % len(self.tokens)]
            self.processes[by].line.lose = line
            self._do(self.processes[by].desk.cancel(ME[owner], token))

    @rule(
        who=people,
        number=invoices,
        how=st.sampled_from(["approve", "approve", "decline", "withdraw"]),
        by=st.integers(0, 1),
        line=lost,
    )
    def answer(self, who: str, number: str, how: str, by: int, line: str) -> None:
        """Somebody answers a request for approval, or what has become of it."""
        self.processes[by].line.lose = line
        self._keep(self._do(self._answer(self.processes[by], who, number, how)))

    async def _answer(self, process: Process, who: str, number: str, how: str) -> Any:
        asked = (await self.redis.hgetall(self._key("payment", number))).get("id", "none")
        reason = ("No",) if how == "decline" else ()
        return await getattr(process.approvals, how)(ME[who], number, asked, *reason)

    @rule(number=invoices)
    def all_answer_at_once(self, number: str) -> None:
        """Everybody approves, declines and withdraws at the same moment, while a scan runs."""
        answers = self._do(
            *(
                self._answer(process, who, number, how)
                for process in self.processes
                for who in PEOPLE
                for how in ("approve", "decline", "withdraw")
            ),
            self.processes[0].look(number),
        )
        self._keep(answers[:-1])
        won = [one for one in answers if isinstance(one, Approved | Declined)]
        assert len({(type(one), one.payment.approver) for one in won}) <= 1, won

    @rule(who=people, number=invoices, back=st.booleans(), by=st.integers(0, 1), line=lost)
    def take_over(self, who: str, number: str, by: int, line: str, *, back: bool) -> None:
        """Somebody takes a payment over as it stands, or gives it back."""
        self.processes[by].line.lose = line
        shown = self._shown(number)
        self._do(self._take(self.processes[by], who, number, shown, back=back))

    def _shown(self, number: str) -> str:
        stored = self.loop.run_until_complete(self.redis.hgetall(self._key("payment", number)))
        return str(stored.get("operation", "none"))

    async def _take(
        self, process: Process, who: str, number: str, shown: str, *, back: bool
    ) -> Any:
        act = process.takeover.give_back if back else process.takeover.take
        token = secrets.token_hex(8)
        found = await act(ME[who], number, shown, token=token, reason="Leave")
        if isinstance(found, HandedOff | GivenBack):
            self.steps["taken over" if isinstance(found, HandedOff) else "given back"] += 1
        return found

    @rule(number=invoices)
    def all_take_over_at_once(self, number: str) -> None:
        """Everybody takes it over and gives it back at the same moment."""
        shown = self._shown(number)
        answers = self._do(
            *(
                self._take(process, who, number, shown, back=back)
                for process in self.processes
                for who in PEOPLE
                for back in (False, True)
            )
        )
        won = [one for one in answers if isinstance(one, HandedOff | GivenBack)]
        assert len(won) <= 1, won

    @rule(
        who=people,
        second=people,
        number=invoices,
        amount=st.sampled_from(["100.00", "200.00"]),
        how=st.sampled_from(["approve", "approve", "decline"]),
        end=st.sampled_from(["take", "give back", ""]),
    )
    def a_payment_begins(
        self, who: str, second: str, number: str, *, amount: str, how: str, end: str
    ) -> None:
        """All that one would do to pay, as far as it is allowed; perhaps it changes hands."""
        process = self.processes[0]
        self.azure.down, self.azure.slow = False, 0
        self.azure.bill(number, amount)
        self._keep(self._do(self._press(process, who, number)))
        if self.tokens:
            owner, token = self.tokens[-1]
            self._keep(self._do(process.desk.confirm(ME[owner], token)))
        self._keep(self._do(self._answer(process, second, number, how)))
        if end:
            shown, back = self._shown(number), end == "give back"
            by = who if back else second
            self._do(self._take(process, by, number, shown, back=back))

    # Azure, time, machines

    @rule(number=invoices, by=st.integers(0, 1), line=lost)
    def look(self, number: str, by: int, line: str) -> None:
        """A scan, or the watch."""
        self.processes[by].line.lose = line
        self._do(self.processes[by].look(number))

    @rule(number=invoices, amount=st.sampled_from(["100.00", "99.99", "150.01", "200.00"]))
    def bill(self, number: str, amount: str) -> None:
        """The invoice is unpaid (again), perhaps with another amount."""
        self.azure.bill(number, amount)

    @rule(number=invoices, what=st.sampled_from(["pay", "decline"]))
    def azure_books(self, number: str, what: str) -> None:
        """Azure books a payment, or a failed one."""
        getattr(self.azure, what)(number)

    @rule(number=invoices, status=st.sampled_from([Status.DUE, Status.OVERDUE, Status.VOID]))
    def azure_changes(self, number: str, status: Status) -> None:
        """Azure changes its mind about an invoice."""
        self.azure.change(number, status=status)

    @rule(who=st.sampled_from(["U0BEN", "U0CEM"]))
    def roles_change(self, who: str) -> None:
        """Somebody gets a paying role, or loses it."""
        self.azure.payers ^= {who}

    @rule(seconds=st.sampled_from([1, 29, 31, 601, 43_200, 86_401]))
    def time_passes(self, seconds: int) -> None:
        """Nothing else happens."""
        self.clock.advance(seconds=seconds)

    @rule(down=st.booleans(), slow=st.sampled_from([0, 0, 31]))
    def azure_is(self, down: bool, slow: int) -> None:
        """Azure fails, drags, or comes back."""
        self.azure.down, self.azure.slow = down, slow

    @rule(which=st.integers(0, 1))
    def restart(self, which: int) -> None:
        """A process is replaced; it knows nothing but what the store knows."""
        self.processes[which] = self._process()

    # What must hold whatever happens

    @invariant()
    def the_audit_trail_tells_a_lawful_story(self) -> None:
        """Every step once, along an arrow, by somebody whose role was checked within 30 s."""
        if not hasattr(self, "told"):
            return
        entries, *payments = self.loop.run_until_complete(self._stored())
        for place, entry in entries:
            if "operation" in entry:
                self._step(entry)
            self.read = place
        for number, stored in zip(INVOICES, payments, strict=True):
            known = (State(stored["state"]), stored["operation"]) if stored else None
            assert self.told.get(number) == known

    async def _stored(self) -> list[Any]:
        """What the audit trail tells since the last look, and both payments."""
        news = self.redis.xrange(self._key("journal"), min=f"({self.read}")
        stored = (self.redis.hgetall(self._key("payment", number)) for number in INVOICES)
        return await asyncio.gather(news, *stored)

    def _step(self, entry: dict[str, str]) -> None:
        number, event = entry["invoice"], entry["event"]
        before = self.told.get(number)
        after = (PERSONS_STEPS | {"payment.withdrawn": State.CANCELLED}).get(event)
        after = after or State(event.removeprefix("payment."))
        self._two_people(entry)
        assert entry["operation"] not in self.operations, "a step was audited twice"
        self.operations.add(entry["operation"])
        if before is None or before[0] not in IN_FLIGHT:
            ends_late = before is not None and after in ARROWS.get(before[0], ())
            assert ends_late or after in ARROWS[State.OFFERED], f"{event} after {before}"
        else:
            assert after in ARROWS[before[0]], f"{event} while {before[0]}"
            started = event in ("payment.handed_off", "payment.awaiting_approval")
            assert not started, "two payments in flight"
        if event in PERSONS_STEPS:
            when = datetime.fromisoformat(entry["time"])
            fresh = [at for who, at in self.azure.checks if who == entry["actor"] and at <= when]
            assert fresh, "nobody checked the role"
            assert when - fresh[-1] <= FRESH_FOR, "the check was too old"
        self.told[number] = (after, entry["operation"])

    def _two_people(self, entry: dict[str, str]) -> None:
        """Above the amount nobody pays alone, however the payment has changed hands."""
        event, actor, payment = entry["event"], entry["actor"], entry["payment"]
        if Decimal(entry["amount"]) <= ALONE:
            assert event != "payment.approved"
            return
        assert event != "payment.handed_off", "nobody has approved it"
        if event == "payment.awaiting_approval":
            self.askers[payment] = actor
        if event == "payment.approved":
            assert actor != self.askers[payment], "they have approved their own request"
            self.approvers[payment] = actor
        if event == "payment.taken_over":
            assert actor != self.approvers[payment], "they have approved it"

    def _key(self, *parts: str) -> str:
        return ":".join((f"aib:{{{self.team}}}", *parts))


@pytest.fixture
def played(redis_url: str) -> Iterator[type[PaymentMachine]]:
    """The machine on a real Valkey."""
    loop = asyncio.new_event_loop()
    PaymentMachine.loop = loop
    PaymentMachine.redis = Together.from_url(redis_url, decode_responses=True)
    PaymentMachine.steps.clear()
    yield PaymentMachine
    loop.run_until_complete(PaymentMachine.redis.aclose())
    loop.close()


@pytest.mark.timeout(600)
def test_an_invoice_cannot_have_two_payments_in_flight(played: type[PaymentMachine]) -> None:
    """However people, Azure, clocks, Redis and processes play together."""
    machine: Any = played.TestCase()
    machine.settings = settings(
        max_examples=EXAMPLES,
        stateful_step_count=STEPS,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    machine.runTest()

    steps = played.steps
    assert steps["HandedOff"] > EXAMPLES / 2
    assert steps["all"] >= STEPS * EXAMPLES, steps
    if EXAMPLES >= AT_LENGTH:
        assert steps["all"] >= 20_000, steps
        assert steps["Approved"] + steps["Declined"], steps
        assert steps["taken over"] + steps["given back"], steps
