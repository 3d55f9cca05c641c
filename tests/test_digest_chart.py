"""The picture below a digest: it shows the table's numbers, once, and never keeps a digest away."""

import asyncio
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from itertools import count
from typing import Any

import pytest
from matplotlib.image import imread
from structlog.testing import capture_logs

from bot.adapters.charts import COLOURS, charts
from bot.domain.ageing import Bucket
from bot.domain.chart import Chart
from bot.domain.digest import Baseline, Digest, Owed
from bot.domain.money import Money
from bot.errors import NoDrawing
from bot.services.report import ScanReport
from bot.views.chart import ChartView
from bot.views.language import Language
from sandbox.slack import Message
from tests.paying import lose_everything
from tests.town import FINANCE, Bot, Town

PNG = b"\x89PNG\r\n\x1a\n"
TODAY = date(2026, 11, 3)


class Pencil:
    """Draws nothing, quickly, and keeps what it was asked to draw."""

    def __init__(self, trouble: Exception | None = None) -> None:
        self.drawn: list[Chart] = []
        self._trouble = trouble

    async def draw(self, chart: Chart) -> bytes:
        """A picture as far as Slack looks."""
        self.drawn.append(chart)
        if self._trouble:
            raise self._trouble
        return PNG


def owed(profile: str, currency: str, **amounts: str) -> Owed:
    """What is owed on a profile, by the names of the ages."""
    return Owed(
        profile, currency, {Bucket[a]: Money(Decimal(v), currency) for a, v in amounts.items()}
    )


def digest(*rows: Owed, overdue: int = 1) -> Digest:
    """A digest of these."""
    moment = datetime(2026, 11, 3, 9, tzinfo=UTC)
    here = Baseline(moment, frozenset())
    return Digest(FINANCE, moment, TODAY, rows, 9, overdue, (), None, None, (), here)


def worded(made: Digest, locale: str = "en") -> Chart:
    """Its chart; there must be one."""
    chart = ChartView(Language(locale))(made)
    assert chart
    return chart


def pictures(town: Town) -> list[Message]:
    """The messages with files in the channel, all of them threads' replies."""
    return [message for message in town.posts() if message.files]


async def tell(bot: Bot, tick: datetime | None = None) -> None:
    """One tick of the digest, and its delivery."""
    await bot.house.digest(tick)
    await bot.house.dispatch.delivery.all(ScanReport(dry_run=False))


def test_a_channel_can_see_the_tables_numbers_in_the_picture() -> None:
    """A panel for each currency, never two in one; profiles together; a bar for each age."""
    chart = worded(
        digest(
            owed("A", "EUR", NOT_DUE="1", D1_30="6"),
            owed("B", "EUR", D1_30="2.50", OVER_90="17"),
            owed("B", "USD", D31_60="1000000"),
        )
    )
    euros, dollars = chart.panels
    assert [p.heading.replace("\xa0", " ") for p in chart.panels] == [
        "EUR · in all 26.50 EUR",
        "USD · in all 1,000,000.00 USD",
    ]
    assert [bar.age for bar in euros.bars] == list(Bucket) == [bar.age for bar in dollars.bars]
    assert [bar.amount.replace("\xa0", " ") for bar in euros.bars] == [
        *("1.00 EUR", "8.50 EUR", "–", "–", "17.00 EUR")
    ]
    assert [bar.share * 17 for bar in euros.bars] == [1, Decimal("8.5"), 0, 0, 17]
    assert [bar.share for bar in dollars.bars] == [0, 0, 1, 0, 0]


def test_a_reader_who_cannot_see_can_hear_what_the_picture_shows() -> None:
    """The alt text holds every amount there is, in the channel's language, within Slack's limit."""
    rows = (
        owed("A", "EUR", NOT_DUE="12340", OVER_90="3.10"),
        owed("A", "JPY", D1_30="5"),
    )
    english, french = (worded(digest(*rows), each).alt for each in ("en", "fr"))
    assert english.replace("\xa0", " ") == (
        "Bar chart of what is owed, by age. EUR: Not due 12,340.00 EUR, Over 90 days 3.10 EUR."
        " JPY: 1–30 days 5 JPY."
    )
    assert "EUR : Non échue 12\u202f340,00\xa0EUR, Plus de 90 jours" in french
    ages = {one.name: "999999999999.99" for one in Bucket}
    many = worded(digest(*(owed("A", f"AA{c}", **ages) for c in "ABCDEFGH")), "de")
    assert len(many.alt) <= 1000
    assert len(many.panels) == 6
    assert "2" in many.note


def test_a_channel_cannot_see_a_picture_of_nothing_overdue() -> None:
    """One line says so."""
    assert ChartView(Language())(digest(owed("A", "EUR", NOT_DUE="1"), overdue=0)) is None


def test_a_colour_blind_reader_can_tell_the_ages_apart() -> None:
    """Each later age is darker, and all stand out from white by 3:1."""

    def luminance(colour: str) -> float:
        parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
        linear = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
        return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    light = [luminance(COLOURS[age]) for age in Bucket]
    assert all(1.05 / (one + 0.05) >= 3 for one in light)
    assert sorted(light[1:], reverse=True) == light[1:]


