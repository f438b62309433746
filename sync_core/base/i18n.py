"""What a person reads in the browser, by gettext. Log lines and the command line stay English."""

import gettext
from functools import cache
from io import BytesIO
from pathlib import Path

from sync_core.base import settings
from sync_core.base.paths import PACKAGE_ROOT
from sync_core.base.settable import AUTO, LATIN, PERSIAN

DOMAIN = "hamgam"
LOCALE = PACKAGE_ROOT / "locale"
RTL = frozenset({"fa"})


_chosen: dict[str, str] = {}
"""What the settings page has set, once somebody has looked: see `use`."""


def use(lang: str, digits_: str) -> None:
    """From now on, for all screens of this process."""
    if _chosen != {"lang": lang, "digits": digits_}:
        _chosen.update(lang=lang, digits=digits_)
        language.cache_clear()
        digits.cache_clear()


@cache
def language() -> str:
    """The language of this process's screens: `fa` or `en`."""
    return _chosen.get("lang") or settings.load().lang


@cache
def digits() -> str:
    """How the screens draw digits: `persian` or `latin`. In texts they are ASCII in any case."""
    given = _chosen.get("digits") or settings.load().digits
    if given == AUTO:
        return PERSIAN if is_rtl() else LATIN
    return given


def is_rtl() -> bool:
    return language() in RTL


def direction() -> str:
    return "rtl" if is_rtl() else "ltr"


def _(message: str) -> str:
    return catalogue(language()).gettext(message)


def ngettext(one: str, many: str, count: int) -> str:
    return catalogue(language()).ngettext(one, many, count)


def N_(message: str) -> str:
    """Marks a message that is translated later, where it is shown."""
    return message


@cache
def catalogue(lang: str, folder: Path = LOCALE) -> gettext.NullTranslations:
    """The messages of a language, compiled in memory at first use; fuzzy ones are left out."""
    source = folder / lang / "LC_MESSAGES" / f"{DOMAIN}.po"
    if not source.exists():
        return gettext.NullTranslations()
    from babel.messages.mofile import write_mo  # a quiet tick says nothing in any language
    from babel.messages.pofile import read_po

    compiled = BytesIO()
    with source.open("rb") as file:
        write_mo(compiled, read_po(file, locale=lang))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
