"""The words for what the core names: sources, statuses, triggers, modes, counts, columns."""

from sync_core.access import audit
from sync_core.access.permissions import ADMIN, ANONYMOUS, OPERATOR, SCHEDULER, VIEWER
from sync_core.base.i18n import N_, _
from sync_core.base.titles import SOURCES as SOURCES
from sync_core.base.titles import source_title as source_title
from sync_core.store.control import FAILED, PENDING, RUNNING, SUCCESS

STATUSES = {
    PENDING: N_("Waiting"),
    RUNNING: N_("Running"),
    SUCCESS: N_("Successful"),
    FAILED: N_("Failed"),
}
ICONS = {
    PENDING: "schedule",
    RUNNING: "sync",
    SUCCESS: "check_circle",
    FAILED: "error",
}
TRIGGERS = {
    "manual": N_("By hand"),
    "schedule": N_("Schedule"),
    "cli": N_("Command line"),
    "retry": N_("Retry"),
}
MODES = {
    "full": N_("Everything"),
    "recent": N_("Current and previous term"),
    "failed": N_("What is not successful yet"),
    "chosen": N_("Chosen campuses and terms"),
}
COUNTS = {
    "fetched": N_("Fetched"),
    "inserted": N_("New"),
    "updated": N_("Changed"),
    "unchanged": N_("Unchanged"),
    "stale": N_("Older term"),
    "duplicates": N_("Repeated"),
    "rejected": N_("Rejected"),
    "missing": N_("No longer reported"),
}
COUNT_MEANINGS = {
    "fetched": N_("Records that the gateway sent; the next six add up to it."),
    "inserted": N_("People who were not in the table before."),
    "updated": N_("People with at least one changed value."),
    "unchanged": N_("People whose values are as before."),
    "stale": N_("Further records of the same people, from older terms; the newest term counts."),
    "duplicates": N_("The same record again within one part."),
    "rejected": N_("Records without a valid key or with a value of a wrong kind; kept apart."),
    "missing": N_("People the gateway no longer reports; their rows are kept."),
}


ROLES = {VIEWER: N_("Viewer"), OPERATOR: N_("Operator"), ADMIN: N_("Administrator")}
ROLE_MEANINGS = {
    VIEWER: N_("Sees runs and rows; personal columns stay masked."),
    OPERATOR: N_(
        "Sees runs and rows, starts, stops and repeats runs, and reveals a person's data with a "
        "reason."
    ),
    ADMIN: N_(
        "May do what an operator may; also changes schedule and settings, manages users and reads "
        "the audit log."
    ),
}
ACTIONS = {
    audit.LOGIN: N_("Logged in"),
    audit.LOGIN_FAILED: N_("Failed to log in"),
    audit.LOGIN_LOCKED: N_("Was locked out"),
    audit.LOGOUT: N_("Logged out"),
    audit.SESSIONS_ENDED: N_("Ended sessions"),
    audit.RUN_REQUESTED: N_("Started a run"),
    audit.RUN_CANCELLED: N_("Stopped a run"),
    audit.RUN_FINISHED: N_("A run ended"),
    audit.REVEALED: N_("Revealed a person's data"),
    audit.EXPORTED: N_("Took an export"),
    audit.SCHEDULE_SAVED: N_("Changed the schedule"),
    audit.CALLER_INSTALLED: N_("Installed who calls the schedule"),
    audit.CALLER_REMOVED: N_("Removed who calls the schedule"),
    audit.SETTING_CHANGED: N_("Changed a setting"),
    audit.CAMPUSES_IMPORTED: N_("Imported the campuses"),
    audit.CAMPUS_CHANGED: N_("Changed a campus"),
    audit.GATEWAY_TESTED: N_("Tested the connection to the gateway"),
    audit.PRUNED: N_("Deleted what was old"),
    audit.DATABASE_MADE_ANEW: N_("Made a database anew"),
    audit.USER_ADDED: N_("Added a user"),
    audit.USER_ROLE: N_("Changed a role"),
    audit.USER_DISABLED: N_("Disabled a user"),
    audit.USER_ENABLED: N_("Enabled a user"),
    audit.PASSWORD_RESET: N_("Set a user's password"),
    audit.PASSWORD_CHANGED: N_("Changed their password"),
}


def status_word(status: str) -> str:
    return _(STATUSES.get(status, status))


def trigger_word(trigger: str) -> str:
    return _(TRIGGERS.get(trigger, trigger))


def mode_word(mode: str) -> str:
    return _(MODES.get(mode, mode))


def person(name: str) -> str:
    """Who did it; the schedule and a stranger are nobody's names."""
    if name == ANONYMOUS.name:
        return _("A stranger")
    return _("Schedule") if name == SCHEDULER.name else name


def role_word(role: str) -> str:
    return _(ROLES.get(role, role))


def role_meaning(role: str) -> str:
    return _(ROLE_MEANINGS[role]) if role in ROLE_MEANINGS else ""


def action_word(action: str) -> str:
    return _(ACTIONS.get(action, action))


def unit_word(unit: str) -> str:
    """The one unit of a source that is read as a whole is named `all`."""
    return _("Everything") if unit == "all" else unit
