"""The ``.env`` file: changed without losing what else stands in it, readable for its owner alone."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from dotenv import dotenv_values, set_key, unset_key

from bot.errors import SetupError


def write_env(path: Path, values: Mapping[str, str]) -> Path | None:
    """Set these variables in the file, which from then on only its owner may read.

    Args:
        path: the file; it need not be there yet.
        values: by name; an empty one is taken out of the file.

    Returns:
        The copy of the file as it was, or None where there was none.

    Raises:
        SetupError: the file cannot be written.
    """
    draft = path.with_name(f"{path.name}.draft")
    try:
        kept = _keep(path) if path.exists() else None
        draft.unlink(missing_ok=True)
        # Born unreadable for others, so that no secret is ever in a file that is.
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        if kept:
            draft.write_bytes(path.read_bytes())
        for name, value in values.items():
            _put(draft, name, value)
        draft.replace(path)
    except OSError as error:
        raise SetupError(f"{path} cannot be written: {error.strerror}.") from error
    finally:
        draft.unlink(missing_ok=True)
    return kept


def _keep(path: Path) -> Path:
    """Copy the file to a name that is free; the copy is no more readable than it must be."""
    names = (path.with_name(f"{path.name}.backup{n or ''}") for n in range(1000))
    copy = next(name for name in names if not name.exists())
    os.close(os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    shutil.copyfile(path, copy)
    return copy


def _put(draft: Path, name: str, value: str) -> None:
    if value:
        set_key(draft, name, value, quote_mode="auto")
    elif name in dotenv_values(draft):
        unset_key(draft, name)
