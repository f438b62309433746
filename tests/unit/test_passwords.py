"""Passwords: what matches, what never does, what is refused."""

import pytest

from sync_core.access.passwords import SHORTEST, hash_password, is_outdated, matches, one_time
from sync_core.base.errors import ConfigError


def test_it_matches_only_the_password_that_was_hashed() -> None:
    known = hash_password("four unrelated words")
    assert known.startswith("$argon2id$")
    assert matches(known, "four unrelated words")
    assert not matches(known, "four unrelated word")
    assert not is_outdated(known)


def test_it_matches_nothing_for_nobody() -> None:
    assert not matches(None, "nobody has this password")


def test_it_matches_nothing_when_the_hash_is_damaged() -> None:
    assert not matches("$argon2id$damaged", "four unrelated words")


@pytest.mark.parametrize("password", ["", "nine char", "x" * 1_001])
def test_it_refuses_a_password_when_it_is_too_short_or_too_long(password: str) -> None:
    with pytest.raises(ConfigError, match="10 to 1000"):
        hash_password(password)


def test_it_makes_one_time_passwords_that_nobody_can_guess() -> None:
    made = {one_time() for _ in range(1_000)}
    assert len(made) == 1_000
    assert min(map(len, made)) >= SHORTEST
    hash_password(made.pop())


def test_it_hashes_the_same_password_differently_each_time() -> None:
    assert hash_password("four unrelated words") != hash_password("four unrelated words")


@pytest.mark.parametrize("password", ["چهار واژهٔ نامربوط", "with\x00nul inside", " spaces around "])
def test_it_takes_every_letter_as_it_is(password: str) -> None:
    known = hash_password(password)
    assert matches(known, password)
    assert not matches(known, password.strip("\x00 ")[:-1])
