"""What the services need of the world: Protocols of at most five methods.

Every method may raise the errors of ``bot.errors`` named in its docstring and no vendor's own.
Every call has a time-out inside its adapter.
"""

from collections.abc import AsyncIterator, Container, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from bot.domain.admission import Entry
from bot.domain.alert import Alert, Summary
from bot.domain.card import Card, CardState, Message
from bot.domain.chain import Place, Seal
from bot.domain.chart import Chart
from bot.domain.digest import Digest
from bot.domain.document import SignedLink
from bot.domain.extract import Extract, File
from bot.domain.home import Look, Sheet
from bot.domain.invoice import Invoice
from bot.domain.money import Money
from bot.domain.offer import Offer
from bot.domain.payment import Payment
from bot.domain.paynow import Answer, Eligibility
from bot.domain.people import EntraUser, Presence, SlackPerson, Workspace
from bot.domain.policy import Grant, Refusal
from bot.domain.profile import Flag
from bot.domain.remark import Remark
from bot.domain.roles import Assignment
from bot.domain.ways import PaymentMethod


@dataclass(frozen=True, slots=True)
class Account:
    """A billing account: its name (``guid:guid_date``), what people call it, its agreement type."""

    name: str
    display_name: str = ""
    agreement: str = ""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An invoice whose JSON made no sense: its number as far as it could be told, and why."""

    number: str
    why: str


@dataclass(frozen=True, slots=True)
class InvoicePage:
    """Some invoices of a listing.

    Attributes:
        count: how many were listed, the unreadable ones and those left out included.
        invoices: those that were asked for.
        unreadable: those whose JSON made no sense.
    """

    count: int
    invoices: tuple[Invoice, ...]
    unreadable: tuple[Unreadable, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """A message of the bot's own found in Slack: its ts, its thread or "", and its metadata."""

    ts: str
    thread: str = ""
    about: Mapping[str, str] = field(default_factory=dict)


class Clock(Protocol):
    """The only source of the present moment."""

    def now(self) -> datetime:
        """Now, aware UTC."""


class Invoices(Protocol):
    """Azure's billing API, read only. Every method may raise ``AzureError``."""

    async def accounts(self) -> tuple[Account, ...]:
        """The billing accounts to watch: the configured ones, or all the bot can read."""

    def stream(
        self, account: str, *, following: Container[str] | None = None
    ) -> AsyncIterator[InvoicePage]:
        """Every invoice of the account whose billing period is within the last two years and more.

        Where ``following`` is given, settled invoices may be left out unless their number is in it.
        """

    async def read(self, account: str, number: str) -> Invoice:
        """One invoice, fresh. ``AzureNotFound`` where there is none."""

    async def find(self, number: str) -> Invoice:
        """One invoice by its number alone, in whichever watched account it lies."""

    async def methods(self, account: str, profile: str) -> tuple[PaymentMethod, ...]:
        """The active payment methods of a billing profile."""


class Profiles(Protocol):
    """What Azure has done to billing profiles for non-payment. May raise ``AzureError``."""

    async def flags(self, account: str) -> Mapping[str, Flag]:
        """The flagged profiles of the account, by their names in lower case."""

    async def flag(self, account: str, profile: str) -> Flag | None:
        """The flag of one profile, fresh, or None."""


class Documents(Protocol):
    """The documents of invoices. May raise ``AzureError``."""

    async def pdf(self, account: str, number: str) -> SignedLink:
        """Where the invoice's PDF can be had for a while; takes up to 22 s."""


class Paynow(Protocol):
    """Azure's pay-now preview."""

    async def eligibility(self, account: str, profile: str, invoice: str) -> Eligibility:
        """Whether the bot could pay this invoice now, and with what. May raise ``AzureError``."""

    async def pay(
        self, account: str, profile: str, invoice: str, *, amount: Money, method: str
    ) -> Answer:
        """Charge the method with this name: asked exactly once, and never an error."""

    async def follow(self, path: str) -> Answer:
        """What became of it; ``path`` is an answer's ``follow``. May raise ``AzureError``."""


class Roles(Protocol):
    """Who holds which billing role. May raise ``AzureError``."""

    async def at_account(self, account: str) -> tuple[Assignment, ...]:
        """The assignments made at the billing account itself."""

    async def at_profile(self, account: str, profile: str) -> tuple[Assignment, ...]:
        """The assignments made at the billing profile itself."""


