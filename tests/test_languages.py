"""Everybody is answered in their own language, and no word of the bot's is left behind in English."""

import ast
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from bot.views.catalogues import FOLDER, languages
from sandbox.slack import text_of
from sandbox.slack.rules import message_complaints, view_complaints
from tests.asking import ask
from tests.paying import card_of, unpaid
from tests.town import Town

ROOT = Path(__file__).parents[1]
KEYWORDS = {"lang": None, "_lang": None, "self": None, "count": (1, 2)}
MODAL, BUTTON = 24, 75  # characters Slack shows of a modal's title or button, and of any button
PLACEHOLDER = re.compile(r"\{\w*\}")
WORDS = re.compile(r"[^\W\d_]{2,} [^\W\d_]{2,}")


@cache
def said() -> frozenset[Any]:
    """Everything the code says."""
    found = [
        one[2]
        for room in ("bot", "handlers")
        for one in extract_from_dir(str(ROOT / room), keywords=KEYWORDS)
    ]
    return frozenset(tuple(m) if isinstance(m, list | tuple) else m for m in found)


@cache
def catalogue(language: str) -> Catalog:
    """A catalogue as it is kept."""
    with (FOLDER / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language)


def messages(language: str) -> list[Message]:
    """Its entries but for the header."""
    return [message for message in catalogue(language) if message.id]


def written(message: Message) -> list[str]:
    """What it says in the other language, in all its plural forms."""
    forms = message.string if isinstance(message.string, list | tuple) else [message.string]
    return [str(form) for form in forms]


def test_a_reader_can_choose_among_four_languages() -> None:
    """English is the code's own."""
    assert languages() == ("de", "es", "fr")


@pytest.mark.parametrize("language", languages())
def test_no_catalogue_can_miss_a_string(language: str) -> None:
    """What the code says is in it, and nothing that it no longer says (``make messages``)."""
    kept = {tuple(m.id) if isinstance(m.id, list | tuple) else m.id for m in messages(language)}

    assert sorted(map(str, said() - kept)) == []
    assert sorted(map(str, kept - said())) == []


@pytest.mark.parametrize("language", languages())
def test_no_catalogue_can_leave_a_string_untranslated(language: str) -> None:
    """Every form of every string is there, with the same values in it."""
    for message in messages(language):
        ids = message.id if isinstance(message.id, list | tuple) else [message.id]
        wanted = {frozenset(PLACEHOLDER.findall(one)) for one in ids}
        assert all(written(message)), message.id
        assert {frozenset(PLACEHOLDER.findall(form)) for form in written(message)} <= wanted, ids


def literals(tree: ast.AST) -> set[str]:
    """The strings of a module that no call translates; docstrings and programmers' errors are none."""
    inside = {
        id(part)
        for node in ast.walk(tree)
        if (isinstance(node, ast.Call) and _name(node.func) in KEYWORDS)
        or isinstance(node, ast.Raise)
        for part in ast.walk(node)
        if isinstance(part, ast.Constant)
    }
    documents = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    attributes = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in inside | documents | attributes
    }


def _name(function: ast.expr) -> str:
    return getattr(function, "id", getattr(function, "attr", ""))


@pytest.mark.parametrize("room", ["bot/views", "handlers"])
def test_no_view_can_hold_a_literal_word(room: str) -> None:
    """Whatever has two words in a row comes from a catalogue, or goes to a programmer or a log."""
    found = {
        (path.name, words)
        for path in (ROOT / room).glob("*.py")
        for words in literals(ast.parse(path.read_text()))
        if WORDS.search(words)
    }
    assert found <= NO_WORDS


NO_WORDS = {
    ("commands.py", "bad number"),  # outcomes, for metrics and the audit trail
    ("fallback.py", "not understood"),
    ("reader.py", "the Slack user who is being answered"),
    ("wiring.py", "not filled in"),
    ("words.py", "American Express"),  # brands
    ("words.py", "amount changed"),  # why a payment was superseded
    ("words.py", "partly paid"),
}


def shown_short(language: str) -> dict[str, int]:
    """What modals and buttons are called, and how many characters Slack shows of it."""
    found: dict[str, int] = {}
    for path in (ROOT / "bot/views").glob("*.py"):
        for call in ast.walk(ast.parse(path.read_text())):
            if not isinstance(call, ast.Call) or _name(call.func) not in {"modal", "button"}:
                continue
            most = MODAL if _name(call.func) == "modal" else BUTTON
            named = {k.arg: k.value for k in call.keywords if k.arg in {"submit", "close"}}
            for part in [*call.args[:1], *named.values()]:
                if (
                    isinstance(part, ast.Call)
                    and part.args
                    and isinstance(part.args[0], ast.Constant)
                ):
                    found[str(part.args[0].value)] = most
    return {catalogue(language).get(words).string: most for words, most in found.items()}  # type: ignore[union-attr,misc]


@pytest.mark.parametrize("language", languages())
def test_no_title_or_button_can_be_too_long_in_any_language(language: str) -> None:
    """Slack would cut it off."""
    assert {
        words: len(words) for words, most in shown_short(language).items() if len(words) > most
    } == {}


def speak(town: Town, user: str, locale: str) -> None:
    """Set the language of somebody's Slack."""
    town.workspace.people[user].locale = locale


SENTENCES = {
    "fr-FR": "Confirmer ne débite",
    "de-DE": "Bestätigen bucht",
    "es-ES": "Confirmar no cobra",
}


@pytest.mark.parametrize(("locale", "words"), SENTENCES.items())
async def test_a_payer_can_pay_in_their_own_language(
    contoso: Town, locale: str, words: str
) -> None:
    """The modal, the refusals and /invoice speak it; the card stays in the channel's."""
    speak(contoso, "U0ADA", locale)
    invoice = await unpaid(contoso)

    view = await invoice.offer()
    assert words in text_of(view)
    assert view_complaints(_plain(view), "modal") == []
    assert "Amount due" in text_of(invoice.card)
    await invoice.confirm(view)
    assert "is paying since" in text_of(invoice.card)
    answer = await ask(await invoice.person(), invoice.bot, "/invoice", invoice.number)
    assert "Amount due" not in text_of(answer)


async def test_a_channel_can_have_its_cards_in_french(contoso: Town) -> None:
    """LOCALE=fr: the card in the terms of Microsoft's French billing pages, money as the French write."""
    invoice = await unpaid(contoso, locale="fr")

    words = text_of(card_of(contoso, invoice.number)).replace("\xa0", " ").replace("\u202f", " ")

    assert all(one in words for one in ("Montant dû", "12 340,00 EUR", "Payer maintenant"))
    assert "Profil de facturation" in words
    assert message_complaints(card_of(contoso, invoice.number).blocks) == []


def _plain(view: Any) -> dict[str, Any]:
    return {
        "type": "modal",
        "title": view.title,
        "blocks": view.blocks,
        "close": view.close,
        "submit": view.submit,
    }
