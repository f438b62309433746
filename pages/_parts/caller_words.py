"""The words for callers: their names, their states, and in what an installed one differs."""

from sync_core.base.i18n import N_, _
from sync_core.schedule import caller_state as states
from sync_core.schedule import callers
from sync_core.schedule import crontab_differences as parts

CALLERS = {
    callers.CRON: N_("cron"),
    callers.SYSTEMD: N_("systemd"),
    callers.WINDOWS: N_("Windows Task Scheduler"),
    callers.SCHEDULER: N_("The built-in scheduler"),
    callers.HAND: N_("Somebody by hand"),
}
STATES = {
    states.ABSENT: N_("Not installed."),
    states.DIFFERENT: N_("Installed, but not as it should be:"),
    states.INSTALLED: N_("Installed, and as it should be."),
    states.UNKNOWN: N_("Whether it is installed cannot be seen from here."),
}
ICONS = {
    states.ABSENT: "radio_button_unchecked",
    states.DIFFERENT: "difference",
    states.INSTALLED: "check_circle",
    states.UNKNOWN: "help",
}
PARTS = {
    parts.PAUSED: N_("It is there, but switched off by a # before it."),
    parts.TIMES: N_("It comes at other times."),
    parts.MORE: N_("There is a further line in the block, which is not ours."),
    parts.COMMAND: N_("It calls another command."),
    parts.FOLDER: N_("It goes to another folder."),
    parts.PROGRAM: N_("It calls another Python."),
    parts.LOCK: N_("It uses another lock."),
    parts.LOG: N_("It writes another log."),
    states.DISABLED: N_("The timer is there, but not switched on."),
    states.INCOMPLETE: N_("Only one of the two files is there."),
}


def caller_word(caller: str) -> str:
    return _(CALLERS.get(caller, caller))


def part_word(part: states.Part) -> str:
    if part.name in PARTS:
        return _(PARTS[part.name])
    if part.name.startswith("HAMGAM_"):
        return _("It works with another {setting}.").format(setting=part.name)
    return _("The installed file {file} is another one.").format(file=part.name)
