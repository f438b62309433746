"""What can be changed in a running demo gateway: its people and its faults; sends nothing itself.

The commands of `POST /demo/control`, each optional, all of one call or none applied:

    revision      n: the world as after its n-th revision
    spread_revision n: the same people change in the same way, but in every term, so that one
                  record of a hundred changes in every unit; 0: nobody
    withdraw      {"studentnum": [..], "terms": [..], "nationalcode": [..]}: no longer reported;
                  what is named replaces what was withdrawn before, so [] brings people back
    latency_ms    n: every call waits
    expire_tokens true: every token issued so far is refused from now on
    refuse_login  true or false
    html          true or false: data calls answer 200 with an HTML page
    fail          a list of rules; replaces those before. A rule answers the calls that match its
                  path, campus, term and page with `status`, `times` times (null: for ever),
                  with Retry-After where `retry_after` is set
    reset_stats   true: the counts begin again
    warm          true: computes every unit of the plan, as far as the cache holds them; the answer
                  comes when it is done and says how many are kept

A new fault is a key here (`Switches` and `_READERS`) and its act in `answers`, or in
`server` where it concerns the bytes on the wire.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from threading import Lock
from typing import Any

from fetch_data.demo.people import World


class BadCommand(ValueError):
    """A command that is not one; the message says which and what is right."""


@dataclass
class Rule:
    """Which calls fail, and how. None matches everything; `times` counts down."""

    path: str | None = None
    campus: str | None = None
    term: str | None = None
    page: int | None = None
    status: int = 500
    times: int | None = None
    retry_after: str | None = None

    def matches(self, call: Mapping[str, Any]) -> bool:
        wanted = {name: getattr(self, name) for name in ("path", "campus", "term", "page")}
        return self.times != 0 and all(
            value is None or call.get(name) == value for name, value in wanted.items()
        )


@dataclass(frozen=True)
class Switches:
    latency_s: float = 0.0
    refuse_login: bool = False
    html: bool = False


@dataclass
class Control:
    """The state that commands change; `version` grows with every change of the world."""

    world: World
    switches: Switches = Switches()
    version: int = 0
    _rules: list[Rule] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def apply(self, commands: Any) -> None:
        """Raises BadCommand, and then changes nothing."""
        values = _read(commands)
        with self._lock:
            world = replace(self.world, **values.pop("world"))
            if world != self.world:
                self.world, self.version = world, self.version + 1
            self._rules = values.pop("fail", self._rules)
            self.switches = replace(self.switches, **values)

    def take_rule(self, call: Mapping[str, Any]) -> Rule | None:
        """The first rule that matches the call; one of its times is used up."""
        with self._lock:
            for rule in self._rules:
                if rule.matches(call):
                    rule.times = None if rule.times is None else rule.times - 1
                    return rule
        return None


def _read(commands: Any) -> dict[str, Any]:
    """Field of `Switches` → value; "fail" → rules; "world" → the fields of World that change."""
    if not isinstance(commands, dict):
        raise BadCommand(f"Send a JSON object with some of {', '.join(_READERS)}.")
    values: dict[str, Any] = {"world": {}}
    for name, given in commands.items():
        if name not in _READERS:
            raise BadCommand(f"There is no command {name!r}; there are {', '.join(_READERS)}.")
        _READERS[name](values, given)
    return values


def _world_number(name: str) -> "Reader":
    def read(values: dict[str, Any], given: Any) -> None:
        values["world"][name] = _whole(name, given)

    return read


def _withdraw(values: dict[str, Any], given: Any) -> None:
    names = {
        "studentnum": "withdrawn_students",
        "terms": "withdrawn_terms",
        "nationalcode": "withdrawn_faculty",
    }
    if not isinstance(given, dict) or not set(given) <= set(names):
        raise BadCommand(f"withdraw takes an object with some of {', '.join(names)}.")
    for name, codes in given.items():
        if not isinstance(codes, list) or not all(isinstance(code, str) for code in codes):
            raise BadCommand(f"withdraw: {name} takes a list of texts.")
        values["world"][names[name]] = frozenset(codes)


def _latency(values: dict[str, Any], given: Any) -> None:
    values["latency_s"] = _whole("latency_ms", given) / 1000


def _flag(name: str) -> "Reader":
    def read(values: dict[str, Any], given: Any) -> None:
        if not isinstance(given, bool):
            raise BadCommand(f"{name} takes true or false.")
        values[name] = given

    return read


def _momentary(name: str) -> "Reader":
    """A command that is carried out once, by the one who received it; nothing is kept."""

    def read(values: dict[str, Any], given: Any) -> None:
        if given is not True:
            raise BadCommand(f"{name} takes true.")

    return read


def _fail(values: dict[str, Any], given: Any) -> None:
    if not isinstance(given, list):
        raise BadCommand("fail takes a list of rules.")
    values["fail"] = [_rule(rule) for rule in given]


def _rule(given: Any) -> Rule:
    names = [each.name for each in fields(Rule)]
    if not isinstance(given, dict) or not set(given) <= set(names):
        raise BadCommand(f"A rule of fail is an object with some of {', '.join(names)}.")
    rule = Rule(**given)
    if not 200 <= _whole("status", rule.status) <= 599:
        raise BadCommand("status is from 200 to 599.")
    for number in (rule.times, rule.page):
        _whole("times and page", 0 if number is None else number)
    for text in (rule.path, rule.campus, rule.term, rule.retry_after):
        if not (text is None or (isinstance(text, str) and text.isascii() and text.isprintable())):
            raise BadCommand("path, campus, term and retry_after take plain text.")
    return rule


def _whole(name: str, given: Any) -> int:
    if isinstance(given, int) and not isinstance(given, bool) and given >= 0:
        return given
    raise BadCommand(f"{name} takes a whole number from 0.")


Reader = Callable[[dict[str, Any], Any], None]

_READERS: dict[str, Reader] = {
    "revision": _world_number("revision"),
    "spread_revision": _world_number("spread_revision"),
    "withdraw": _withdraw,
    "latency_ms": _latency,
    "expire_tokens": _momentary("expire_tokens"),
    "refuse_login": _flag("refuse_login"),
    "html": _flag("html"),
    "fail": _fail,
    "reset_stats": _momentary("reset_stats"),
    "warm": _momentary("warm"),
}
