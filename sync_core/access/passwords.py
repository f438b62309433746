"""Hashes and checks passwords with Argon2id. It keeps no password and logs none."""

import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from sync_core.base.errors import ConfigError

SHORTEST = 10
LONGEST = 1_000
"""Longer ones are no safer and make the server work for a stranger."""
CLEAR = "abcdefghjkmnpqrstuvwxyz23456789"
"""Nobody takes one of these for another: twelve of them are 59 bits."""

_hasher = PasswordHasher()


def hash_password(password: str) -> str:
    """Raises ConfigError for a password that is too short or too long."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise ConfigError(
            f"The password must have {SHORTEST} to {LONGEST} characters.",
            hint="Four unrelated words make a good one.",
        )
    return _hasher.hash(password)


def one_time() -> str:
    """A password to be given to somebody, also by telephone, who has to change it at once."""
    groups = ("".join(secrets.choice(CLEAR) for _ in range(4)) for _ in range(3))
    return "-".join(groups)


def matches(password_hash: str | None, password: str) -> bool:
    """Takes the same time for a user who does not exist (`None`)."""
    stand_in = _nobodys_hash()
    try:
        right = _hasher.verify(password_hash or stand_in, password[:LONGEST])
    except (VerificationError, InvalidHashError):
        return False
    return right and password_hash is not None


def is_outdated(password_hash: str) -> bool:
    return _hasher.check_needs_rehash(password_hash)


@cache
def _nobodys_hash() -> str:
    return _hasher.hash("nobody has this password")
