"""Every error of ours. Each says what is wrong and, in its hint, what to do about it.

SyncError
├── Busy                busy       another run of the source is active                    (exit 3)
├── ConfigError         config     a setting, an argument or a plan is missing or wrong   (exit 2)
│   ├── UnknownRun      config     no run has that number
│   ├── UnknownPerson   config     no row is meant by that link
│   └── NothingToDo     config     mode `failed`, but no unit is open
├── IllegalTransition   crashed    a run was to leave a state that it is not in
├── LostFence           crashed    another run, or the reaper, took the source over
├── Shrunk              shrink     far less came than before: a guard refused it
├── Denied              denied     the actor's role does not allow this
├── DatabaseError       database   a database refuses, is locked, or is not one of ours
│   └── DiskFull        disk       no space is left
└── GatewayError                   the gateway did not give what its contract promises
    ├── AuthRefused     auth       the login, or a token just issued, was refused
    ├── Unreachable     network    refused, reset, no such host, TLS failure, cut body
    ├── TooSlow         timeout    a call's total deadline passed
    ├── GatewayFault    gateway    5xx, 429 beyond the budget, 403, a foreign redirect
    └── BadPayload      payload    an answer that is not what the contract says
"""

from sync_core.base.redact import redact

CLASSES = (
    "auth",
    "network",
    "timeout",
    "gateway",
    "payload",
    "shrink",
    "partial",
    "database",
    "disk",
    "config",
    "cancelled",
    "crashed",
)
"""Why a run or a unit can have failed: every value of `error_class`."""


class SyncError(Exception):
    """An error with a message for the operator and a hint that says what to do, without secrets."""

    code = "crashed"
    exit_code = 1
    retryable = False
    repeats = 0
    """Calls that were repeated before it was given up."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        self.message, self.hint = redact(message), redact(hint)
        super().__init__(self.message)

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".rstrip()


class ConfigError(SyncError):
    code = "config"
    exit_code = 2


class UnknownRun(ConfigError):
    """No run has that number."""


class UnknownPerson(ConfigError):
    """A link means no row of its source: it is forged, of another source, or the row is gone."""


class NothingToDo(ConfigError):
    """Mode `failed` was asked for, but the last outcome of every unit is success."""


class Busy(SyncError):
    """Another run of `source` is active; `run_id` names it."""

    code = "busy"
    exit_code = 3

    def __init__(self, message: str, *, run_id: int, source: str, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.run_id, self.source = run_id, source


class IllegalTransition(SyncError):
    """A run was to leave a state that it is not in."""


class LostFence(SyncError):
    """Another run, or the reaper, took the source over: nothing may be committed any more."""


class Shrunk(SyncError):
    """Far less came than before. An operator may accept it."""

    code = "shrink"


class TooManyMissing(Shrunk):
    """`people` would have been marked as no longer reported."""

    def __init__(self, message: str, *, hint: str = "", people: int) -> None:
        super().__init__(message, hint=hint)
        self.people = people


class Denied(SyncError):
    code = "denied"


class DatabaseError(SyncError):
    code = "database"


class DiskFull(DatabaseError):
    code = "disk"


class GatewayError(SyncError):
    """`retry_after_s`: the wait that the gateway asked for, in seconds, or None."""

    code = "gateway"

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        retryable: bool = False,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.retryable = retryable
        self.retry_after_s = retry_after_s


class AuthRefused(GatewayError):
    code = "auth"


class Unreachable(GatewayError):
    code = "network"


class TooSlow(GatewayError):
    code = "timeout"


class GatewayFault(GatewayError):
    code = "gateway"


class BadPayload(GatewayError):
    code = "payload"
