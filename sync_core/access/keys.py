"""Secret keys of this installation, each in a file that only its owner can read."""

import os
import secrets
import tempfile
from pathlib import Path

from sync_core.base.errors import ConfigError
from sync_core.base.redact import keep_secret
from sync_core.base.settings import Settings


def secret_key(settings: Settings, name: str) -> str:
    """The key in `<home>/keys/<name>`, made at first use. Raises ConfigError where unreadable."""
    path = settings.home / "keys" / name
    try:
        if not path.exists():
            _make(path)
        key = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as exc:
        raise ConfigError(
            f"The key file {path} cannot be read or made.",
            hint="Check the rights of its folder; the file belongs to the user who runs this.",
        ) from exc
    if len(key) < 32:
        raise ConfigError(f"The key file {path} is damaged.", hint="Delete it; all log in again.")
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
