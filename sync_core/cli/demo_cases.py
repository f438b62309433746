"""The runs that `demo --states` shows: one for each way in which a run can have ended.

Messages are those of the core and of the gateway's client, word for word.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sync_core.access.permissions import SCHEDULER
from sync_core.engine.guards import ACCEPT_REJECTS, ACCEPT_SHRINK
from sync_core.store.control import SUCCESS

FACULTY, STUDENTS = "faculty", "students"
OPERATOR, SECOND, ADMIN, SHELL = "m.karimi", "r.ahmadi", "admin", "cli:demo"
NIGHTLY: Mapping[str, Any] = {"trigger": "schedule", "by": SCHEDULER.name}

BUSY = "The gateway is overloaded or failing; try later or lower HAMGAM_CONCURRENCY."
OVERLOADED = f"POST /API/Golestan/Students_2 was answered with 503. {BUSY}"
SHRUNK = f"Unit {{unit}} had {{before:,}} people and sent {{people:,}}. {ACCEPT_SHRINK}"
REFUSED = f"Unit {{unit}}: {{rejects:,}} of {{sent:,}} records cannot become rows. {ACCEPT_REJECTS}"


@dataclass(frozen=True, slots=True)
class UnitFault:
    """Why a unit failed. Where a guard refused it: the share of its people that came, and how many
    records that cannot become rows."""

    error_class: str
    message: str
    came: float | None = None
    rejects: int = 0


@dataclass(frozen=True, slots=True)
class Case:
    """One run that has ended. `units` None means the whole plan; `share` of them came to an end,
    those in `faults` (by their place) in a failure. `values` go into the run as they are."""

    name: str
    source: str
    outcome: str = SUCCESS
    message: str = ""
    trigger: str = "manual"
    by: str = OPERATOR
    mode: str = "full"
    units: tuple[str, ...] | None = None
    share: float = 1.0
    faults: Mapping[int, UnitFault] = field(default_factory=dict)
    lasts_s: int = 240
    new: int = 0
    changes: int = 3
    rejected: int = 0
    choice: Mapping[str, Any] = field(default_factory=dict)
    accepts: str = ""
    """The name of an earlier case whose rejects it takes as right."""
    values: Mapping[str, Any] = field(default_factory=dict)
    planned: bool = True
    """Whether it came so far as to tell its plan."""
    begun: bool = True


def cases(plan: Sequence[str]) -> list[Case]:
    """The oldest first. `plan`: the units of the students, the newest term first."""
    return [*refused_at_the_door(), *_well_ended(plan), *_guarded(plan), *_cut_short()]


def refused_at_the_door() -> list[Case]:
    door: dict[str, Any] = {"share": 0.0, "lasts_s": 4, **NIGHTLY}
    return [
        Case(
            "auth",
            STUDENTS,
            "auth",
            "The gateway refused the login (401)."
            " Check HAMGAM_GATEWAY_USER and HAMGAM_GATEWAY_PASSWORD.",
            **door,
        ),
        Case(
            "network",
            FACULTY,
            "network",
            "POST /Login: no such host is known. Check HAMGAM_GATEWAY_URL and the name server.",
            **door,
        ),
        Case(
            "config",
            FACULTY,
            "config",
            "HAMGAM_GATEWAY_URL is not set. Set it in the environment, in .env or on the settings"
            " page to the gateway's address, such as https://api.example.ac.ir.",
            planned=False,
            begun=False,
            **door,
        ),
        Case(
            "database",
            STUDENTS,
            "database",
            "The database is locked by another program."
            " Close what else writes to it, then try again.",
            planned=False,
            **{**door, "lasts_s": 34},
        ),
    ]


def _well_ended(plan: Sequence[str]) -> list[Case]:
    terms = list(dict.fromkeys(unit.partition("/")[0] for unit in plan))
    campuses = sorted({unit.partition("/")[2] for unit in plan})[:2]
    chosen = tuple(f"{terms[0]}/{campus}" for campus in reversed(campuses))
    recent = tuple(unit for unit in plan if unit.partition("/")[0] in terms[:2])
    picked = tuple(plan[place] for place in range(0, len(plan), max(1, len(plan) // 3)))
    return [
        Case("plain", FACULTY, lasts_s=22, new=2, changes=9, rejected=1),
        Case("skipped", STUDENTS, changes=5, lasts_s=41, **NIGHTLY),
        Case(
            "verified",
            STUDENTS,
            trigger="cli",
            by=SHELL,
            lasts_s=652,
            choice={"verify": True},
            values={"drift": 3},
        ),
        Case(
            "chosen",
            STUDENTS,
            units=chosen,
            lasts_s=9,
            choice={"campuses": campuses, "terms": terms[:1]},
        ),
        Case("recent", STUDENTS, mode="recent", units=recent, lasts_s=64, by=ADMIN),
        Case("picked", STUDENTS, units=picked, lasts_s=14, choice=_names(picked), by=SECOND),
        Case(
            "counted",
            FACULTY,
            trigger="cli",
            by=SHELL,
            lasts_s=18,
            values={"counted": True},
            planned=False,
        ),
    ]


def _names(units: Sequence[str]) -> dict[str, list[str]]:
    """As the screen asks for units that were clicked."""
    parts = [unit.partition("/") for unit in units]
    return {
        "campuses": list(dict.fromkeys(campus for _, _, campus in parts)),
        "terms": list(dict.fromkeys(term for term, _, _ in parts)),
        "units": list(units),
    }


def _guarded(plan: Sequence[str]) -> list[Case]:
    shrunk = UnitFault("shrink", SHRUNK, came=0.2)
    busy = UnitFault("gateway", OVERLOADED)
    refused = UnitFault("payload", REFUSED, came=0.84, rejects=31)
    last = len(plan) - 1
    some = dict.fromkeys((1, last // 3, last // 2, last), busy)
    failed = tuple(plan[place] for place in (0, *some))
    gone = "{gone:,} of {seen:,} people are reported no more; nobody was marked missing."
    retried: dict[str, Any] = {"trigger": "retry", "by": OPERATOR}
    return [
        Case("payload", FACULTY, "payload", faults={0: refused}, lasts_s=19, by=SECOND),
        Case("accepted", FACULTY, accepts="payload", rejected=31, lasts_s=21, **retried),
        Case("gateway", STUDENTS, "gateway", faults=dict.fromkeys(range(16), busy), lasts_s=588),
        Case("shrink", FACULTY, "shrink", faults={0: shrunk}, lasts_s=17, **NIGHTLY),
        Case("partial", STUDENTS, "partial", faults={0: shrunk, **some}, lasts_s=402, **NIGHTLY),
        Case(
            "retried",
            STUDENTS,
            mode="failed",
            units=tuple(dict.fromkeys(failed)),
            lasts_s=37,
            **retried,
        ),
        Case(
            "many missing",
            STUDENTS,
            "shrink",
            f"{gone} {ACCEPT_SHRINK}",
            trigger="cli",
            by=SHELL,
            values={"refused_missing": 0.31},
        ),
    ]


def _cut_short() -> list[Case]:
    lost = "The run's supervisor gave no sign of life. {done} units were committed and stay."
    return [
        Case(
            "timeout",
            STUDENTS,
            "timeout",
            "The run passed its time limit of 7200 s.",
            share=0.55,
            lasts_s=7_203,
            **NIGHTLY,
        ),
        Case(
            "disk",
            STUDENTS,
            "disk",
            "The disk that holds the database is full. Free some space.",
            share=0.36,
            **NIGHTLY,
        ),
        Case(
            "cancelled",
            STUDENTS,
            "cancelled",
            f"Cancelled by {OPERATOR}.",
            by=ADMIN,
            share=0.3,
            lasts_s=88,
            values={"cancel_requested_by": OPERATOR},
        ),
        Case("crashed", STUDENTS, "crashed", f"{lost} Start it again.", share=0.41, **NIGHTLY),
        Case(
            "never begun",
            FACULTY,
            "crashed",
            "The run was claimed, but no supervisor ever came. Start it again.",
            share=0.0,
            planned=False,
            begun=False,
            lasts_s=61,
        ),
    ]
