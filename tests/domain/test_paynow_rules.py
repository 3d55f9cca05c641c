"""What the bot may charge, whether Redis keeps things, and what a log may repeat."""

from dataclasses import replace
from decimal import Decimal

import pytest

from bot.domain.alert import Alert, Backlog, Kind, Summary
from bot.domain.durability import durability
from bot.domain.invoice import Invoice, Status
from bot.domain.mirror import mirror
from bot.domain.money import Money
from bot.domain.offer import Change, Offer, changes
from bot.domain.paynow import Choices, Eligibility, MethodEligibility, choices, unavailable
from bot.domain.ways import PaymentMethod

VISA = PaymentMethod("creditcard", "Visa", "4242", id="CARD1", kind="visa")
CUP = PaymentMethod("creditcard", "UnionPay", "1111", id="CARD2", kind="cup")
WIRE = PaymentMethod("checkwire", "Wire", id="WIRE1")
ANY_CARD = MethodEligibility("creditcard", "", eligible=True)
NO_CUP = MethodEligibility("creditcard", "cup", eligible=False, reason="NotEligible")
EUR = Money(Decimal(10), "EUR")
OFFER = Offer(
    "t", "T1", "U1", "G1", "a", "p", EUR, Status.DUE, methods="Visa 1", choices=("A", "B")
)


@pytest.mark.parametrize(
    ("told", "methods", "expected"),
    [
        (Eligibility(methods=(ANY_CARD,)), (VISA, CUP), Choices((VISA, CUP))),
        (
            Eligibility(methods=(NO_CUP, ANY_CARD)),
            (VISA, CUP, WIRE),
            Choices((VISA,), ((CUP, "NotEligible"),)),
        ),
        (Eligibility(methods=(NO_CUP,)), (VISA,), Choices(reason="NotEligible")),
        (
            Eligibility(methods=(NO_CUP,)),
            (CUP,),
            Choices((), ((CUP, "NotEligible"),), "NotEligible"),
        ),
        (Eligibility(methods=(ANY_CARD,)), (replace(VISA, id=""),), Choices(reason="NotEligible")),
        (Eligibility(methods=(ANY_CARD,)), None, Choices(reason="NotEligible")),
        (Eligibility("DuplicatePayment", (ANY_CARD,)), (VISA,), Choices(reason="DuplicatePayment")),
        ("not offered", (VISA,), Choices(reason="not offered")),
    ],
)
def test_only_a_method_that_azure_names_can_be_charged(
    told: Eligibility | str, methods: tuple[PaymentMethod, ...] | None, expected: Choices
) -> None:
    """By its type, else by its family; in doubt it is not offered."""
    assert choices(told, methods) == expected


def test_a_type_of_its_own_can_overrule_its_family() -> None:
    """Whatever order Azure lists them in; a method of no type has its family's answer."""
    told = Eligibility(methods=(ANY_CARD, NO_CUP))
    assert told.of(CUP) == NO_CUP
    assert told.of(VISA) == ANY_CARD
    assert told.of(replace(CUP, kind="")) == ANY_CARD
    assert told.of(WIRE) is None


def test_a_payer_can_learn_that_their_choice_is_gone() -> None:
    """With what is left to choose from."""
    assert unavailable("CARD1", Choices((VISA, CUP))) == ()
    change = Change("choice", "", "Visa 4242; UnionPay 1111")
    assert unavailable("CARD9", Choices((VISA, CUP))) == (change,)
    assert unavailable("", Choices()) == (Change("choice", "", ""),)


@pytest.mark.parametrize(
    ("position", "name"),
    [*(("0", "A"), ("1", "B"), ("2", ""), ("-1", ""), ("", ""), ("A", "")), ("¹", ""), ("٠", "")],
)
def test_a_form_can_only_choose_what_was_offered(position: str, name: str) -> None:
    """By its position; nothing else is a method."""
    assert OFFER.choice(position) == name


@pytest.mark.parametrize(
    ("now", "found"),
    [
        ("Visa 1", ()),
        ("", ()),
        ("Visa 2", (Change("methods", "Visa 1", "Visa 2"),)),
    ],
)
def test_a_payer_can_see_that_the_methods_changed(now: str, found: tuple[Change, ...]) -> None:
    """Where both lists could be read."""
    invoice = Invoice("G1", "a", "p", "Finance", Status.DUE, EUR)
    assert changes(OFFER, invoice, now) == found
    assert changes(replace(OFFER, methods=""), invoice, now) == ()
    assert changes(OFFER, invoice) == ()


