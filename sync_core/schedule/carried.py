"""What a caller has to be told: callers start with an almost empty environment.

The folder and the two databases are told where they are set in the environment alone; everything
else, every password above all, has to stand in `.env`. What is missing there is named.
"""

import hashlib
from collections.abc import Mapping
from unicodedata import category
from urllib.parse import urlsplit

from sync_core.base.errors import ConfigError
from sync_core.base.settings import Settings, load

PLACES = {"HOME": "home", "DATABASE_URL": "database_url", "DATA_URL": "data_url"}
"""The settings that a caller may be told, and the attributes that hold them."""
ENDING = {"Cc", "Cs", "Zl", "Zp"}
"""Kinds of characters that would end a line, or are no text."""


def carried(settings: Settings) -> dict[str, str]:
    """The places that a caller would otherwise read differently, or not at all."""
    seen = _seen_by_a_caller()
    return {
        name: str(getattr(settings, attribute))
        for name, attribute in PLACES.items()
        if _differs(settings, seen, attribute) and not _secret(str(getattr(settings, attribute)))
    }


def lost(environ: Mapping[str, str], told: Mapping[str, str]) -> list[str]:
    """The names of what the environment sets and a caller will not see."""
    named = {name for name, value in environ.items() if name.startswith("HAMGAM_") and value}
    return sorted(named - {f"HAMGAM_{name}" for name in told})


def plain(word: str, where: str) -> str:
    """The word itself. Raises ConfigError for what would be a second line, or is no text."""
    if all(category(character) not in ENDING for character in word):
        return word
    raise unfit(word, where, "a control character, or one that is no text,")


def unfit(word: str, where: str, because: str) -> ConfigError:
    return ConfigError(
        f"A path holds {because} and cannot stand in {where}: {word[:80]!a}.",
        hint="Move Hamgam, or its HAMGAM_HOME, to a folder with a plain name; or set it in .env.",
    )


def mark_of(settings: Settings) -> str:
    """Eight letters that tell this installation from another on the same machine."""
    home = str(settings.home.resolve())
    return hashlib.sha256(home.encode("utf-8", "surrogateescape")).hexdigest()[:8]


def _seen_by_a_caller() -> Settings | None:
    try:
        return load(environ={})
    except ConfigError:
        return None


def _differs(settings: Settings, seen: Settings | None, attribute: str) -> bool:
    return seen is None or getattr(settings, attribute) != getattr(seen, attribute)


def _secret(value: str) -> bool:
    try:
        parts = urlsplit(value)
    except ValueError:  # who knows what is in it
        return True
    return parts.password is not None or "password" in parts.query.lower()
