"""The catalogue checks, each tried on a small project that breaks it."""

from pathlib import Path

import pytest

from tests.meta.catalogs import CATALOGUE, problems, read_catalogue, update

CODE = """
title = _("Runs")
later = N_("Started by {name}")
text = ngettext("{n} row", "{n} rows", count)
"""
HEADER = """msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=2; plural=(n > 1);\\n"

"""
COMPLETE = """msgid "Runs"
msgstr "اجراها"

msgid "Started by {name}"
msgstr "آغازگر: {name}"

msgid "{n} row"
msgid_plural "{n} rows"
msgstr[0] "{n} ردیف"
msgstr[1] "{n} ردیف"
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "runs.py").write_text(CODE, encoding="utf-8")
    write(tmp_path, COMPLETE)
    return tmp_path


def write(project: Path, entries: str) -> None:
    path = project / CATALOGUE
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(HEADER + entries, encoding="utf-8")


def test_it_finds_nothing_when_the_catalogue_is_complete(project: Path) -> None:
    assert problems(project) == []


def test_it_finds_words_where_the_extraction_does_not_look(project: Path) -> None:
    code = f"""{CODE}shown = f'<b>{{_("Runs")}} {{_(title)}}</b>'\n"""
    (project / "pages" / "runs.py").write_text(code, encoding="utf-8")
    assert problems(project) == ["in an f-string: _('Runs') (pages/runs.py:5)"]


def test_it_takes_an_absent_catalogue_as_empty(project: Path) -> None:
    (project / CATALOGUE).unlink()
    assert problems(project) == [
        "missing: 'Runs' (pages/runs.py:2)",
        "missing: 'Started by {name}' (pages/runs.py:3)",
        "missing: '{n} row' (pages/runs.py:4)",
    ]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('msgstr "اجراها"', 'msgstr ""', "empty: 'Runs'"),
        ('msgstr[1] "{n} ردیف"', 'msgstr[1] ""', "empty: '{n} row'"),
        ('msgid "Runs"', '#, fuzzy\nmsgid "Runs"', "fuzzy: 'Runs'"),
        ('msgid "Runs"', 'msgid "Old"\nmsgstr "کهنه"\n\nmsgid "Runs"', "obsolete: 'Old'"),
        ('msgid "Runs"', '#~ msgid "Old"\n#~ msgstr "کهنه"\n\nmsgid "Runs"', "obsolete: 'Old'"),
        ("آغازگر: {name}", "آغازگر", "placeholders: 'آغازگر' has others than 'Started by {name}'"),
        ("آغازگر: {name}", "{nam}", "placeholders: '{nam}' has others than 'Started by {name}'"),
        ("آغازگر: {name}", "{name", "placeholders: '{name' has others than 'Started by {name}'"),
    ],
)
def test_it_reports_the_one_thing_that_is_wrong(
    project: Path, old: str, new: str, problem: str
) -> None:
    write(project, COMPLETE.replace(old, new))
    assert problems(project) == [problem]


def test_it_keeps_translations_and_drops_what_is_obsolete_on_update(project: Path) -> None:
    write(project, COMPLETE.replace('"Runs"', '"Old"'))
    update(project)
    assert problems(project) == ["empty: 'Runs'"]
    catalogue = read_catalogue(project)
    assert catalogue["Started by {name}"].string == "آغازگر: {name}"
    assert catalogue["{n} row"].string == ("{n} ردیف", "{n} ردیف")
    assert catalogue["Old"] is None


def test_it_changes_nothing_when_updated_twice(project: Path) -> None:
    update(project)
    first = (project / CATALOGUE).read_bytes()
    update(project)
    assert (project / CATALOGUE).read_bytes() == first


def test_it_keeps_one_entry_when_a_text_is_also_a_singular(project: Path) -> None:
    (project / "pages" / "more.py").write_text('_("{n} row")\n', encoding="utf-8")
    assert problems(project) == []
