"""Secrets that cannot be mistaken, the forms in which one comes back, and a search for them."""

import html
import json
import sqlite3
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from urllib.parse import quote, quote_plus

PASSWORD = 'Kanarie/vogel+wörd "1" <tjilp> q&zz\'s %41'
SCREEN_PASSWORD = 'Kwartel/raaf+wïelewaal "2" <krr> z&yy\'x %7E'
TOKEN = "canary-token.QWxsIGJpcmRzIHNpbmc.c2lnbmF0dXJl_x-y"
URL_PASSWORD = "canary-url-pass~w0rd"
LOGIN_PASSWORD = "canary login words unrelated"
PERSON, CODE = "Fatemeh Tarqeh-Rezaei", "0499370899"
"""A person is no secret, but belongs neither into a log nor into a message."""

SECRETS = (PASSWORD, SCREEN_PASSWORD, TOKEN, URL_PASSWORD, LOGIN_PASSWORD)


def behind(before: int) -> Callable[[str], str]:
    return lambda secret: b64encode(b"u" * before + secret.encode()).decode()


ENCODINGS: Mapping[str, Callable[[str], str]] = {
    "as it is": str,
    "quoted": lambda secret: quote(secret, safe=""),
    "half quoted": quote,
    "in a form": quote_plus,
    "quoted in small letters": lambda secret: quote(secret, safe="").replace("%2F", "%2f"),
    "quoted twice": lambda secret: quote(quote(secret, safe=""), safe=""),
    "in JSON": lambda secret: json.dumps(secret)[1:-1],
    "in JSON as text": lambda secret: json.dumps(secret, ensure_ascii=False)[1:-1],
    "in JSON inside JSON": lambda secret: json.dumps(json.dumps(secret)[1:-1])[1:-1],
    "in JSON of PHP": lambda secret: json.dumps(secret)[1:-1].replace("/", "\\/"),
    "in HTML": html.escape,
    "in HTML twice": lambda secret: html.escape(html.escape(secret)),
    "in HTML by numbers": lambda secret: "".join(
        c if c.isascii() and c.isalnum() else f"&#{ord(c)};" for c in secret
    ),
    "in XML": lambda secret: secret.encode("ascii", "xmlcharrefreplace").decode(),
    "as Python shows it": lambda secret: repr(secret)[1:-1],
    "as Python shows its bytes": lambda secret: repr(secret.encode())[2:-1],
    "as a header is read": lambda secret: secret.encode().decode("latin-1"),
    **{f"in Base64 behind {before} bytes": behind(before) for before in range(4)},
    "in Base64 for addresses": lambda secret: urlsafe_b64encode(f"me:{secret}".encode()).decode(),
    "in Base64, quoted": lambda secret: quote(behind(2)(secret), safe=""),
}


def forms(secret: str) -> set[bytes]:
    """What Base64 says of its neighbours is cut off."""
    made = {name: encode(secret) for name, encode in ENCODINGS.items()}
    return {
        (text[4:-4] if "Base64" in name else text).encode("utf-8", "surrogatepass")
        for name, text in made.items()
    }


ALL_FORMS = {secret: forms(secret) for secret in SECRETS}


def secrets_in(content: bytes) -> set[str]:
    """The secrets that stand in it in any form."""
    return {secret for secret, shown in ALL_FORMS.items() if any(form in content for form in shown)}


def names_in(content: bytes) -> set[str]:
    """What stands in it of the person."""
    return {word for word in (PERSON, CODE) if word.encode() in content}


def contents(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file below, as it lies on the disk, and each database once more as text."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield str(path), path.read_bytes()
    for path in sorted(folder.rglob("*.db")):
        yield f"the dump of {path}", dump(path)


def dump(database: Path) -> bytes:
    """A long text is torn over several pages of the file; here it is whole."""
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        rows = chain.from_iterable(
            connection.execute(f'SELECT * FROM "{name}"') for name in tables(connection)
        )
        return "\n".join(map(repr, rows)).encode("utf-8", "surrogatepass")
    finally:
        connection.close()


def tables(connection: sqlite3.Connection) -> list[str]:
    """An index of words has no rows of its own: what it keeps lies in tables beside it."""
    query = "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'"
    return [name for (name,) in connection.execute(query)]
