"""What a person reads in the browser, by gettext. Log lines and the command line stay English."""

import gettext
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from sync_core.base import settings
from sync_core.base.paths import PACKAGE_ROOT

DOMAIN = "hamgam"
LOCALE = PACKAGE_ROOT / "locale"
RTL = frozenset({"fa"})


@cache
def language() -> str:
    """The language of this process's screens: `fa` or `en`."""
    return settings.load().lang


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
    compiled = BytesIO()
    with source.open("rb") as file:
        write_mo(compiled, read_po(file, locale=lang))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
