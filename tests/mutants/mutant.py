"""A fault that is made on purpose, so that a test must see it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mutant:
    """`old` stands once in `file`. `tests` are pytest's arguments; one of them must fail."""

    name: str
    faults: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]
