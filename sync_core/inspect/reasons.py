"""A reason as it is kept: on one line, and there at all. It judges no reason."""

from sync_core.base.errors import ConfigError
from sync_core.base.text import visible

LONGEST_REASON = 300


def checked_reason(reason: str, what: str = "Revealing") -> str:
    """Raises ConfigError, which says `what` needs one."""
    reason = " ".join(reason.split())
    if not visible(reason) or len(reason) > LONGEST_REASON:
        raise ConfigError(
            f"{what} needs a reason.",
            hint=f"Give one of 1 to {LONGEST_REASON} characters; it is kept.",
        )
    return reason
