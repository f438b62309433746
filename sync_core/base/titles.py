"""What a source is called before people. One that is not named here goes by its own name."""

from sync_core.base.i18n import N_, _

SOURCES = {"faculty": N_("Faculty members"), "students": N_("Students")}


def source_title(name: str) -> str:
    return _(SOURCES.get(name, name))
