"""The words for what the core names: sources, statuses, triggers, modes, counts, columns."""

from sync_core.base.i18n import N_, _
from sync_core.store.control import FAILED, PENDING, RUNNING, SUCCESS

SOURCES = {"faculty": N_("Faculty members"), "students": N_("Students")}
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


def source_title(name: str) -> str:
    return _(SOURCES.get(name, name))


def status_word(status: str) -> str:
    return _(STATUSES.get(status, status))


def trigger_word(trigger: str) -> str:
    return _(TRIGGERS.get(trigger, trigger))


def mode_word(mode: str) -> str:
    return _(MODES.get(mode, mode))


def person(name: str) -> str:
    """Who asked for a run; the schedule is nobody's name."""
    return _("Schedule") if name == "schedule" else name


def unit_word(unit: str) -> str:
    """The one unit of a source that is read as a whole is named `all`."""
    return _("Everything") if unit == "all" else unit
