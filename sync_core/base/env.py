"""Strict readers of single settings. Each refuses nonsense and names the key and a right value."""

import re
from collections.abc import Mapping
from ipaddress import ip_address, ip_network
from pathlib import Path
from urllib.parse import urlsplit

from sync_core.base.errors import ConfigError

HOST = re.compile(r"(?:\*\.)?[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?|[0-9a-f:]+")


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

    def decimal(self, name: str, default: float, low: float, high: float) -> float:
        given = self.text(name, f"{default:g}")
        value = _float(given)
        if value is not None and low <= value <= high:
            return value
        raise wrong(name, given, f"a number from {low:g} to {high:g}, such as {default:g}")

    def rate(self, name: str, default: float) -> float:
        """Of something a second; 0 means no limit."""
        given = self.text(name, f"{default:g}")
        value = _float(given)
        if value is not None and (value == 0 or 0.01 <= value <= 1_000):
            return value
        raise wrong(name, given, "0 for no limit, or from 0.01 to 1000, such as 5")

    def seconds(self, name: str, default: float, high: float = 86_400) -> float:
        given = self.text(name, str(default))
        value = _float(given)
        if value is not None and 0 < value <= high:
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

    def terms(self, name: str) -> tuple[str, ...]:
        terms = self.codes(name)
        if all(len(term) == 4 and term[3] in "123" for term in terms):
            return terms
        raise ConfigError(
            f"HAMGAM_{name} is {self.text(name)[:80]!r}.",
            hint="Give terms of four digits, the last of them 1, 2 or 3, such as 4041,4042.",
        )

    def modules(self, name: str, default: tuple[str, ...]) -> tuple[str, ...]:
        given = self.text(name, ",".join(default))
        modules = tuple(part.strip() for part in given.split(",") if part.strip())
        if modules and all(part.isidentifier() for m in modules for part in m.split(".")):
            return modules
        raise wrong(name, given, f"module names with commas between them, such as {default[0]}")

    def hosts(self, name: str) -> tuple[str, ...]:
        """Names of hosts without ports, in small letters; `*.` stands for every name below."""
        given = self.text(name)
        hosts = tuple(part.strip().lower() for part in given.split(",") if part.strip())
        if all(HOST.fullmatch(host) for host in hosts):
            return hosts
        raise wrong(name, given, "host names with commas between them, such as sync.example.ac.ir")

    def networks(self, name: str) -> tuple[str, ...]:
        """Addresses, or networks such as 10.0.0.0/24."""
        given = self.text(name)
        parts = tuple(part.strip() for part in given.split(",") if part.strip())
        try:
            return tuple(map(_ip, parts))
        except ValueError:
            right = "addresses or networks with commas between them, such as 10.0.0.5,10.1.0.0/24"
            raise wrong(name, given, right) from None

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


def missing(name: str, right: str, *, on_page: bool = False) -> ConfigError:
    """`on_page`: the settings page can set it as well."""
    also = ", in .env or on the settings page" if on_page else " or in .env"
    return ConfigError(
        f"HAMGAM_{name} is not set.", hint=f"Set it in the environment{also} to {right}."
    )


def _float(given: str) -> float | None:
    try:
        return float(given)
    except ValueError:
        return None


def _ip(given: str) -> str:
    """Raises ValueError for what is neither an address nor a network."""
    return str(ip_network(given)) if "/" in given else str(ip_address(given))


def _is_plain_http(address: str) -> bool:
    try:
        parts = urlsplit(address)
        port_is_right = parts.port is None or parts.port > 0
    except ValueError:
        return False
    bare = not (parts.query or parts.fragment or "@" in parts.netloc)
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and bare and port_is_right
