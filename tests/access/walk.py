"""Who walks, and what they find: every role, strangers, and people who must change a password."""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import replace

from sync_core.access.permissions import ALLOWED, NOBODY, Actor

ROOMS = ("access", "alerts", "inspect", "ops", "runs", "schedule")
MUST_CHANGE = "must change"

ACTORS = {
    **{role: Actor("m.karimi", role, 1) for role in (*ALLOWED, NOBODY, "a role of tomorrow")},
    MUST_CHANGE: Actor("m.karimi", "admin", 1, must_change=True),
}
"""One of each role, the person of each with an account."""

Function = Callable[..., object]


class Touched(BaseException):
    """Something was looked at. No `except` of ours catches it."""


class Tripwire:
    """Raises `Touched` at whatever is done with it."""

    def __getattribute__(self, name: str) -> object:
        raise Touched(name)

    def _touch(self, *_given: object) -> object:
        raise Touched

    __bool__ = __len__ = __iter__ = __next__ = __call__ = _touch  # type: ignore[assignment]
    __getitem__ = __contains__ = __enter__ = __str__ = __int__ = __index__ = __fspath__ = _touch  # type: ignore[assignment]
    __lt__ = __gt__ = __le__ = __ge__ = __add__ = __sub__ = _touch


def functions(room: str) -> Iterator[tuple[str, Function]]:
    """Every public function of the room's modules, under the name that the table uses."""
    package = importlib.import_module(f"sync_core.{room}")
    for found in pkgutil.walk_packages(package.__path__, f"sync_core.{room}."):
        module = importlib.import_module(found.name)
        for name, value in vars(module).items():
            ours = getattr(value, "__module__", None) == found.name and callable(value)
            if ours and not inspect.isclass(value) and not name.startswith("_"):
                yield f"{found.name.removeprefix('sync_core.')}.{name}", value


def parameters(function: Function) -> set[str]:
    return set(inspect.signature(function).parameters)


def call(function: Function, actor: Actor) -> None:
    """With tripwires for all it must be given. A generator is asked for its first value."""
    given = {
        name: Tripwire()
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.default is inspect.Parameter.empty
    }
    result = function(**given | {"actor": replace(actor)})
    if inspect.isgenerator(result):
        next(result)
