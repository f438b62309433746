"""What the class of a run's error means to a person, whose move it is, and what to do about it."""

from dataclasses import dataclass

from sync_core.base.i18n import N_, _


@dataclass(frozen=True, slots=True)
class Explanation:
    what: str
    todo: str


EXPLANATIONS = {
    "auth": (
        N_("The gateway refused the user name or the password."),
        N_("Correct the gateway's user name and password in the settings, then sync again."),
    ),
    "network": (
        N_("The gateway could not be reached."),
        N_("Check the network and the gateway's address, then sync again."),
    ),
    "timeout": (
        N_("The gateway did not answer in time, or the run went beyond its time limit."),
        N_("Sync again at a quieter hour; if it happens again, tell the gateway's team."),
    ),
    "gateway": (
        N_("The gateway answered with an error of its own."),
        N_("Sync again in a few minutes; if it happens again, tell the gateway's team."),
    ),
    "payload": (
        N_("The gateway's answer was not what its contract says, so it was not applied."),
        N_("Send the message below to the gateway's team; the data is as it was."),
    ),
    "shrink": (
        N_("Far fewer people came than before. To be safe, that was not applied."),
        N_("Ask the gateway's team whether that is right, before you accept it."),
    ),
    "partial": (
        N_("Some parts were synced and others failed."),
        N_("Look at the parts that failed and sync again; what was synced stays."),
    ),
    "database": (
        N_("The database refused to be read or written."),
        N_("See that no other program holds the database file, then sync again."),
    ),
    "disk": (
        N_("The server has no disk space left."),
        N_("Free some space on the server, then sync again."),
    ),
    "config": (
        N_("A setting is missing or wrong."),
        N_("Correct the setting that the message below names, then sync again."),
    ),
    "cancelled": (
        N_("The run was stopped before its end."),
        N_("What was synced until then stays. Sync again when you are ready."),
    ),
    "crashed": (
        N_("The run ended unexpectedly."),
        N_("Sync again; if it happens again, show the run's log to the technical team."),
    ),
    "busy": (
        N_("Another run of this source is going on."),
        N_("Wait until it ends, or stop it."),
    ),
    "denied": (
        N_("Your role does not allow this."),
        N_("Ask an administrator."),
    ),
}


YOU, IT, GATEWAY, NOBODY = N_("You"), N_("The IT team"), N_("The gateway's team"), N_("Nobody")
MOVES = {
    "auth": IT,
    "network": IT,
    "timeout": YOU,
    "gateway": GATEWAY,
    "payload": GATEWAY,
    "shrink": YOU,
    "partial": YOU,
    "database": IT,
    "disk": IT,
    "config": IT,
    "cancelled": NOBODY,
    "crashed": YOU,
}
"""Whose move it is after a run that failed so."""


def whose_move(error_class: str | None) -> str:
    return _(MOVES.get(error_class or "", YOU))


def explain(error_class: str | None) -> Explanation:
    """An unknown class is explained as an unexpected end."""
    what, todo = EXPLANATIONS.get(error_class or "", EXPLANATIONS["crashed"])
    return Explanation(_(what), _(todo))
