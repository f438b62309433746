"""Secret keys of this installation, each in a file that only its owner can read."""

import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sync_core.base.errors import ConfigError
from sync_core.base.redact import keep_secret
from sync_core.base.settings import Settings

VAULT = "vault"
WITHOUT = {
    VAULT: "enter the gateway's password and the alerts' addresses again, on the settings page",
    "people": "links to people that somebody kept will open no more",
}
"""What a new key costs; without those of the web all log in again."""


def secret_key(settings: Settings, name: str) -> str:
    """The key in `<home>/keys/<name>`, made at first use. Raises ConfigError where unreadable."""
    path = _path(settings, name)
    with _told(path):
        if not path.exists():
            _make(path)
        return _read(path)


def known_key(settings: Settings, name: str) -> str | None:
    """The same, but None where there is no such file: what a lost key sealed, no new one opens."""
    path = _path(settings, name)
    with _told(path):
        return _read(path) if path.exists() else None


def _path(settings: Settings, name: str) -> Path:
    return settings.home / "keys" / name


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, UnicodeDecodeError) as exc:
        raise ConfigError(
            f"The key file {path} cannot be read or made.",
            hint="Check the rights of its folder; the file belongs to the user who runs this.",
        ) from exc


def _read(path: Path) -> str:
    key = path.read_text(encoding="ascii").strip()
    if len(key) < 32:
        then = WITHOUT.get(path.name, "all log in again")
        raise ConfigError(f"The key file {path} is damaged.", hint=f"Delete it; {then}.")
    keep_secret(key)
    return key


def _make(path: Path) -> None:
    """Two processes that make it at once end with one key: the link is made only once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.parent.chmod(0o700)
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=".new-")  # mode 0600
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(48) + "\n")
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        Path(draft).unlink(missing_ok=True)
