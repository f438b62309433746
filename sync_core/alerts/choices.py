"""What an administrator chooses: which rules are on, their thresholds, and when alerts go out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sync_core.access import audit
from sync_core.access.permissions import CONFIGURE, Actor, require
from sync_core.alerts.kinds import KINDS, Kind, RuleBook, Setting
from sync_core.alerts.outbox import read_policy
from sync_core.alerts.policy import KEY, Policy
from sync_core.base.clock import utc_now
from sync_core.base.errors import ConfigError
from sync_core.store import alerts, stored_settings
from sync_core.store.control_alerts import AlertRule
from sync_core.store.engines import Databases, Session

ALL = ""
"""In the place of a source: what holds for every one that has nothing of its own."""
Key = tuple[str, str]
"""Rule and source."""


class ChoicesStale(ConfigError):
    """Somebody else saved them since they were read. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class Choices:
    """`rules`: of each rule, and of each source that has a threshold of its own."""

    rules: Mapping[Key, Setting]
    policy: Policy
    sources: tuple[str, ...]
    updated_at: datetime | None
    updated_by: str | None


def read_choices(databases: Databases, actor: Actor) -> Choices:
    require(actor, CONFIGURE)
    with databases.control.read() as session:
        return _read(session)


def save_choices(
    databases: Databases,
    actor: Actor,
    rules: Mapping[Key, Setting],
    policy: Policy,
    *,
    expected_updated_at: datetime | None = None,
) -> None:
    """`rules` holds every rule; a source that is left out is like all others.

    `expected_updated_at`: the version that the actor saw. Raises Denied, ChoicesStale, and
    ConfigError for a threshold out of its bounds: then nothing was saved.
    """
    require(actor, CONFIGURE)
    for (rule, source), setting in rules.items():
        _check(rule, source, setting)
    with databases.control.write() as session:
        before = _read(session)
        if before.updated_at != expected_updated_at:
            raise _stale(before.updated_by)
        at = utc_now()
        if before.updated_at is not None:
            at = max(at, before.updated_at + timedelta(microseconds=1))
        _put_policy(session, actor, policy, at)
        _put_rules(session, actor, before, rules, at)
        if policy != before.policy:
            told = audit.change("alerts", before.policy.as_text(), policy.as_text())
            audit.record(session, actor, audit.SETTING_CHANGED, KEY, told)


def _read(session: Session) -> Choices:
    rows = alerts.rules(session)
    book, stored = RuleBook(rows), stored_settings.find_settings(session, [KEY]).get(KEY)
    return Choices(
        rules={(rule, ALL): book.of(rule) for rule in KINDS} | dict(book.stored),
        policy=read_policy(session),
        sources=tuple(sorted(alerts.covers(session))),
        updated_at=stored.updated_at if stored else None,
        updated_by=stored.updated_by if stored else None,
    )


def _put_policy(session: Session, actor: Actor, policy: Policy, at: datetime) -> None:
    """Its row is written each time: it carries the version of everything on the form."""
    seen = stored_settings.find_settings(session, [KEY])
    values = {KEY: policy.as_text()}
    if not stored_settings.put_settings(session, values, seen, at=at, by=actor.name):
        raise _stale(None)


def _put_rules(
    session: Session, actor: Actor, before: Choices, rules: Mapping[Key, Setting], at: datetime
) -> None:
    for rule, source in before.rules.keys() - rules.keys():
        if source != ALL:
            alerts.drop_rule(session, rule, source)
            _record(session, actor, rule, source, before.rules[rule, source], None)
    for (rule, source), setting in rules.items():
        old = before.rules.get((rule, source))
        if old != setting:
            row = AlertRule(
                rule=rule,
                source=source,
                enabled=setting.enabled,
                threshold=setting.threshold,
                updated_at=at,
                updated_by=actor.name,
            )
            alerts.put_rule(session, row)
            _record(session, actor, rule, source, old, setting)


def _record(
    session: Session,
    actor: Actor,
    rule: str,
    source: str,
    old: Setting | None,
    new: Setting | None,
) -> None:
    target = f"alert rule {rule} {source}".rstrip()
    audit.record(
        session, actor, audit.SETTING_CHANGED, target, audit.change(rule, _told(old), _told(new))
    )


def _told(setting: Setting | None) -> str:
    if setting is None:
        return "like all"
    state = "on" if setting.enabled else "off"
    return state if setting.threshold is None else f"{state} at {setting.threshold:g}"


def _check(rule: str, source: str, setting: Setting) -> None:
    kind: Kind | None = KINDS.get(rule)
    if kind is None or (source != ALL and not kind.per_source):
        raise ConfigError(f"There is no rule {rule[:20]!r} of its own for {source[:50]!r}.")
    if (setting.threshold is None) != (kind.threshold is None):
        raise ConfigError(f"The rule {rule!r} was given no right threshold.")
    if setting.threshold is not None and not kind.low <= setting.threshold <= kind.high:
        raise ConfigError(
            f"The threshold of the rule {rule!r} is out of bounds.",
            hint=f"Give {kind.low:g} to {kind.high:g} {kind.unit}.",
        )


def _stale(who: str | None) -> ChoicesStale:
    return ChoicesStale(
        f"{who or 'Somebody'} saved the alerts after you opened them.",
        hint="Nothing was changed. Look at them again, then save.",
    )
