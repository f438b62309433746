"""The settings that the settings page may set as well: one table of names, kinds, bounds, units.

`settings` reads the environment by it, and `ops.stored` checks by it what somebody enters. No
secret is among them.
"""

from dataclasses import dataclass
from typing import Any

from sync_core.base.env import Env

NUMBER, DECIMAL, RATE, SECONDS, OPTIONAL_SECONDS, TERMS, CHOICE = (
    *("number", "decimal", "rate", "seconds", "optional seconds"),
    *("terms", "choice"),
)
LIMITS, PLAN, RETENTION, LOOK = SECTIONS = ("limits", "plan", "retention", "look")
"""What is saved as one."""
CALLS, PATIENCE, ENDS, GUARDS = "calls", "patience", "ends", "guards"
"""The groups of the limits."""
S, PERCENT, PEOPLE, DAYS, YEAR = "seconds", "percent", "people", "days", "year"
"""Units, where the name does not tell."""
DAY_S, CENTURY_DAYS = 86_400, 36_500
FIRST_TIME_LIMIT_S = 3_600
AUTO, PERSIAN, LATIN = DIGITS = ("auto", "persian", "latin")


@dataclass(frozen=True, slots=True)
class Settable:
    """`key`: in `Settings` and in the table `settings`; in the environment it is `HAMGAM_<KEY>`.

    `low` and `high` bound numbers; of seconds, `low` itself is too little.
    """

    key: str
    section: str
    kind: str
    default: Any
    low: float = 0
    high: float = 0
    unit: str = ""
    group: str = ""
    choices: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.key.upper()

    @property
    def variable(self) -> str:
        return f"HAMGAM_{self.name}"

    def read(self, env: Env) -> Any:
        """The value, or the default where nothing is set. Raises ConfigError."""
        if self.kind == NUMBER:
            return env.number(self.name, self.default, int(self.low), int(self.high))
        if self.kind == DECIMAL:
            return env.decimal(self.name, self.default, self.low, self.high)
        if self.kind == RATE:
            return env.rate(self.name, self.default)
        if self.kind == SECONDS:
            return env.seconds(self.name, self.default, self.high)
        if self.kind == OPTIONAL_SECONDS:
            given = env.text(self.name)
            return env.seconds(self.name, FIRST_TIME_LIMIT_S, self.high) if given else self.default
        if self.kind == TERMS:
            return env.terms(self.name)
        return env.choice(self.name, self.default, self.choices)

    def written(self, value: Any) -> str:
        """As `read` takes it; empty for the default, so that a better one may come."""
        if value == self.default:
            return ""
        if isinstance(value, tuple):
            return ",".join(value)
        return value if isinstance(value, str) else f"{value:.10g}"


SETTABLE = (
    Settable("page_size", LIMITS, NUMBER, 1_000, 10, 1_000_000, group=CALLS),
    Settable("concurrency", LIMITS, NUMBER, 8, 1, 64, group=CALLS),
    Settable("requests_per_s", LIMITS, RATE, 0.0, 0, 1_000, group=CALLS),
    Settable("connect_timeout_s", LIMITS, SECONDS, 10.0, 0, DAY_S, S, PATIENCE),
    Settable("call_timeout_s", LIMITS, SECONDS, 60.0, 0, DAY_S, S, PATIENCE),
    Settable("login_timeout_s", LIMITS, SECONDS, 15.0, 0, DAY_S, S, PATIENCE),
    Settable("tries", LIMITS, NUMBER, 5, 1, 20, group=PATIENCE),
    Settable("retry_wait_s", LIMITS, SECONDS, 60.0, 0, DAY_S, S, PATIENCE),
    Settable("retry_budget_s", LIMITS, SECONDS, 600.0, 0, DAY_S, S, PATIENCE),
    Settable("time_limit_s", LIMITS, OPTIONAL_SECONDS, None, 0, DAY_S, S, ENDS),
    Settable("stall_limit_s", LIMITS, SECONDS, 600.0, 0, DAY_S, S, ENDS),
    Settable("shrink_percent", LIMITS, DECIMAL, 20.0, 0, 100, PERCENT, GUARDS),
    Settable("shrink_least", LIMITS, NUMBER, 20, 0, 1_000_000, PEOPLE, GUARDS),
    Settable("rejects_percent", LIMITS, DECIMAL, 1.0, 0, 100, PERCENT, GUARDS),
    Settable("rejects_least", LIMITS, NUMBER, 20, 0, 1_000_000, group=GUARDS),
    Settable("missing_percent", LIMITS, DECIMAL, 20.0, 0, 100, PERCENT, GUARDS),
    Settable("first_year", PLAN, NUMBER, 1400, 1300, 1499, YEAR),
    Settable("terms", PLAN, TERMS, ()),
    Settable("keep_changes_days", RETENTION, NUMBER, 400, 0, CENTURY_DAYS, DAYS),
    Settable("keep_rejects_days", RETENTION, NUMBER, 400, 0, CENTURY_DAYS, DAYS),
    Settable("keep_logs_days", RETENTION, NUMBER, 400, 0, CENTURY_DAYS, DAYS),
    Settable("keep_runs_days", RETENTION, NUMBER, 0, 0, CENTURY_DAYS, DAYS),
    Settable("keep_alerts_days", RETENTION, NUMBER, 400, 0, CENTURY_DAYS, DAYS),
    Settable("lang", LOOK, CHOICE, "fa", choices=("fa", "en")),
    Settable("digits", LOOK, CHOICE, AUTO, choices=DIGITS),
)


def settable(section: str) -> tuple[Settable, ...]:
    return tuple(one for one in SETTABLE if one.section == section)
