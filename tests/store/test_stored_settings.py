"""Settings of the page: whose word counts, what a run would go by, who is told what."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from sync_core.access.permissions import ADMIN, OPERATOR, Actor
from sync_core.base import i18n, settable
from sync_core.base.errors import ConfigError, Denied
from sync_core.base.settable import LIMITS, LOOK, PLAN, RETENTION, SETTABLE, Settable
from sync_core.base.settings import Settings, load
from sync_core.engine.guards import Bounds
from sync_core.inspect.audit import audit_page
from sync_core.ops.stored import (
    DEFAULT,
    ENVIRONMENT,
    FIXED,
    SCREEN,
    STALE,
    WRONG,
    Section,
    SettingRefused,
    environment_of,
    read_section,
    save_section,
    with_stored,
)
from sync_core.store import stored_settings
from sync_core.store.engines import Databases

KARIMI, RAHIMI = Actor("karimi", ADMIN, 1), Actor("rahimi", ADMIN, 2)
OTHER = {
    **{"page_size": "500", "concurrency": "3", "requests_per_s": "2.5", "tries": "7"},
    **{"connect_timeout_s": "5", "call_timeout_s": "30.5", "login_timeout_s": "9"},
    **{"retry_wait_s": "20", "retry_budget_s": "99", "time_limit_s": "1200"},
    **{"stall_limit_s": "77", "shrink_percent": "12.5", "shrink_least": "5"},
    **{"rejects_percent": "0.5", "rejects_least": "0", "missing_percent": "33"},
    **{"first_year": "1402", "terms": "4041,4042", "keep_changes_days": "90"},
    **{"keep_rejects_days": "91", "keep_logs_days": "92", "keep_runs_days": "93"},
    **{"keep_alerts_days": "94"},
    **{"lang": "en", "digits": "latin"},
}
"""A value of each that is not its default."""


def save(databases: Databases, section: str = LIMITS, actor: Actor = KARIMI, **given: str) -> None:
    seen = read(databases, section).updated_at
    save_section(load(), databases, actor, section, given, expected_updated_at=seen)


def read(databases: Databases, section: str = LIMITS) -> Section:
    return read_section(load(), databases, KARIMI, section)


def effective(databases: Databases) -> Settings:
    return with_stored(load(), databases)


def told(databases: Databases) -> list[tuple[str, str | None, str | None]]:
    page = audit_page(databases, KARIMI, 1, action="setting.changed")
    return [(row.actor, row.target, row.detail) for row in page.entries]


def test_it_has_a_value_to_try_for_every_setting() -> None:
    assert set(OTHER) == {one.key for one in SETTABLE}
    assert Bounds.of(load()) == Bounds()


@pytest.mark.parametrize("one", SETTABLE, ids=lambda one: one.key)
def test_it_goes_by_what_is_stored_and_tells_a_child(databases: Databases, one: Settable) -> None:
    save(databases, one.section, **{one.key: OTHER[one.key]})
    now = effective(databases)
    assert one.written(getattr(now, one.key)) == OTHER[one.key]
    view = read(databases, one.section)[one.key]
    assert (view.source, view.is_fixed) == (SCREEN, False)
    environ = {"HAMGAM_HOME": "var", one.variable: OTHER[one.key]}
    assert getattr(load(environ), one.key) == getattr(now, one.key), "a child reads the same"


def test_it_hands_a_child_what_is_stored_and_nothing_that_is_default(
    databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HAMGAM_GATEWAY_URL", "https://api.example.ac.ir")
    monkeypatch.setenv("HAMGAM_GATEWAY_USER", "hamgam")
    monkeypatch.setenv("HAMGAM_GATEWAY_PASSWORD", "only the environment's")
    save(databases, page_size="500", tries="5")
    handed = environment_of(effective(databases), load())
    assert handed == {"HAMGAM_PAGE_SIZE": "500"}


def test_it_lets_the_environment_count_first(
    databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(databases, page_size="500", tries="7")
    monkeypatch.setenv("HAMGAM_PAGE_SIZE", "200")
    assert (effective(databases).page_size, effective(databases).tries) == (200, 7)
    view = read(databases)["page_size"]
    assert (view.value, view.source) == (200, ENVIRONMENT)
    with pytest.raises(SettingRefused) as refused:
        save(databases, page_size="300", tries="9")
    assert (refused.value.reason, refused.value.key) == (FIXED, "page_size")
    assert effective(databases).tries == 7, "nothing was saved"


@pytest.mark.parametrize(
    ("section", "key", "given", "says"),
    [
        (LIMITS, "page_size", "9", "from 10 to 1000000"),
        (LIMITS, "page_size", "many", "a whole number"),
        (LIMITS, "concurrency", "65", "from 1 to 64"),
        (LIMITS, "requests_per_s", "0.001", "0 for no limit"),
        (LIMITS, "call_timeout_s", "0", "above 0"),
        (LIMITS, "call_timeout_s", "nan", "above 0"),
        (LIMITS, "shrink_percent", "100.1", "from 0 to 100"),
        (LIMITS, "missing_percent", "-1", "from 0 to 100"),
        (LIMITS, "missing_percent", "inf", "from 0 to 100"),
        (PLAN, "terms", "4044", "1, 2 or 3"),
        (PLAN, "first_year", "1200", "from 1300 to 1499"),
        (RETENTION, "keep_changes_days", "-1", "whole number"),
        (LOOK, "lang", "de", "one of fa, en"),
    ],
)
def test_it_names_the_field_and_its_bounds_and_saves_nothing(
    databases: Databases, section: str, key: str, given: str, says: str
) -> None:
    good = {LIMITS: {"tries": "7"}, PLAN: {}, RETENTION: {"keep_logs_days": "1"}, LOOK: {}}
    with pytest.raises(SettingRefused, match=f"HAMGAM_{key.upper()}") as refused:
        save(databases, section, **{**good[section], key: given})
    assert (refused.value.reason, refused.value.key) == (WRONG, key)
    assert says in refused.value.hint
    assert read(databases, section).updated_at is None
    assert told(databases) == []


def test_it_tells_the_second_of_two_and_keeps_the_first(databases: Databases) -> None:
    save(databases, tries="6")
    seen = read(databases).updated_at
    save(databases, tries="7", actor=RAHIMI)
    with pytest.raises(SettingRefused, match="rahimi") as refused:
        save_section(load(), databases, KARIMI, LIMITS, {"tries": "8"}, expected_updated_at=seen)
    assert refused.value.reason == STALE
    assert effective(databases).tries == 7


def test_it_lets_one_of_many_win_who_save_at_once(databases: Databases) -> None:
    def attempt(n: int) -> bool:
        try:
            save_section(load(), databases, Actor(f"a{n}", ADMIN), LIMITS, {"tries": str(n)})
        except SettingRefused:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        won = list(pool.map(attempt, range(6, 12)))
    assert won.count(True) == 1
    assert effective(databases).tries == 6 + won.index(True)


def test_it_sees_no_conflict_between_two_sections(databases: Databases) -> None:
    save(databases, tries="6")
    save_section(load(), databases, RAHIMI, PLAN, {"first_year": "1403"})
    assert (effective(databases).tries, effective(databases).first_year) == (6, 1403)


def test_it_records_what_was_changed_from_what_to_what(databases: Databases) -> None:
    save(databases, tries="6", page_size="1000")
    save(databases, tries="")
    assert told(databases) == [
        ("karimi", "tries", "tries: 6 → default"),
        ("karimi", "tries", "tries: default → 6"),
    ]
    assert read(databases)["tries"].source == DEFAULT


def test_it_takes_persian_digits(databases: Databases) -> None:
    save(databases, tries="۷")
    save(databases, PLAN, terms="۴۰۴۱, ۴۰۴۲")
    assert (effective(databases).tries, effective(databases).terms) == (7, ("4041", "4042"))


def test_it_lets_no_run_start_by_a_stored_value_that_is_wrong(databases: Databases) -> None:
    """Of an older version, or written by hand: neither the default nor the value is a guess."""
    row = {"page_size": "3"}
    at = datetime(2026, 11, 24, tzinfo=UTC)
    with databases.control.write() as session:
        assert stored_settings.put_settings(session, row, {}, at=at, by="somebody")
    with pytest.raises(ConfigError, match="stored HAMGAM_PAGE_SIZE") as refused:
        effective(databases)
    assert "settings page" in refused.value.hint
    assert "PAGE_SIZE" in read(databases)["page_size"].trouble
    save(databases, page_size="500")
    assert effective(databases).page_size == 500


def test_it_stores_nothing_that_is_no_setting_of_the_section(databases: Databases) -> None:
    for key in ("gateway_password", "database_url", "lang"):
        with pytest.raises(KeyError):
            save(databases, LIMITS, **{key: "x"})


def test_it_has_no_secret_among_them() -> None:
    words = ("password", "user", "token", "secret", "url")
    assert not [one.key for one in SETTABLE if any(word in one.key for word in words)]


def test_it_shows_the_stored_language_at_once(databases: Databases) -> None:
    save(databases, LOOK, lang="en", digits="auto")
    assert (i18n.language(), i18n.digits()) == ("en", settable.LATIN)
    save(databases, LOOK, lang="fa", digits="auto")
    assert (i18n.language(), i18n.digits()) == ("fa", settable.PERSIAN)
    save(databases, LOOK, digits="latin")
    assert (i18n.language(), i18n.digits()) == ("fa", settable.LATIN)


def test_it_is_refused_to_who_may_not_configure(databases: Databases) -> None:
    with pytest.raises(Denied):
        save(databases, actor=Actor("ahmadi", OPERATOR, 3), tries="6")
