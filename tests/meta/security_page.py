"""The matrix of docs/security.md: who may see and do what, written from the code.

.venv/bin/python -m tests.meta.security_page [--update]
"""

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from sync_core.access import matrix
from sync_core.access.permissions import (
    ALLOWED,
    ANONYMOUS,
    MEANINGS,
    ROLES,
    Actor,
    allows,
)

PAGE = Path(__file__).resolve().parents[2] / "docs" / "security.md"
BEGIN, END = "<!-- matrix: written by tests.meta.security_page -->", "<!-- end of matrix -->"
YES, NO = "yes", "·"
WEB = (ANONYMOUS.role, *ROLES)


def written() -> str:
    """The matrix as Markdown."""
    return "\n".join(
        [
            "### Roles",
            "",
            *table(("permission", *ALLOWED, "what it is"), role_rows()),
            "",
            *section("Pages", "page", matrix.PAGES, WEB),
            *section("Routes", "path", matrix.ROUTES, WEB),
            *section("Commands", "command", matrix.COMMANDS, ()),
            *section("Use-cases", "function of `sync_core`", matrix.USE_CASES, tuple(ALLOWED)),
        ]
    )


def role_rows() -> Iterator[Sequence[str]]:
    for permission, meaning in MEANINGS.items():
        marks = [mark(role, permission) for role in ALLOWED]
        yield [f"`{permission}`", *marks, meaning]


def section(title: str, kind: str, things: Mapping[str, str], roles: Sequence[str]) -> list[str]:
    rows = (
        [f"`{thing}`", f"`{needed}`", *(mark(role, needed) for role in roles)]
        for thing, needed in things.items()
    )
    return [f"### {title}", "", *table((kind, "needs", *roles), rows), ""]


def mark(role: str, needed: str) -> str:
    if needed in {matrix.OPEN, matrix.CLOSED}:
        return YES if needed == matrix.OPEN else NO
    return YES if allows(Actor("example", role), needed) else NO


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield line(headings)
    yield line(["---"] * len(headings))
    yield from map(line, rows)


def line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def renewed(text: str) -> str:
    """The page with today's matrix. Raises ValueError where its marks are not there."""
    before, _, rest = text.partition(BEGIN)
    _, found, after = rest.partition(END)
    if not found:
        raise ValueError(f"{PAGE.name} has lost its marks.")
    return f"{before}{BEGIN}\n{written()}\n{END}{after}"


def main(arguments: Sequence[str]) -> int:
    text = PAGE.read_text(encoding="utf-8")
    if renewed(text) == text:
        return 0
    if "--update" in arguments:
        PAGE.write_text(renewed(text), encoding="utf-8")
        return 0
    sys.stdout.write("docs/security.md is not what the code says: add --update.\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
