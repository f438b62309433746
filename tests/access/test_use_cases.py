"""Every use-case with every role: refused where the table says so, before anything is looked at."""

import pytest

from sync_core.access import matrix
from sync_core.access.permissions import RUN, allows
from sync_core.base.errors import Denied
from sync_core.engine.source import Choice
from sync_core.runs.lifecycle import Request
from sync_core.runs.start import claim_run
from tests.access.walk import ACTORS, MUST_CHANGE, ROOMS, Touched, Tripwire, call, functions
from tests.access.walk import parameters as of

NOT_ASKING = {
    "access.permissions.allows": "it is the question itself",
    "access.permissions.require": "it is the question itself",
    "access.audit.record": "writes down who did what a use-case allowed, in its transaction",
    "ops.setting_rows.put": "below `gateway_account` and `stored`, which ask",
    "access.sessions.open_session": "the door's, for whom `login` has let in",
}
"""Functions with an `actor` that are no use-cases, and why."""

INTERNAL = {
    "alerts.claims.claim": "what is due, for the sender; nobody's wish is needed",
    "alerts.endings.news_of": "below `lifecycle.finish`: a run's own end",
    "alerts.send.send_due": "sends what rules found; nobody's wish is needed",
    "alerts.watch.disk_low": "below `watch`",
    "alerts.watch.late": "below `watch`",
    "alerts.watch.watch": "looks at the clock; nobody's wish is needed",
    "runs.deliver.look_and_send": "the tick's and the dashboard's; nobody's wish is needed",
    "access.keys.known_key": "this installation's own keys; no person's doing",
    "access.keys.secret_key": "this installation's own keys; no person's doing",
    "access.login.log_in": "the door: nobody is known yet",
    "access.login.verify": "the door: nobody is known yet",
    "access.routes.web_routes": "makes the routes; the gate stands before them",
    "access.sessions.close_session": "one's own, known by the secret in the cookie",
    "access.sessions.find_actor": "finds the actor who is then asked",
    "access.vault.seal": "below `ops.gateway_account`, which asks",
    "access.vault.unseal": "what a run needs; it is never shown",
    "inspect.downloads.asking": "finds the actor who is then asked",
    "inspect.downloads.download_routes": "makes the routes; each finds its actor, who is asked",
    "inspect.run_units.units_of": "below `run_detail`, which asks",
    "inspect.facets.get_ready": "reads into memory what nobody is shown yet",
    "inspect.export.begin_export": "below `export_people` and `take_export`, which ask",
    "inspect.export_folder.own_folder": "for the file that an export is before it is sent",
    "inspect.export_folder.remove_left_behind": "what killed processes left behind",
    "inspect.export_tokens.forget_expired": "what nobody fetched; nobody's wish is needed",
    "inspect.person.row_of": "below `read_person` and `reveal`, which ask",
    "inspect.quality_count.count_quality": "counts what any run left; nobody's wish is needed",
    "ops.gateway_account.gateway_environment": "what a run's child needs; it is never shown",
    "ops.gateway_account.with_gateway": "what a run needs; it is never shown",
    "runs.afterwards.look_after": "the same, for whoever has just ended a run",
    "ops.stored.use_look": "the language and digits of this process's screens",
    "ops.stored.with_stored": "what a run needs; it is never shown",
    "runs.housekeeping.prune_daily": "starts `prune`, which asks",
    "runs.lease.open_impatient": "the supervisor's own connections",
    "runs.lifecycle.begin": "the supervisor's, of a run that was claimed",
    "runs.lifecycle.claim": "below `start.claim_run` and `record_refusal`, which ask",
    "runs.lifecycle.finish": "the supervisor's and the reaper's",
    "runs.proof.ending_of": "the supervisor's: what the ledger proves",
    "runs.proof.failed_ending": "the supervisor's and the reaper's",
    "runs.reaper.reap": "ends what is dead; nobody's wish is needed",
    "runs.reaper.why_over": "the reaper's question",
    "runs.snapshot.snapshot": "names and numbers for a run's row; no secret is among them",
    "runs.start.claim_run": "asks the actor of its Request: see below",
    "runs.start.launch": "of a run that was claimed",
    "runs.supervisor.supervise": "of a run that was claimed",
    "schedule.sweep.get_ready": "the server's own start",
    "schedule.sweep.read_ahead": "reads into memory what nobody is shown yet",
    "schedule.sweep.sweep": "the server's own turn; what it ends is dead",
    "schedule.caller_downloads.caller_routes": "makes routes; each finds its actor, who is asked",
    "schedule.caller_files.folder_of": "names a folder",
    "schedule.carried.carried": "places for the files of callers; no secret is among them",
    "schedule.carried.mark_of": "a name for this installation",
    "schedule.crontab.command": "a line of text with paths and no secret",
    "schedule.crontab.crontab_block": "the same; `caller_files`, which shows it, asks",
    "schedule.crontab.marks": "two lines of that text",
    "schedule.systemd_units.install_commands": "below `caller_commands`, which asks",
    "schedule.systemd_units.remove_commands": "below `caller_commands`, which asks",
    "schedule.systemd_units.systemd_units": "below `caller_files`, which asks",
    "schedule.systemd_units.unit_name": "a name for this installation's units",
    "schedule.windows_task.create_command": "below `caller_commands`, which asks",
    "schedule.windows_task.delete_command": "below `caller_commands`, which asks",
    "schedule.windows_task.task_name": "a name for this installation's task",
    "schedule.windows_task.task_xml": "below `caller_files`, which asks",
    "schedule.glance.all_quiet": "a tick's first look, for cron",
    "schedule.starting.start_retry": "what a tick claimed; it acts as the schedule",
    "schedule.starting.start_slot": "what a tick claimed; it acts as the schedule",
    "schedule.tick.tick": "acts as the schedule, for cron",
}
"""Functions with databases or settings that ask nobody, and why."""