GOOD = {"maxmemory_policy": "noeviction", "aof_enabled": 1, "aof_last_write_status": "ok"}


@pytest.mark.parametrize(
    ("servers", "safe", "words"),
    [
        ([GOOD], True, "append-only file on, noeviction."),
        ([GOOD, GOOD], True, "append-only file on, noeviction."),
        ([{"maxmemory_policy": "noeviction", "aof_enabled": "1"}], True, "append-only file on"),
        ([GOOD, GOOD | {"aof_enabled": 0}], False, "set appendonly to yes."),
        ([GOOD | {"aof_enabled": "0"}], False, "Redis keeps no append-only file:"),
        (
            [GOOD | {"maxmemory_policy": "allkeys-lru"}],
            False,
            "Redis may evict keys (allkeys-lru): set maxmemory-policy to noeviction.",
        ),
        (
            [GOOD | {"aof_last_write_status": "err"}],
            False,
            "Redis cannot write its append-only file: see its log, and make room on its disk.",
        ),
        (
            [{}],
            False,
            "Redis does not tell whether it keeps its data: let the bot's user run INFO.",
        ),
        ([{"aof_enabled": 1}], False, "does not tell"),
        ([{"maxmemory_policy": "noeviction"}], False, "does not tell"),
        ([], False, "does not tell"),
    ],
)
def test_an_operator_can_trust_what_is_said_of_redis(
    servers: list[dict[str, object]], safe: bool, words: str
) -> None:
    """The worst of all primaries counts, and comes with its fix."""
    found = durability(servers)
    assert found.safe is safe
    assert words in found.sentence


def test_a_log_can_repeat_words_but_not_what_people_wrote() -> None:
    """Ids and single words pass; free text, e-mails and long ones do not."""
    fields = {
        "actor": "U0ADA",
        "invoice": "G1",
        "decision": "refused",
        "reason": "please wait",
        "amount": "10.00",
        "role": "owner",
    }
    told = {"happened": "payment.press", "actor": "U0ADA", "invoice": "G1", "decision": "refused"}
    assert mirror("payment.press", fields) == told
    assert mirror("x", {"actor": "ada@contoso.example", "reason": "w" * 65}) == {"happened": "x"}
    assert mirror("x", {"reason": "w" * 64}) == {"happened": "x", "reason": "w" * 64}
    assert mirror("x", {}) == {"happened": "x"}


def test_a_summary_can_be_known_again_by_what_it_tells() -> None:
    """The same invoices at the same milestones, in whatever order; anything else is another one."""
    first = Summary.of("C1", {"G1": 0, "G2": 7}, reminds=True)
    assert first.id == Summary.of("C1", {"G2": 7, "G1": 0}, reminds=True).id
    others = [
        Summary.of("C2", {"G1": 0, "G2": 7}, reminds=True),
        Summary.of("C1", {"G1": 0, "G2": 7}, reminds=False),
        Summary.of("C1", {"G1": 0, "G2": 14}, reminds=True),
        Summary.of("C1", {"G1": 0}, reminds=True),
    ]
    assert first.id not in {other.id for other in others}
    assert len(first.id) == 32
    assert (first.channel, first.numbers, first.reached) == ("C1", ("G1", "G2"), (0, 7))
    assert first.reminds
    assert first.milestones == {"G1": 0, "G2": 7}


def test_a_backlog_can_tell_the_latest_milestone_of_each_invoice() -> None:
    """And which other alerts wait."""
    one, two = Alert(Kind.REMINDER, "G1", 7), Alert(Kind.REMINDER, "G2", 1)
    backlog = Backlog()
    backlog.add(one, {"G1": 7})
    backlog.add(two, {"G2": 1, "G1": 1})
    assert backlog.milestones == {"G1": 7, "G2": 1}
    backlog.add(Alert(Kind.SUMMARY, "s"), {"G2": -3, "G3": -3})
    assert backlog.milestones == {"G1": 7, "G2": 1, "G3": -3}
    assert backlog.besides(one) == [two, Alert(Kind.SUMMARY, "s")]


def test_a_story_can_be_told_apart_by_its_step() -> None:
    """Its alert names invoice and operation, and so does what it is found by."""
    alert = Alert.story("G1", "settled:abc")
    assert (alert.kind, alert.invoice, alert.operation) == (Kind.STORY, "G1", "settled:abc")
    assert alert.alert_id == "story:settled:abc"
    assert Alert.of(alert.key) == alert
    assert Alert(Kind.SUMMARY, "s").invoice == ""
