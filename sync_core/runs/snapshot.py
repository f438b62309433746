"""The settings that a run goes by, as they were when it began. No account, no secret."""

from dataclasses import asdict
from typing import Any

from sync_core.base.settings import Settings

SHOWN = (
    "gateway_url",
    "campuses",
    "terms",
    "first_year",
    "page_size",
    "concurrency",
    "requests_per_s",
    "connect_timeout_s",
    "call_timeout_s",
    "login_timeout_s",
    "tries",
    "retry_wait_s",
    "retry_budget_s",
    "answer_max_bytes",
    "time_limit_s",
    "stall_limit_s",
    "shrink_percent",
    "shrink_least",
    "rejects_percent",
    "rejects_least",
    "missing_percent",
    "lease_s",
)
"""What is not named here is not kept: a new setting may be a secret."""


def snapshot(settings: Settings) -> dict[str, Any]:
    """Name → value, for JSON; times in seconds, sizes in bytes."""
    values = asdict(settings)
    return {name: values[name] for name in SHOWN}