FUNCTIONS = {name: function for room in ROOMS for name, function in functions(room)}


def test_it_has_a_permission_for_every_function_that_is_told_who_acts() -> None:
    told = {name for name, function in FUNCTIONS.items() if "actor" in of(function)}
    assert told - set(NOT_ASKING) == set(matrix.USE_CASES)
    assert told >= set(NOT_ASKING)


def test_it_has_a_reason_for_every_function_that_asks_nobody() -> None:
    silent = {
        name
        for name, function in FUNCTIONS.items()
        if {"databases", "settings"} & of(function) and "actor" not in of(function)
    }
    assert silent == set(INTERNAL)


@pytest.mark.parametrize("role", ACTORS)
@pytest.mark.parametrize("name", matrix.USE_CASES)
def test_it_is_refused_exactly_where_the_table_says_so(name: str, role: str) -> None:
    actor, needed = ACTORS[role], matrix.USE_CASES[name]
    function = FUNCTIONS.get(name)
    assert function is not None, "the table names what is not there"
    if not allows(actor, needed):
        with pytest.raises(Denied):
            call(function, actor)
        return
    # Tripwires are no arguments: what goes on with them comes to some end, but is not refused.
    with pytest.raises((Touched, TypeError, AttributeError)):
        call(function, actor)


@pytest.mark.parametrize("role", ACTORS)
def test_it_refuses_to_claim_a_run_for_whom_the_request_names(role: str) -> None:
    actor, nothing = ACTORS[role], Tripwire()
    request = Request(by=actor, trigger="manual", choice=Choice())
    expected = Touched if allows(actor, RUN) else Denied
    with pytest.raises(expected):
        claim_run(nothing, nothing, "faculty", request)  # type: ignore[arg-type]


def test_it_walks_with_roles_that_may_nothing() -> None:
    """Else a table that allows everything would pass."""
    for name, needed in matrix.USE_CASES.items():
        refused = {role for role, actor in ACTORS.items() if not allows(actor, needed)}
        assert {"nobody", "a role of tomorrow"} <= refused, name
        assert (MUST_CHANGE in refused) == (needed != "own"), name
