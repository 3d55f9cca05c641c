"""The main job, end to end."""

from sandbox.slack import text_of
from tests.town import FINANCE, Town, modal, told


async def test_an_owner_can_pay_an_overdue_invoice_from_its_card(contoso: Town) -> None:
    """A scan posts the card, the owner confirms, Azure says paid, and the card closes in place."""
    number = contoso.invoice()
    bot = await contoso.bot()
    await bot.scan()
    card = contoso.card(number)
    assert contoso.button(card, "pay.open")
    ada = await contoso.person("U0ADA", bot)

    receipt = await ada.press(FINANCE, card.ts, "pay.open")
    assert (receipt.status, receipt.trouble) == (200, "")
    confirming = await modal(ada, "pay.confirm")
    assert "4242" in text_of(confirming)
    await ada.submit(confirming.id)
    await told(ada, "reserved for you")
    await bot.settle()

    card = contoso.card(number)
    assert "is paying since" in text_of(card)
    assert contoso.button(card, "pay.open") is None
    contoso.tenant.pay(number)
    await bot.scan()
    card = contoso.card(number)
    assert "paid" in text_of(card)
    assert not [block for block in card.blocks if block["type"] == "actions"]
