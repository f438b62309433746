"""One thing that the doctor looked at."""

from dataclasses import dataclass

from sync_core.base.errors import SyncError

OK, WARNING, FAILED = "ok", "warning", "failed"


@dataclass(frozen=True, slots=True)
class Finding:
    """`detail`: what was seen; `hint`: what to do, empty where nothing has to be done."""

    name: str
    state: str
    detail: str
    hint: str = ""
    duration_s: float | None = None


def failed(name: str, error: SyncError) -> Finding:
    return Finding(name, FAILED, error.message, error.hint)
