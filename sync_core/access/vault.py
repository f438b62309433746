"""Seals a secret together with the one origin that it may go to. It opens it for no other."""

import json
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from urllib.parse import urlsplit

from sync_core.access.keys import VAULT, known_key, secret_key
from sync_core.base.env import HOST
from sync_core.base.errors import ConfigError
from sync_core.base.redact import keep_secret
from sync_core.base.settings import Settings

PORTS = {"http": 80, "https": 443}
ENTER_AGAIN = "Enter the password again on the settings page."


class OtherOrigin(ConfigError):
    """The secret may not go there."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A secret as it was sealed, and where it may go."""

    origin: str
    _secret: str = field(repr=False)

    def open_for(self, origin: str) -> str:
        """Raises OtherOrigin."""
        if origin != self.origin:
            raise OtherOrigin(
                f"The password was entered for {self.origin}, not for {origin or 'no address'}.",
                hint=ENTER_AGAIN,
            )
        return self._secret


def origin_of(url: str) -> str:
    """`https://api.example.ac.ir:443`: what decides who gets what is sent. Raises ConfigError.

    Whoever sends may read an address otherwise than we do, so a host that is not written in plain
    letters has no origin.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or PORTS.get(parts.scheme)
    except ValueError:
        host, port = "", None
    if port is None or not HOST.fullmatch(host) or not url.isprintable():
        raise ConfigError(
            "The address names no host in plain letters.",
            hint="Write it such as https://api.example.ac.ir, other letters as xn--….",
        )
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}:{port}"


def seal(settings: Settings, secret: str, origin: str) -> str:
    """For the database. Raises ConfigError where the key file cannot be read or made."""
    from cryptography.fernet import Fernet  # takes as long to import as the rest of a `tick`

    keep_secret(secret)
    content = json.dumps({"origin": origin, "secret": secret}).encode()
    return Fernet(_fernet_key(secret_key(settings, VAULT))).encrypt(content).decode()


def unseal(settings: Settings, token: str) -> Sealed:
    """Raises ConfigError for a key file that is gone or not the same, and for a damaged token."""
    from cryptography.fernet import Fernet, InvalidToken

    key = known_key(settings, VAULT)
    if key is None:
        raise ConfigError("The key of the stored password is gone.", hint=ENTER_AGAIN)
    try:
        content = json.loads(Fernet(_fernet_key(key)).decrypt(token.encode()))
    except InvalidToken as exc:
        raise ConfigError("The stored password cannot be opened.", hint=ENTER_AGAIN) from exc
    keep_secret(content["secret"])
    return Sealed(content["origin"], content["secret"])


def _fernet_key(key: str) -> bytes:
    return urlsafe_b64encode(sha256(f"hamgam.vault {key}".encode()).digest())