async def test_a_channel_can_see_the_picture_below_its_digest(contoso: Town) -> None:
    """Drawn in earnest, in the digest's thread, with its alt text, of a bounded size."""
    contoso.invoice(amount=Decimal(5))
    contoso.invoice(amount=Decimal(7), currency="USD")
    drawing = charts()
    assert drawing
    await tell(await contoso.bot(charts=drawing))
    (shown,) = pictures(contoso)
    (told,) = [m for m in contoso.posts() if not m.thread_ts]
    assert shown.thread_ts == told.ts
    (file,) = shown.files
    assert file["name"] == f"ageing-{contoso.today()}.png"
    assert file["title"].startswith("What is owed, by age, ")
    assert "USD: 1–30 days 7.00" in file["alt_txt"]
    content = contoso.workspace.files[file["id"]].content
    assert content.startswith(PNG)
    assert len(content) < 200_000
    tall, wide, _ = imread(BytesIO(content)).shape
    assert (wide, tall) == (1120, 840)


async def test_a_channel_cannot_see_the_picture_twice(contoso: Town) -> None:
    """However often, and by however many, a tick's job is run; nor after the store is lost."""
    contoso.invoice()
    pencil = Pencil()
    bots = [await contoso.bot(charts=pencil), await contoso.bot(charts=pencil)]
    tick = contoso.clock.now().replace(second=0, microsecond=0)
    await asyncio.gather(*(tell(bot, tick) for bot in bots))
    await tell(bots[0], tick)
    await lose_everything(contoso)
    await tell(bots[1], tick)
    assert len(pictures(contoso)) == 1
    assert len(pencil.drawn) == 1
    contoso.clock.advance(days=1)
    await tell(bots[0])
    assert len(pictures(contoso)) == 2


@pytest.mark.parametrize(
    ("on", "kind"),
    [
        ("* */files.getUploadURLExternal", "status"),
        ("* */upload/v1/*", "status"),
        ("* */files.completeUploadExternal", "status"),
        ("* */files.completeUploadExternal", "drop_before"),
        ("* */files.completeUploadExternal", "drop_after"),
    ],
)
async def test_a_channel_can_see_its_digest_when_the_picture_fails(
    contoso: Town, on: str, kind: Any
) -> None:
    """The digest stays, one line is logged, and nothing is tried again."""
    contoso.invoice()
    pencil = Pencil()
    bot = await contoso.bot(charts=pencil)
    contoso.fault(on, kind)
    tick = contoso.clock.now().replace(second=0, microsecond=0)
    with capture_logs() as logged:
        await tell(bot, tick)
        await tell(bot, tick)
    assert len([m for m in contoso.posts() if m.metadata]) == 1
    assert len(pictures(contoso)) == (1 if kind == "drop_after" else 0)
    assert len(pencil.drawn) == 1
    assert await bot.outside.outbox.channels() == {}
    assert [line["event"] for line in logged].count("chart_not_shown") == 1


async def test_a_channel_can_see_its_digest_when_nothing_can_be_drawn(
    contoso: Town,
) -> None:
    """Whatever the drawing library trips over."""
    contoso.invoice()
    bot = await contoso.bot(charts=Pencil(NoDrawing("no font")))
    with capture_logs() as logged:
        await tell(bot)
    (told,) = contoso.posts()
    assert told.metadata
    assert [line["event"] for line in logged].count("chart_not_shown") == 1


async def test_a_channel_can_see_the_picture_when_a_process_died_before_drawing_it(
    contoso: Town,
) -> None:
    """Whoever delivers next draws it."""
    contoso.invoice()
    dying = await contoso.bot(charts=Pencil(RuntimeError("killed")))
    tick = contoso.clock.now().replace(second=0, microsecond=0)
    with pytest.raises(RuntimeError):
        await tell(dying, tick)
    await tell(await contoso.bot(charts=Pencil()), tick)
    assert len([m for m in contoso.posts() if m.metadata]) == 1
    assert len(pictures(contoso)) == 1


async def test_a_channel_cannot_see_the_picture_twice_when_a_process_died_in_between(
    contoso: Town,
) -> None:
    """Once it was about to be shown, nobody shows it again."""
    contoso.invoice()
    turns = count(1)

    async def until_killed(_: float) -> None:
        if next(turns) == 2:  # the digest has had the first
            raise RuntimeError("killed")

    pencil = Pencil()
    dying = await contoso.bot(charts=pencil, sleep=until_killed)
    tick = contoso.clock.now().replace(second=0, microsecond=0)
    with pytest.raises(RuntimeError):
        await tell(dying, tick)
    await tell(await contoso.bot(charts=pencil), tick)
    assert len([m for m in contoso.posts() if m.metadata]) == 1
    assert pictures(contoso) == []
    assert len(pencil.drawn) == 1


async def test_a_bot_without_matplotlib_can_post_its_digest(
    contoso: Town,
) -> None:
    """The table alone, and no noise about it."""
    contoso.invoice()
    bot = await contoso.bot(charts=charts(lambda _: None), allow_shared_channels="finance")
    with capture_logs() as logged:
        await tell(bot)
    (told,) = contoso.posts()
    assert any(block["type"] == "table" for block in told.blocks)
    assert {line["event"] for line in logged} == {"digest_made", "digest_delivered"}


async def test_an_unforeseen_trouble_in_drawing_is_a_known_error() -> None:
    """What matplotlib raises does not come out as it is."""
    drawing = charts()
    assert drawing
    with pytest.raises(NoDrawing, match="ValueError"):
        await drawing.draw(Chart("a.png", "a", "a", panels=()))
