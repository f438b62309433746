"""The catalogue: compiled from the .po file, English where it is silent."""

from pathlib import Path

import pytest

from sync_core.base.i18n import catalogue

CATALOGUE = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=2; plural=(n > 1);\\n"

msgid "Log in"
msgstr "ورود"

#, fuzzy
msgid "Log out"
msgstr "شاید خروج"

msgid "{n} row"
msgid_plural "{n} rows"
msgstr[0] "{n} سطر"
msgstr[1] "{n} سطر"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    file = tmp_path / "fa" / "LC_MESSAGES" / "hamgam.po"
    file.parent.mkdir(parents=True)
    file.write_text(CATALOGUE, encoding="utf-8")
    return tmp_path


def test_it_translates_from_the_po_file(folder: Path) -> None:
    messages = catalogue("fa", folder)
    assert messages.gettext("Log in") == "ورود"
    assert messages.ngettext("{n} row", "{n} rows", 5) == "{n} سطر"


def test_it_stays_english_when_the_entry_is_fuzzy_or_missing(folder: Path) -> None:
    messages = catalogue("fa", folder)
    assert messages.gettext("Log out") == "Log out"
    assert messages.gettext("Never heard") == "Never heard"


def test_it_stays_english_when_there_is_no_catalogue(folder: Path) -> None:
    assert catalogue("en", folder).gettext("Log in") == "Log in"
