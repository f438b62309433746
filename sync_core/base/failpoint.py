"""Named places where tests kill or freeze this process. Without the variable they are nothing.

HAMGAM_FAILPOINT=name:action:n acts when the place is reached for the n-th time (1 where it is left
out). Actions: `kill` as by kill -9; `stop` as by SIGSTOP.
"""

import os
import signal
from collections.abc import Callable

VARIABLE = "HAMGAM_FAILPOINT"
CLAIMED = "claimed"
FENCED = "fenced"
SPAWNED = "spawned"
FIRST_HEARTBEAT = "first_heartbeat"
BEFORE_COMMIT = "before_commit"
AFTER_COMMIT = "after_commit"
BEFORE_FINISH = "before_finish"
AFTER_FINISH = "after_finish"
PLACES = (
    CLAIMED,
    FENCED,
    SPAWNED,
    FIRST_HEARTBEAT,
    BEFORE_COMMIT,
    AFTER_COMMIT,
    BEFORE_FINISH,
    AFTER_FINISH,
)
SIGNALS = {"kill": "SIGKILL", "stop": "SIGSTOP"}


def _armed(given: str) -> Callable[[str], None]:
    place, _, rest = given.partition(":")
    action, _, number = rest.partition(":")
    if place not in PLACES or action not in SIGNALS:
        raise ValueError(f"{VARIABLE} is {given!r}, which names no place or no action.")
    left = int(number or 1)

    def reach(name: str) -> None:
        nonlocal left
        left -= name == place
        if name == place and left == 0:
            os.kill(os.getpid(), getattr(signal, SIGNALS[action]))

    return reach


def _nothing(_name: str) -> None:
    """Nobody waits for this process here."""


reach = _armed(os.environ[VARIABLE]) if os.environ.get(VARIABLE) else _nothing