class Directory(Protocol):
    """Microsoft Entra through Graph. Every method may raise ``AzureError``."""

    async def matches(self, email: str) -> tuple[EntraUser, ...]:
        """The users whose UPN or mail is this address; failing those, one of whose proxy addresses is."""

    async def groups_of(self, user: str, candidates: Iterable[str]) -> frozenset[str]:
        """Those of the candidate ids that are groups the user belongs to, also through other groups."""

    async def user(self, user: str) -> EntraUser | None:
        """A user by object id, or None."""

    async def tenant(self) -> str:
        """The directory's tenant id in lower case, or "" where it cannot be told."""


class People(Protocol):
    """Slack's users. Every method may raise ``SlackError``."""

    async def person(self, user: str) -> SlackPerson:
        """A Slack account, fresh."""

    async def user_by_email(self, email: str) -> str | None:
        """The Slack user id of a full member with this address, or None."""


class Channels(Protocol):
    """Messages in Slack channels. Every method may raise ``SlackError``."""

    async def post(self, channel: str, message: Message, *, thread: str = "") -> str:
        """Post once, in a thread where one is given; the message's ts.

        ``SlackUnclear``: look before posting again; ``SlackLate``: and give it time before that.
        """

    async def update(self, channel: str, ts: str, message: Message) -> None:
        """Show ``message`` in place of the one posted at ``ts``; safe to repeat."""

    async def alerts(self, channel: str, since: float) -> Mapping[str, Found]:
        """The bot's own alerts in the channel, threads of its summaries included, by alert id.

        ``since`` is in epoch seconds.
        """

    async def replies(self, channel: str, thread: str, since: float) -> Mapping[str, Found]:
        """The bot's own alerts in one thread since then, by alert id."""


class SlackSetup(Protocol):
    """How the Slack app is set up. Every method may raise ``SlackError``."""

    async def workspace(self) -> Workspace:
        """Where the bot is installed."""

    async def scopes(self) -> frozenset[str]:
        """What the bot token was granted."""

    async def try_socket(self, app_token: str) -> None:
        """Return if Slack would open a Socket Mode connection with this app-level token."""

    async def channel(self, channel: str) -> Mapping[str, Any]:
        """Slack's channel object."""


class SlackWitness(Protocol):
    """What has become of Slack's clock and messages. Every method may raise ``SlackError``."""

    async def clock(self) -> datetime | None:
        """Slack's own time, aware UTC and to the second, where it tells it."""

    async def is_there(self, channel: str, ts: str, thread: str = "") -> bool:
        """Whether the message at ``ts`` (in a thread where one is given) has not been deleted."""


class Files(Protocol):
    """Files for one person. Every method may raise ``SlackError``."""

    async def send(self, user: str, words: str, files: tuple[File, ...]) -> None:
        """Share the files in the person's direct messages with the bot, once, under these words."""


class Pictures(Protocol):
    """Pictures for a channel. Every method may raise ``SlackError``."""

    async def bring(self, file: File, alt: str) -> str:
        """Bring a picture to Slack, where nobody sees it yet; its id. ``alt`` tells what it shows."""

    async def show(self, identity: str, title: str, channel: str, thread: str) -> None:
        """Show it in a thread; after ``SlackUnclear`` it may be there."""


class Charts(Protocol):
    """Whatever draws."""

    async def draw(self, chart: Chart) -> bytes:
        """The chart as a PNG. Raises ``NoDrawing``."""


class DirectMessages(Protocol):
    """The bot's words to one person, and what they rest on. Every method may raise ``SlackError``."""

    async def send(self, user: str, message: Message) -> None:
        """Send once; after ``SlackUnclear`` it may have arrived."""

    async def link(self, channel: str, ts: str) -> str:
        """The address of a message."""

    async def is_member(self, channel: str, user: str) -> bool:
        """Whether this person is in the channel now."""


class Offers(Protocol):
    """Pending confirmations. Every method may raise ``StoreUnavailable``."""

    async def make(
        self, offer: Offer, ttl: int, *, replaces: Offer | None = None, **facts: str
    ) -> Payment | None:
        """Keep the offer for ``ttl`` seconds, in place of another one where ``replaces`` is given.

        Returns the invoice's latest payment; where that is in flight no offer was made. ``facts``
        go into the audit entry. Raises ``StoreForgot``.
        """

    async def read(self, token: str) -> Offer | None:
        """The offer, or None once it was used, withdrawn or has expired."""

    async def withdraw(self, offer: Offer, **facts: str) -> bool:
        """End the offer; whether there was one."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A payment as it stands after a step, and whether the step is known to be on disk."""

    payment: Payment
    durable: bool


