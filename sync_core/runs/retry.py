"""Runs again what a failed run left open, also what its guards refused, once that is accepted."""

from collections.abc import Sequence
from dataclasses import dataclass

from sync_core.access.permissions import RUN, Actor, require
from sync_core.base.errors import ConfigError, NothingToDo
from sync_core.base.settings import Settings
from sync_core.engine.order import NOTHING, Acceptance
from sync_core.engine.source import Choice
from sync_core.inspect.history import run_detail
from sync_core.runs.lifecycle import Request
from sync_core.runs.start import claim_run, launch
from sync_core.runs.supervisor import supervise
from sync_core.runs.watch import Watcher, ignore
from sync_core.store import runs
from sync_core.store.control import FAILED, Run
from sync_core.store.engines import Databases

LONGEST_REASON = 300


@dataclass(frozen=True, slots=True)
class Consent:
    """Which guards' refusals an operator takes as right (of `GUARDS`), and why."""

    kinds: tuple[str, ...] = ()
    reason: str = ""


def retry_run(
    settings: Settings,
    databases: Databases,
    run_id: int,
    *,
    actor: Actor,
    consent: Consent = Consent(),
) -> Run:
    """The new run; it goes on in the background. Raises as `retry_here` does."""
    run = _claim(settings, databases, run_id, actor, consent)
    launch(settings, databases, run)
    return run


def retry_here(
    settings: Settings,
    databases: Databases,
    run_id: int,
    *,
    actor: Actor,
    consent: Consent = Consent(),
    watch: Watcher = ignore,
) -> Run:
    """The new run as it ended. Raises UnknownRun, ConfigError, Denied, Busy."""
    run = _claim(settings, databases, run_id, actor, consent)
    return supervise(settings, databases, run.id, watch)


def _claim(
    settings: Settings, databases: Databases, run_id: int, actor: Actor, consent: Consent
) -> Run:
    require(actor, RUN)
    with databases.control.read() as session:
        failed = runs.get_run(session, run_id)
    if failed.status != FAILED:
        raise ConfigError(
            f"Run {run_id} has not failed: it is {failed.status}.",
            hint=f"Start a new one with `sync {failed.source}`.",
        )
    accepts = _accepted(failed, run_detail(databases, actor, run_id).refused_kinds, consent)
    for choice in _choices(failed, accepts):
        request = Request(
            by=actor,
            trigger="retry",
            choice=choice,
            verify=bool(failed.choice.get("verify")),
            accepts=accepts,
            reason=consent.reason.strip(),
        )
        try:
            return claim_run(settings, databases, failed.source, request)
        except NothingToDo:
            continue
    raise NothingToDo(f"Run {run_id} left nothing open.", hint="Run mode full.")


def _choices(run: Run, accepts: Acceptance) -> list[Choice]:
    """What is still open of the run's units; else all of them once more.

    Where an operator accepts that people are gone, only a run of everything can say so of them.
    """
    names = ("campuses", "terms", "units")
    campuses, terms, units = (tuple(run.choice.get(name, ())) for name in names)
    same = Choice(run.mode, campuses, terms, units)
    if accepts != NOTHING and same == Choice():
        return [same]
    return [Choice("failed", campuses, terms, units), same]


def _accepted(run: Run, refused: Sequence[str], consent: Consent) -> Acceptance:
    """Raises ConfigError for a consent without a reason, or to what the run did not refuse."""
    if not consent.kinds:
        return NOTHING
    if not 0 < len(consent.reason.strip()) <= LONGEST_REASON:
        raise ConfigError(
            "Accepting needs a reason.",
            hint=f"Give --reason with 1 to {LONGEST_REASON} characters; it is kept.",
        )
    for kind in consent.kinds:
        if kind not in refused:
            raise ConfigError(
                f"Run {run.id} refused nothing that --accept-{kind} could accept.",
                hint=f"See `show {run.id}`.",
            )
    return Acceptance(run.id, consent.kinds, run.refused_missing or 0)
