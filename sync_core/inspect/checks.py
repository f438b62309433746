"""What a source's rows are checked for, as SQL that the store understands. It reads nothing."""

from sync_core.engine.source import Check, Source
from sync_core.store.quality import rows_of_rule
from sync_core.store.quality_rules import Condition, Looked


def condition_of(source: Source, rule: str) -> Condition | None:
    """Which rows of the source broke the rule when that was counted last; None for a rule that it
    is not checked for."""
    known = any(check.rule == rule for check in source.quality)
    return rows_of_rule(source.name, rule, source.key) if known else None


def looked_at(source: Source, check: Check) -> Looked:
    return Looked(source.table, source.key, check.columns)
