"""What may be entered of the gateway's account. It reads no database and keeps nothing."""

import unicodedata

from sync_core.access.vault import origin_of
from sync_core.base.env import Env
from sync_core.base.errors import ConfigError

URL, USER, PASSWORD = KEYS = ("gateway_url", "gateway_user", "gateway_password")
"""In the table `settings`, and in `Settings`."""
LONGEST = {URL: 500, USER: 200, PASSWORD: 1_000}
UNSEEN = {"Cc", "Cs", "Zl", "Zp"}
"""Control characters, halves of characters, and breaks of lines."""

STALE, FIXED, AGAIN = "stale", "fixed", "again"


class AccountRefused(ConfigError):
    """Nothing was saved.

    `reason`: the key of a wrong value; `STALE`: somebody was faster; `FIXED`: the environment sets
    it; `AGAIN`: the password has to be entered for this address.
    """

    def __init__(self, reason: str, message: str, *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.reason = reason


def checked_url(given: str) -> str:
    """As strict as the environment's, and with an origin. Raises AccountRefused."""
    text = _checked(URL, given.strip())
    try:
        url = Env({"HAMGAM_GATEWAY_URL": text}).http_url("GATEWAY_URL")
        origin_of(url)
    except ConfigError as exc:
        raise AccountRefused(URL, exc.message, hint=exc.hint) from exc
    return url


def checked_user(given: str) -> str:
    """Raises AccountRefused."""
    return _checked(USER, given.strip())


def checked_password(given: str) -> str:
    """As it is, blanks included; empty where none was given. Raises AccountRefused."""
    return given and _checked(PASSWORD, given)


def _checked(key: str, text: str) -> str:
    unseen = any(unicodedata.category(letter) in UNSEEN for letter in text)
    if unseen or not 1 <= len(text) <= LONGEST[key]:
        name = key.removeprefix("gateway_")
        raise AccountRefused(
            key,
            f"The gateway's {name} must have 1 to {LONGEST[key]} characters, all to be seen.",
            hint="Nothing was changed.",
        )
    return text
