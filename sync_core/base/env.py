"""Strict readers of single settings. Each refuses nonsense and names the key and a right value."""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from sync_core.base.errors import ConfigError


class Env:
    """Reads the keys `HAMGAM_<name>` of a mapping."""

    def __init__(self, values: Mapping[str, str | None]) -> None:
        self._values = values

    def text(self, name: str, default: str = "") -> str:
        return (self._values.get(f"HAMGAM_{name}") or "").strip() or default

    def number(self, name: str, default: int, low: int, high: int) -> int:
        given = self.text(name, str(default))
        if given.isascii() and given.isdigit() and low <= int(given) <= high:
            return int(given)
        raise wrong(name, given, f"a whole number from {low} to {high}, such as {default}")

    def seconds(self, name: str, default: float, high: float = 86_400) -> float:
        given = self.text(name, str(default))
        try:
            value = float(given)
        except ValueError:
            value = -1
        if 0 < value <= high:
            return value
        raise wrong(name, given, f"seconds above 0 and up to {high:g}, such as {default:g}")

    def choice(self, name: str, default: str, choices: tuple[str, ...]) -> str:
        given = self.text(name, default)
        if given in choices:
            return given
        raise wrong(name, given, f"one of {', '.join(choices)}")

    def codes(self, name: str) -> tuple[str, ...]:
        """A comma list of codes made of digits, in the order given, each once."""
        given = self.text(name)
        codes = tuple(dict.fromkeys(part.strip() for part in given.split(",") if part.strip()))
        if all(code.isascii() and code.isdigit() for code in codes):
            return codes
        raise wrong(name, given, "codes with commas between them, such as 4041,4042")

    def modules(self, name: str, default: tuple[str, ...]) -> tuple[str, ...]:
        given = self.text(name, ",".join(default))
        modules = tuple(part.strip() for part in given.split(",") if part.strip())
        if modules and all(part.isidentifier() for m in modules for part in m.split(".")):
            return modules
        raise wrong(name, given, f"module names with commas between them, such as {default[0]}")

    def http_url(self, name: str) -> str:
        """An http or https address without user, query or fragment; empty where not set."""
        given = self.text(name)
        if not given or _is_plain_http(given):
            return given.rstrip("/")
        shown = given if "@" not in given else "an address with a user in it"
        raise wrong(name, shown, "an address such as https://api.example.ac.ir")

    def secret(self, name: str) -> str:
        """The key itself, or the first line of the file that `<key>_FILE` names."""
        file_name = self.text(f"{name}_FILE")
        if not file_name:
            return self._values.get(f"HAMGAM_{name}") or ""
        try:
            return Path(file_name).read_text(encoding="utf-8").split("\n", 1)[0].rstrip("\r")
        except (OSError, UnicodeDecodeError) as exc:
            raise ConfigError(
                f"HAMGAM_{name}_FILE names a file that cannot be read.",
                hint="Give the path of a text file that holds the password in its first line.",
            ) from exc


def wrong(name: str, given: str, right: str) -> ConfigError:
    return ConfigError(f"HAMGAM_{name} is {given[:80]!r}.", hint=f"Give {right}.")


def missing(name: str, right: str) -> ConfigError:
    return ConfigError(
        f"HAMGAM_{name} is not set.",
        hint=f"Set it in the environment or in .env to {right}.",
    )


def _is_plain_http(address: str) -> bool:
    try:
        parts = urlsplit(address)
        port_is_right = parts.port is None or parts.port > 0
    except ValueError:
        return False
    bare = not (parts.query or parts.fragment or "@" in parts.netloc)
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and bare and port_is_right
