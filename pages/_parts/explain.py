"""What a screen says to an error class: what to press, and where to see more of it."""

from collections.abc import Collection

from sync_core.base.explanations import EXPLANATIONS, MOVES, Explanation, explain, whose_move
from sync_core.base.i18n import N_, _

__all__ = ["EXPLANATIONS", "MOVES", "Explanation", "explain", "whose_move"]

RETRY, ACCEPT = N_("Run again"), N_("Accept and run again")
SETTINGS = N_("Open the settings")
CURES = {
    "auth": (SETTINGS, RETRY),
    "network": (SETTINGS, RETRY),
    "config": (SETTINGS, RETRY),
    "payload": (ACCEPT,),
    "shrink": (ACCEPT,),
}
"""What to press after a run that failed so, one after the other; after any other, RETRY."""

LOOK = {
    "timeout": N_("The tab “Log” shows where it stopped getting on."),
    "payload": N_("The tab “Rejected records” shows what could not become rows, and why."),
    "shrink": N_("“Accept and run again” first shows what it would mean, and asks for a reason."),
    "partial": N_("The tab “Parts” names those that failed first, each with its reason."),
    "database": N_(
        "On the server, “python -m sync_core doctor” tells which database it is and what is wrong."
    ),
    "disk": N_("On the server, “python -m sync_core doctor” tells which disk is full."),
    "crashed": N_("The tab “Log” shows how far it came."),
}
"""Where to see more of it."""

AT_HOME = frozenset({"database", "disk", "config", "crashed"})
"""What is nothing to the gateway's team."""


def cures(error_class: str | None, refused: Collection[str]) -> tuple[str, ...]:
    """`refused`: the guards whose refusals may be accepted. The names of the buttons, in turn."""
    found = CURES.get(error_class or "", (RETRY,))
    return (RETRY,) if found == (ACCEPT,) and not refused else found


def where_to_look(error_class: str | None) -> str:
    """Empty where there is nothing more to see."""
    told = LOOK.get(error_class or "")
    return _(told) if told else ""
