"""Compares the Persian catalogue with the words marked in the code; it translates nothing itself.

python -m tests.meta.catalogs            lists what is wrong, exit code 1 if anything is
python -m tests.meta.catalogs --update   adds what is missing, empty, and drops what is obsolete
"""

import argparse
import ast
import string
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeGuard

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[2]
CATALOGUE = Path("locale", "fa", "LC_MESSAGES", "hamgam.po")
PATTERNS = ("dashboard.py", "pages/**/*.py", "sync_core/**/*.py")
KEYWORDS = {"_": None, "N_": None, "ngettext": (1, 2)}

Forms = tuple[str, ...]
"""A text alone, or its singular and its plural."""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.meta.catalogs")
    parser.add_argument("--update", action="store_true")
    if parser.parse_args(arguments).update:
        update(ROOT)
    found = problems(ROOT)
    sys.stdout.write("".join(f"{problem}\n" for problem in found))
    return 1 if found else 0


def problems(root: Path) -> list[str]:
    """One line a problem: missing, empty, fuzzy, obsolete, and placeholders that differ."""
    marked, catalogue = marked_words(root), read_catalogue(root)
    entries = _entries(catalogue)
    unused = [*(forms for forms in entries if forms not in marked), *_dropped(catalogue)]
    return [
        *unseen(root),
        *(f"missing: {f[0]!r} ({place})" for f, place in marked.items() if f not in entries),
        *(f"obsolete: {forms[0]!r}" for forms in unused),
        *(flaw for forms in marked if forms in entries for flaw in _flaws(forms, entries[forms])),
    ]


def unseen(root: Path) -> Iterator[str]:
    """What stands in an f-string, where the extraction does not look before Python 3.12."""
    for path in sorted(path for pattern in PATTERNS for path in root.glob(pattern)):
        for text in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            marks = ast.walk(text) if isinstance(text, ast.JoinedStr) else ()
            for call in filter(_is_mark, marks):
                place = f"{path.relative_to(root)}:{call.lineno}"
                yield f"in an f-string: {ast.unparse(call)} ({place})"


def _is_mark(node: ast.AST) -> TypeGuard[ast.Call]:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in KEYWORDS
        and bool(node.args)
        and isinstance(node.args[0], ast.Constant)
    )


def marked_words(root: Path) -> dict[Forms, str]:
    """What the code marks, sorted, each with the first place that does."""
    found: dict[Forms, str] = {}
    for place, forms in _extract(root):
        found.setdefault(forms, place)
    # A catalogue holds one entry a text: where it also has a plural, that entry serves both.
    with_plural = {forms[0] for forms in found if len(forms) > 1}
    return {f: found[f] for f in sorted(found) if len(f) > 1 or f[0] not in with_plural}


def read_catalogue(root: Path) -> Catalog:
    path = root / CATALOGUE
    if not path.exists():
        return Catalog(locale="fa", domain="hamgam", project="Hamgam", fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale="fa", domain="hamgam", abort_invalid=True)


def update(root: Path) -> None:
    """Keeps every translation whose msgid is still marked; the rest of the file is made anew."""
    old = read_catalogue(root)
    new = Catalog(
        locale="fa",
        domain="hamgam",
        project="Hamgam",
        header_comment="# The Persian words of Hamgam.",
        creation_date=old.creation_date,
        revision_date=old.revision_date,
        last_translator="Hamgam contributors",
        language_team="fa",
        fuzzy=False,
    )
    new.mime_headers = [header for header in old.mime_headers if header[0] == "Plural-Forms"]
    kept = _entries(old)
    for forms in marked_words(root):
        message = kept.get(forms)
        msgid = forms if len(forms) > 1 else forms[0]
        new.add(msgid, message.string if message else None, flags=message.flags if message else ())
    path = root / CATALOGUE
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, new, no_location=True, width=100)


def _extract(root: Path) -> Iterator[tuple[str, Forms]]:
    for path in sorted(p for pattern in PATTERNS for p in root.glob(pattern)):
        for line, msgid, _, _ in extract_from_file("python", path, keywords=KEYWORDS):
            yield f"{path.relative_to(root).as_posix()}:{line}", _forms(msgid)


def _entries(catalogue: Catalog) -> dict[Forms, Message]:
    return {_forms(message.id): message for message in catalogue if message.id}


def _dropped(catalogue: Catalog) -> list[Forms]:
    """Entries that the file keeps as comments."""
    return [_forms(message.id) for message in catalogue.obsolete.values()]


def _forms(text: str | Sequence[str] | None) -> Forms:
    if text is None:
        return ()
    return (text,) if isinstance(text, str) else tuple(text)


def _flaws(forms: Forms, message: Message) -> Iterator[str]:
    translations = _forms(message.string)
    if not translations or not all(translations):
        yield f"empty: {forms[0]!r}"
        return
    if message.fuzzy:
        yield f"fuzzy: {forms[0]!r}"
    wanted = [_placeholders(form) for form in forms]
    for text in translations:
        if _placeholders(text) not in wanted:
            yield f"placeholders: {text!r} has others than {forms[-1]!r}"


def _placeholders(text: str) -> set[str] | None:
    """The names between braces; None where the braces do not match."""
    try:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
    except ValueError:
        return None


if __name__ == "__main__":
    sys.exit(main())
