"""A run in this very process: the command line's `sync` is its own supervisor."""

from sync_core.access.permissions import Actor
from sync_core.base.settings import Settings
from sync_core.engine.source import Choice
from sync_core.runs.lifecycle import Request
from sync_core.runs.start import claim_run
from sync_core.runs.supervisor import supervise
from sync_core.runs.watch import Watcher, ignore
from sync_core.store.control import Run
from sync_core.store.engines import Databases


def run_here(
    settings: Settings,
    databases: Databases,
    source_name: str,
    *,
    actor: Actor,
    trigger: str = "cli",
    choice: Choice = Choice(),  # noqa: B008 — frozen
    verify: bool = False,
    watch: Watcher = ignore,
) -> Run:
    """The run as it ended. Ctrl-C cancels it. Raises ConfigError, Denied, Busy."""
    request = Request(by=actor, trigger=trigger, choice=choice, verify=verify)
    run = claim_run(settings, databases, source_name, request)
    return supervise(settings, databases, run.id, watch)
