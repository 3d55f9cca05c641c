"""A summary of very many invoices."""

from sandbox.slack import text_of
from tests.town import FINANCE, Town


async def test_a_channel_can_get_a_summary_of_any_number_of_cards(contoso: Town) -> None:
    """It lists what a message has room for, says how many more there are, and threads all cards."""
    contoso.profile = contoso.tenant.add_profile(
        contoso.account, "Größe & Übermaß " * 12, currency="EUR"
    )
    numbers = [contoso.invoice() for _ in range(105)]
    report = await (await contoso.bot()).scan()
    assert report.is_complete, report.failures
    summary, *cards = contoso.posts(FINANCE)
    assert "105 Azure invoices need you" in text_of(summary)
    listed = sum(number in str(summary.blocks) for number in numbers)
    assert listed >= 10
    assert f"And {105 - listed} more." in text_of(summary)
    assert {card.thread_ts for card in cards} == {summary.ts}
    assert len(cards) == 105
