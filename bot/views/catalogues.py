"""The gettext catalogues of the languages the bot speaks, ``locale/<language>.po``.

English is what the code itself says. Catalogues are read when somebody first needs them.
"""

import gettext
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

FOLDER = Path(__file__).with_name("locale")


def languages() -> tuple[str, ...]:
    """The languages there are catalogues of, e.g. ``("de", "es", "fr")``."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.po")))


def catalogue(locale: str) -> gettext.NullTranslations:
    """The words of a locale such as ``fr_CA``: those of its language, or English ones."""
    return _read(locale.replace("-", "_").partition("_")[0].lower())


@cache
def _read(language: str) -> gettext.NullTranslations:
    if language not in languages():
        return gettext.NullTranslations()
    with (FOLDER / f"{language}.po").open("rb") as file:
        messages = read_po(file, locale=language)
    compiled = BytesIO()
    write_mo(compiled, messages)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
