"""Reads what sources look up when they plan their units and derive columns."""

from sync_core.base.clock import tehran_today
from sync_core.base.settings import Settings
from sync_core.engine.source import Reference
from sync_core.store import campuses
from sync_core.store.engines import Session


def read_reference(session: Session, settings: Settings) -> Reference:
    """`session` is one of the data database. HAMGAM_CAMPUSES overrides the `pardis` table."""
    codes = settings.campuses or tuple(c.pardis_code for c in campuses.all_campuses(session))
    return Reference(settings, tehran_today(), codes, campuses.province_names(session))