class Payments(Protocol):
    """Payments and their steps, each one atomic. May raise ``StoreUnavailable``.

    ``facts`` go into the audit entry of the step; ``story`` has it told in the card's thread.
    """

    async def current(self, numbers: Iterable[str]) -> Mapping[str, Payment]:
        """The latest payment of each invoice that ever had one."""

    async def claim(
        self, offer: Offer, payment: Payment, *, story: bool = False, **facts: str
    ) -> Claimed | None:
        """Spend the offer and give the invoice to this payer, in one step.

        Returns the payment in flight afterwards: the given one, or the rival's that came first;
        None where the offer is spent or has expired. Resending the same operation is harmless.
        Raises ``StoreForgot``.
        """

    async def move(
        self, before: Payment, after: Payment, *, event: str = "", story: bool = True, **facts: str
    ) -> Claimed | None:
        """Put ``after`` in the place of ``before`` if it still stands like that.

        Returns the payment as it stands afterwards: ``after`` if its operation is there, else
        whatever came first; None where there is none any more. Resending is harmless.
        """

    async def restore(self, payment: Payment) -> bool:
        """Store a payment found elsewhere; False where the invoice has one."""


class Stories(Protocol):
    """Steps of payments to be told in their cards' threads. May raise ``StoreUnavailable``."""

    async def untold(self) -> Sequence[tuple[str, str]]:
        """(invoice number, operation) of the steps that are not in the outbox yet."""

    async def story(self, operation: str) -> Payment | None:
        """The payment as it stood after this step; None once it is forgotten (30 days)."""

    async def taken_up(self, number: str, operation: str) -> None:
        """The step waits in the outbox now."""

    async def told(self, operation: str, ts: str) -> None:
        """The step was told in the message with this ts."""

    async def told_at(self, operation: str) -> str:
        """The ts of the message that told the step, or ""."""


class Remarks(Protocol):
    """What people have said of invoices. Every method may raise ``StoreUnavailable``."""

    async def keep(self, remark: Remark, card: Card | None = None, **facts: str) -> bool:
        """Keep it, its audit entry with ``facts``, and the card's record it changes, in one step.

        False where it was kept before: then nothing has changed. Resending is harmless.
        """

    async def read(self, step: str) -> Remark | None:
        """The remark; None once it is forgotten (30 days)."""

    async def amend(self, remark: Remark) -> None:
        """Keep how far its telling has got."""

    async def untold(self) -> Sequence[tuple[str, str]]:
        """(invoice number, step) of those that are not in the outbox yet."""

    async def taken_up(self, number: str, step: str) -> None:
        """It waits in the outbox now."""


class Letters(Protocol):
    """Which direct messages were sent. Every method may raise ``StoreUnavailable``."""

    async def begin_letter(self, identity: str) -> bool:
        """It is being sent now; False where it was before."""

    async def unsent(self, identity: str) -> None:
        """It surely was not sent after all."""


class Ledger(Protocol):
    """Whether the store's payments are all there are. May raise ``StoreUnavailable``."""

    async def is_whole(self) -> bool:
        """False on a new store, and on one that lost everything."""

    async def lost_at(self) -> datetime | None:
        """When payments were found lost (aware UTC), if that was within a week."""

    async def begin_ledger(self, *, lost: bool = False) -> None:
        """All payments are known from now on."""


class Cards(Protocol):
    """The records of cards. Every method may raise ``StoreUnavailable``."""

    async def load(self, numbers: Iterable[str]) -> Mapping[str, Card]:
        """The records of these invoices that have one."""

    async def begin(self, card: Card) -> bool:
        """Write the intent to post this card; False where the invoice has a record already."""

    async def save(self, card: Card) -> None:
        """Keep the record; an open card also joins the index of open cards."""

    async def open_numbers(self) -> frozenset[str]:
        """The invoice numbers of all open cards."""


class Outbox(Protocol):
    """Alerts waiting to be delivered, by channel. Every method may raise ``StoreUnavailable``."""

    async def put(
        self, channel: str, alerts: Sequence[Alert], *, instead_of: Sequence[Alert] = ()
    ) -> None:
        """Append those that are not in it yet; ``instead_of`` are taken out in the same step."""

    async def first(self, channel: str, *, after: int = 0) -> Alert | None:
        """The alert to be delivered next, passing over so many, or None."""

    async def waiting(self, channel: str) -> Sequence[tuple[Alert, datetime]]:
        """All alerts of a channel in order, each with when it was put in (aware UTC)."""

    async def done(self, channel: str, alert: Alert) -> None:
        """Take an alert out: it was delivered, or need not be any more."""

    async def channels(self) -> Mapping[str, int]:
        """How many alerts wait for each channel; channels without any are left out."""


