"""Reveals the personal columns of one person, after it is on record who wanted that and why."""

from collections.abc import Mapping
from typing import Any

from sync_core.access import audit
from sync_core.access.permissions import REVEAL, Actor, require
from sync_core.base.settings import Settings
from sync_core.engine.source import Source
from sync_core.inspect.masking import mask_text, personal_columns, unmasked
from sync_core.inspect.person import row_of
from sync_core.inspect.reasons import LONGEST_REASON, checked_reason
from sync_core.inspect.refs import Refs, mark_of
from sync_core.store.engines import Databases

__all__ = ["LONGEST_REASON", "reveal"]


def reveal(
    settings: Settings,
    databases: Databases,
    actor: Actor,
    source: Source,
    ref: str,
    reason: str,
) -> Mapping[str, Any]:
    """Personal column → value. Raises Denied, UnknownPerson, or ConfigError without a reason.

    What cannot be put on record is not revealed. The record holds the ref's mark and the reason,
    with numbers and addresses in it masked.
    """
    require(actor, REVEAL)
    reason = checked_reason(reason)
    key = Refs.of(settings, source).key_of(ref)
    row_of(databases, source, key, ())  # of whom there is no row, nothing is put on record
    with databases.control.write() as session:
        target = f"{source.name} {mark_of(ref)}"
        audit.record(session, actor, audit.REVEALED, target, mask_text(reason))
    personal = [column.name for column in personal_columns(source)]
    return unmasked(actor, source, row_of(databases, source, key, personal))
