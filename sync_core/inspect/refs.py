"""Opaque names of people, for addresses: the key of a row, sealed for its source.

Sealed by AES-SIV rather than Fernet or a look-up of digests: the same person has the same short
name every time, so a link can be kept and entries of the audit log compared; it is opened without
a search through a million rows; it opens only with the key file, and only for its own source.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import blake2b
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from sync_core.access.keys import secret_key
from sync_core.base.errors import UnknownPerson
from sync_core.base.settings import Settings
from sync_core.engine.source import Source

KEY_FILE = "people"
LONGEST = 400
"""Above what the longest key comes to."""
MARK = 12


class Refs:
    """The refs of one source's people."""

    def __init__(self, cipher: AESSIV, source: str) -> None:
        self._cipher, self._source = cipher, source.encode()

    @classmethod
    def of(cls, settings: Settings, source: Source) -> Self:
        """Raises ConfigError where the key file cannot be read or made."""
        key = secret_key(settings, KEY_FILE).encode()
        return cls(AESSIV(blake2b(key, person=b"hamgam.refs").digest()), source.name)

    def of_key(self, key: str) -> str:
        sealed = self._cipher.encrypt(key.encode(), [self._source])
        return urlsafe_b64encode(sealed).rstrip(b"=").decode()

    def key_of(self, ref: str) -> str:
        """Raises UnknownPerson for what was not sealed here, for this source."""
        try:
            sealed = urlsafe_b64decode(ref[:LONGEST].encode("ascii") + b"==")
            key = self._cipher.decrypt(sealed, [self._source]).decode()
        except (InvalidTag, ValueError) as exc:
            raise unknown_person() from exc
        if self.of_key(key) != ref:  # Base64 overlooks odd characters
            raise unknown_person()
        return key


def mark_of(ref: str) -> str:
    """For the audit log: the same for the same person, and cannot be opened any more."""
    return ref[:MARK]


def unknown_person() -> UnknownPerson:
    return UnknownPerson("There is no such person.", hint="Choose one from the list.")