class Summaries(Protocol):
    """The records of summaries. Every method may raise ``StoreUnavailable``."""

    async def save_summary(self, summary: Summary) -> None:
        """Keep the record."""

    async def summary(self, identity: str) -> Summary | None:
        """The record, or None."""


class Digests(Protocol):
    """The latest digest of each channel. Every method may raise ``StoreUnavailable``."""

    async def save_digest(self, digest: Digest) -> None:
        """Keep it in the place of the channel's earlier one."""

    async def digest(self, channel: str) -> Digest | None:
        """The channel's latest, or None."""


class Pace(Protocol):
    """One message a second per channel, over all processes. May raise ``StoreUnavailable``."""

    async def turn(self, channel: str) -> float:
        """Take the channel's next free second; how many seconds until it comes."""

    async def slow_down(self, channel: str, seconds: float) -> None:
        """Slack asked for a pause in this channel."""


class Watches(Protocol):
    """What is to be looked at when. Every method may raise ``StoreUnavailable``."""

    async def due_payments(self, most: int) -> Sequence[str]:
        """The invoice numbers of payments in flight whose time has come, oldest first."""

    async def watch_payment(self, number: str, when: datetime | None) -> None:
        """Look at this payment then (aware UTC), or never again."""

    async def expired_offers(self, most: int) -> Sequence[tuple[str, str]]:
        """(token, view id) of offers that have run out unused while they were shown."""

    async def forget_offer(self, token: str, view: str) -> None:
        """The offer needs no more looking after."""


class ScanTimes(Protocol):
    """When each billing account was last read completely. May raise ``StoreUnavailable``."""

    async def scanned(self, accounts: Iterable[str]) -> None:
        """These accounts have just been read completely."""

    async def scan_times(self) -> Mapping[str, datetime]:
        """The last complete reading of each account, aware UTC."""

    async def alarm(self, *, on: bool) -> bool:
        """Raise or lower the alarm; whether that changed anything."""


class Heartbeat(Protocol):
    """Tells somebody outside that the bot is well; its silence is the alarm. Never raises."""

    async def beat(self) -> None:
        """All is well now."""


class StaleCards(Protocol):
    """Which cards no longer show the truth. Every method may raise ``StoreUnavailable``."""

    async def stale(self) -> frozenset[str]:
        """The invoice numbers whose cards are to be shown anew."""

    async def touch(self, number: str, *, stale: bool) -> None:
        """Say that a card must be shown anew, or no longer."""


class Memory(Protocol):
    """What the store knows of its own completeness. May raise ``StoreUnavailable``."""

    async def remembers_since(self) -> str:
        """When the store began to serve (ISO, UTC), or "" where it is new or lost everything."""

    async def begin_memory(self) -> None:
        """From now on the store's records are known to be whole."""


class Locks(Protocol):
    """Mutual exclusion between processes. May raise ``StoreUnavailable``."""

    def hold(self, name: str, *, wait: float) -> AbstractAsyncContextManager[bool]:
        """Hold the lock while inside; False where it was not to be had within ``wait`` seconds.

        A holder that dies loses it within 15 s.
        """


class Gate(Protocol):
    """What the front door remembers. May raise ``StoreUnavailable``."""

    async def enter(self, mark: str, user: str) -> Entry:
        """Note the request ``mark`` and a click of ``user`` ("" for nobody's); what that makes of it."""


class Journal(Protocol):
    """The audit trail. May raise ``StoreUnavailable``."""

    async def note(self, event: str, **fields: str) -> None:
        """Append one entry; the time is the journal's own, aware UTC."""


@dataclass(frozen=True, slots=True)
class AuditEnds:
    """Where the audit trail begins and ends.

    Attributes:
        anchor: the seal of the last entry that went by age, None where none has gone.
        head: what the trail itself says is its last seal, None before the first.
        last: the id of the last seal that is really there (or the anchor's, or "").
    """

    anchor: Seal | None
    head: Seal | None
    last: str


class Sealing(Protocol):
    """Makes the audit trail provable. Every method may raise ``StoreUnavailable``."""

    async def seal(self) -> int:
        """Seal the entries that have no seal yet; how many this process sealed."""

    async def trim(self, oldest: datetime) -> int:
        """Let entries from before ``oldest`` (aware UTC) go without breaking the chain; how many."""


class AuditLog(Protocol):
    """The audit trail and its proof, to be read. Every method may raise ``StoreUnavailable``."""

    async def ends(self) -> AuditEnds:
        """Where the trail begins and ends, as of one moment."""

    def places(self, first: str = "-", last: str = "+") -> AsyncIterator[Place]:
        """Entries beside their seals in order, between two ids; either may be missing.

        An id may be ``<ms>`` alone, ``(<id>`` leaves it out itself, ``-`` and ``+`` are the ends.
        """

    async def hashes(self, ids: Sequence[str]) -> Sequence[str]:
        """The hashes of these entries; "" where there is no seal."""

    async def before(self, first: str) -> str:
        """The hash that the first entry from this id on builds upon."""


class Homes(Protocol):
    """Whose Home tab shows what. Every method may raise ``StoreUnavailable``."""

    async def remember(self, presence: Presence, look: Look) -> None:
        """This person looks at their Home tab like this."""

    async def recall(self, user: str) -> tuple[Look, int]:
        """How they look at it (the usual way unless told), and how many changes there have been."""

    async def change(self) -> None:
        """Something has changed that Home tabs show."""

    async def shown(self, user: str, changes: int | None) -> None:
        """Their Home tab shows the truth up to this change; None: it is not to be looked after."""

    async def outdated(self, most: int) -> Sequence[Presence]:
        """Some of the people whose Home tab, opened lately, does not show the last change."""


class HomeScreen(Protocol):
    """Home tabs in Slack. May raise ``SlackError``."""

    async def publish(self, user: str, view: dict[str, Any]) -> None:
        """Show this on the person's Home tab; safe to repeat."""


class Modals(Protocol):
    """What one person sees alone. Every method may raise ``SlackError``."""

    async def open_modal(self, trigger: str, view: dict[str, Any]) -> str:
        """Open a modal with a trigger id (good once, for 3 s); the view's id."""

    async def push_modal(self, trigger: str, view: dict[str, Any]) -> str:
        """Lay a modal upon the one that the trigger id is from (likewise); the new view's id."""

    async def show_modal(self, view_id: str, view: dict[str, Any]) -> None:
        """Replace what an open modal shows."""

    async def reply(self, response_url: str, message: Message, *, replace: bool = False) -> None:
        """Answer a command or a click, seen by that person alone."""


class RenderHome(Protocol):
    """How a Home tab looks (``bot.views.home``)."""

    def __call__(self, sheet: Sheet) -> dict[str, Any]:
        """The view of a person who may see something."""

    def refused(self, refusal: Refusal) -> dict[str, Any]:
        """The view of one who may not."""

    def reading(self) -> dict[str, Any]:
        """The view until the first one is made."""


class RenderCard(Protocol):
    """How a card and what belongs to it look (``bot.views.card``)."""

    def __call__(self, state: CardState) -> Message:
        """The message for a card in this state."""

    def reminder(self, state: CardState, alert: Alert) -> Message:
        """The reply in its thread that reminds of it."""

    def summary(self, summary: Summary, states: Sequence[CardState]) -> Message:
        """One message for many invoices."""

    def silence(self, since: datetime) -> Message:
        """The message that no scan has come through since then."""


class RenderExtract(Protocol):
    """How an export looks (``bot.views.export``)."""

    def files(self, extract: Extract) -> tuple[File, ...]:
        """The files; takes its time where there are many rows."""

    def comment(self, extract: Extract) -> str:
        """What stands above them, mrkdwn."""


class RenderStory(Protocol):
    """How a step of a payment is told (``bot.views.stories``)."""

    def __call__(self, state: CardState, told: Payment) -> Message:
        """The message for a payment as it stood, in the light of how it stands now."""


class RenderDigest(Protocol):
    """How a digest looks (``bot.views.digest``)."""

    def __call__(self, digest: Digest) -> Message:
        """The message for a digest."""


class RenderChart(Protocol):
    """How a digest's chart reads (``bot.views.chart``)."""

    def __call__(self, digest: Digest) -> Chart | None:
        """The chart, or None where there is nothing to show."""


class RenderRemark(Protocol):
    """How a remark is told (``bot.views.remarks``)."""

    def __call__(self, remark: Remark) -> Message:
        """The message for the card's thread."""


class RenderLetter(Protocol):
    """How a direct message reads (``bot.views.letters``)."""

    def assigned(
        self, state: CardState, remark: Remark, link: str, right: Grant | Refusal | None
    ) -> Message:
        """For a new assignee; ``right`` is whether they may pay, None where that is not known."""

    def released(self, state: CardState, remark: Remark, link: str) -> Message:
        """For a former assignee."""

    def reminder(self, state: CardState, link: str) -> Message:
        """For the assignee, beside the reminder in the thread."""
