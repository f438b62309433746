"""Each page through the router: renders, empty, error, each action. Times run in no browser."""

import json
import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from streamlit.testing.v1 import AppTest

from pages._parts import schedule_words, start_dialog
from pages._parts.attention import REASONS
from pages._parts.explain import EXPLANATIONS
from sync_core.access.permissions import ADMIN, OPERATOR, VIEWER, Actor
from sync_core.base.clock import utc_now
from sync_core.base.errors import Busy, ConfigError
from sync_core.base.i18n import _
from sync_core.base.jalali import jalali_date, tehran_date
from sync_core.base.settings import load
from sync_core.engine.plan import MODES
from sync_core.engine.source import Choice
from sync_core.schedule import timing
from sync_core.schedule.plans import read_schedules, save_schedule
from sync_core.store.control import Run, Schedule
from sync_core.store.data import unit_state
from sync_core.store.engines import Databases
from tests import seed
from tests.pages.screen import Open, confirmed, keys, settled, words

CLASSES = [
    *("auth", "network", "timeout", "gateway", "payload", "shrink"),
    *("partial", "database", "disk", "config", "cancelled", "crashed"),
]


@pytest.mark.parametrize("page", ["overview", "runs", "faculty", "students", "schedule"])
def test_it_shows_an_empty_state_before_anything_ran(open_page: Open, page: str) -> None:
    shown = words(open_page(page))
    assert {
        "overview": "هنوز داده‌ای نیست",
        "runs": "هنوز چیزی اجرا نشده است.",
        "faculty": "هنوز ردیفی نیست.",
        "students": "هنوز ردیفی نیست.",
        "schedule": "هنوز اجرا نشده",
    }[page] in shown


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the gateway, complete."""
    for name in ("URL", "USER", "PASSWORD"):
        monkeypatch.setenv(f"HAMGAM_GATEWAY_{name}", "https://api.example.ac.ir")


@pytest.mark.usefixtures("account")
def test_it_says_all_is_well_when_every_source_succeeded(
    open_page: Open, databases: Databases
) -> None:
    for source in seed.SOURCES:
        seed.add_success(databases, source)
        seed.add_ledger(databases, source, timedelta(hours=2))

    shown = words(open_page())

    assert "همه‌چیز روبه‌راه است." in shown
    assert "2 ساعت پیش" in shown
    assert '<bdi dir="ltr">1,200</bdi>' in shown


@pytest.mark.parametrize(
    ("role", "link"), [(ADMIN, True), (OPERATOR, False)], ids=["admin", "operator"]
)
def test_it_sends_to_the_gateways_account_before_a_first_sync(
    open_page: Open, databases: Databases, role: str, link: bool
) -> None:
    shown = words(open_page("overview", role))

    assert _("The gateway's account is not complete: no sync can start.") in shown
    assert ('href="settings?section=gateway"' in shown) is link
    assert _(REASONS["never"]) not in shown
    assert _("All is well.") not in shown


@pytest.mark.parametrize("error_class", CLASSES)
def test_it_explains_every_failure_in_persian(
    open_page: Open, databases: Databases, error_class: str
) -> None:
    seed.add_failure(databases, "faculty", error_class, error_message="<b>502</b> & more")

    shown = words(open_page())

    what, todo = EXPLANATIONS[error_class]
    assert what not in shown
    assert todo not in shown
    assert "&lt;b&gt;502&lt;/b&gt; &amp; more" in shown
    assert "<b>502</b>" not in shown


def test_it_shows_where_a_run_is_while_it_runs(open_page: Open, databases: Databases) -> None:
    seed.add_campuses(databases)
    seed.add_running(databases, "students")

    app = open_page()

    assert "در حال همگام‌سازی: دانشجویان" in words(app)
    assert seed.CAMPUSES["1120"] in words(app)
    assert "stop_students" in keys(app)
    assert "sync_students" not in keys(app)


def test_it_starts_a_run_only_after_the_confirmation(
    open_page: Open, databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[tuple[str, str, str]] = []
    monkeypatch.setattr(
        start_dialog,
        "start_run",
        lambda _s, _d, source, actor, choice: started.append((source, actor.name, choice.mode)),
    )
    seed.add_success(databases, "faculty")

    app = settled(open_page().button(key="sync_faculty").click().run())
    assert not started
    assert "4 دقیقه و 12 ثانیه" in words(app)
    confirmed(app, "sync_faculty", "dialog_start")

    assert started == [("faculty", "example", "full")]


def test_a_start_can_be_of_a_part(
    open_page: Open, databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen: list[Choice] = []
    monkeypatch.setattr(start_dialog, "start_run", lambda *_, choice, **__: chosen.append(choice))
    seed.add_campuses(databases)
    seed.add_success(databases, "students")
    monkeypatch.setenv("HAMGAM_TERMS", "4051,4043")

    app = settled(open_page().button(key="sync_students").click().run())
    assert "6 بخش" in words(app)
    app.button(key="sync_students").click()
    app.radio(key="start_mode").set_value("chosen")
    app = settled(app.run())
    app.button(key="sync_students").click()
    app.multiselect(key="start_campuses").select("1120")
    app = settled(app.run())
    assert "2 بخش دریافت می‌شود." in words(app)
    confirmed(app, "sync_students", "dialog_start")

    assert chosen == [Choice(campuses=("1120",))]


def test_nothing_is_started_where_nothing_is_open(
    open_page: Open, databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HAMGAM_TERMS", ",".join(seed.TERMS))
    seed.add_campuses(databases)
    seed.add_ledger(databases, "students", timedelta(hours=2))
    with databases.data.write() as session:
        session.execute(update(unit_state).values(status="success"))

    app = open_page().button(key="sync_students").click().run()
    app.button(key="sync_students").click()
    app.radio(key="start_mode").set_value("failed")
    app = settled(app.run())

    assert "چیزی باز نیست" in words(app)
    assert app.button(key="dialog_start").disabled


def test_it_says_who_runs_when_another_run_is_active(
    open_page: Open, databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = seed.add_running(databases, "students", requested_by="somebody")

    def refuse(*_: object, **__: object) -> int:
        raise Busy("Another run of faculty is active.", run_id=run_id, source="faculty")

    monkeypatch.setattr(start_dialog, "start_run", refuse)
    app = open_page().button(key="sync_faculty").click().run()
    app = confirmed(app, "sync_faculty", "dialog_start")

    assert any("somebody" in warning.value for warning in app.warning)


def test_it_says_what_is_wrong_when_a_start_is_refused(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> int:
        raise ConfigError("HAMGAM_GATEWAY_URL is not set.", hint="Set it.")

    monkeypatch.setattr(start_dialog, "start_run", refuse)
    app = open_page().button(key="sync_faculty").click().run()
    app = confirmed(app, "sync_faculty", "dialog_start")

    assert "یکی از تنظیمات وارد نشده یا نادرست است." in words(app)
    assert [code.value for code in app.code] == ["HAMGAM_GATEWAY_URL is not set. Set it."]


def test_it_asks_a_run_to_stop_only_after_the_confirmation(
    open_page: Open, databases: Databases
) -> None:
    run_id = seed.add_running(databases, "students")

    def cancelled_by() -> str | None:
        with databases.control.read() as session:
            run = session.get(Run, run_id)
            assert run is not None
            return run.cancel_requested_by

    app = settled(open_page("overview", OPERATOR).button(key="stop_students").click().run())
    assert cancelled_by() is None
    confirmed(app, "stop_students", "dialog_stop")

    assert cancelled_by() == "example"


def test_a_viewer_sees_the_buttons_but_cannot_press_them(open_page: Open) -> None:
    app = open_page("overview", VIEWER)

    assert app.button(key="sync_faculty").disabled
    assert "نقش شما" in app.button(key="sync_faculty").help


def test_the_history_filters_by_its_address(open_page: Open, databases: Databases) -> None:
    good = seed.add_success(databases, "faculty")
    bad = seed.add_failure(databases, "students", "timeout")

    shown = words(open_page("runs", source="students", status="failed"))

    assert f"id={bad}" in shown
    assert f"id={good}" not in shown
    assert words(open_page("runs", status="nonsense")).count("run?id=") == 2


def test_the_history_writes_its_filters_into_the_address(
    open_page: Open, databases: Databases
) -> None:
    seed.add_success(databases, "faculty")

    app = open_page("runs").selectbox(key="filter_source").select("students").run()
    assert app.query_params["source"] == "students"
    assert "هیچ اجرایی با این فیلترها نمی‌خواند." in words(settled(app))

    app.selectbox(key="filter_source").select("").run()
    assert "source" not in app.query_params


def test_the_history_has_pages_and_a_chart_of_each_day(
    open_page: Open, databases: Databases
) -> None:
    seed.add_history(databases, "faculty", 56)  # Of 28 days: whatever the hour, within 30.

    first, third = open_page("runs"), open_page("runs", page="3")

    assert words(first).count('"run?id=') == 25
    assert words(third).count('"run?id=') == 6
    assert "56 اجرا" in words(first)
    spec = json.loads(first.get("echarts_chart")[0].proto.spec)
    with databases.control.read() as session:
        days = {jalali_date(tehran_date(at)) for at in session.scalars(select(Run.created_at))}
    assert spec["xAxis"]["data"] == sorted(days)
    assert sum(sum(series["data"]) for series in spec["series"]) == 56


def test_one_run_shows_its_counts_units_and_log(open_page: Open, databases: Databases) -> None:
    run_id = seed.add_failure(databases, "students", "partial", units_done=11, units_failed=1)
    seed.add_units(databases, run_id, failed=["4051/1120"])
    log = load().run_log(run_id)
    log.write_text("2026-11-23T09:00:00Z INFO    example line\n", encoding="utf-8")

    app = open_page("run", id=str(run_id))

    assert "4051/1120" in words(app)
    assert "The gateway answered 502 five times." in words(app)
    note, shown_log = app.code
    assert "4051/1120: gateway: The gateway answered 502 five times." in note.value
    assert "example line" in shown_log.value
    app = settled(app.text_input(key="log_text").set_value("nothing like it").run())
    assert "هیچ خطی نمی‌خواند." in words(app)


@pytest.mark.parametrize("number", ["77", "x", "-1", "99999999999999999999999"])
def test_a_run_that_does_not_exist_harms_nobody(open_page: Open, number: str) -> None:
    assert "اجرایی با این شماره" in words(open_page("run", id=number))


def test_people_are_shown_masked_in_pages(open_page: Open, databases: Databases) -> None:
    seed.add_faculty(databases, 60, missing=3)

    app = open_page("faculty")
    second = open_page("faculty", page="2")

    assert "کد ملی" in words(app)
    assert "ستون‌های شخصی پوشیده‌اند" in words(app)
    assert "60 ردیف" in words(app)
    assert words(app).count("<tr>") == 51
    assert words(second).count("<tr>") == 11
    assert "0900000" not in words(app)
    assert "example.ac.ir" not in words(app)


def test_people_no_longer_reported_can_be_shown_alone(
    open_page: Open, databases: Databases
) -> None:
    seed.add_students(databases, 9, missing=2)

    app = open_page("students", rows="missing")

    assert "2 ردیف" in words(app)
    assert words(app).count("<tr>") == 3
    assert "1405/07/09" in words(app)


def test_a_value_from_the_gateway_is_never_html(open_page: Open, databases: Databases) -> None:
    seed.add_faculty(databases, 1, name="<img src=x onerror=alert(1)>")

    shown = words(open_page("faculty"))

    assert "<img" not in shown
    assert "&lt;img" in shown


def test_the_schedule_saves_what_was_chosen_and_says_it(
    open_page: Open, databases: Databases
) -> None:
    app = open_page("schedule").toggle(key="auto_faculty_0").set_value(True).run()
    app.number_input(key="interval_faculty_0").set_value(6)
    app.selectbox(key="unit_faculty_0").select("hours")
    app = settled(app.button(key="save_faculty").click().run())

    plan = next(
        plan for plan in read_schedules(databases, seed.VISITOR) if plan.source == "faculty"
    )
    assert (plan.enabled, plan.interval_value, plan.interval_unit) == (True, 6, "hours")
    assert "ذخیره شد: هر 6 ساعت." in words(app)
    assert (load().home / "crontab").is_file()
    assert "BEGIN hamgam" in app.code[0].value


def test_the_schedule_refuses_an_interval_out_of_range(
    open_page: Open, databases: Databases
) -> None:
    app = open_page("schedule").toggle(key="auto_faculty_0").set_value(True).run()
    app.number_input(key="interval_faculty_0").set_value(366)
    app.selectbox(key="unit_faculty_0").select("days")
    app = settled(app.button(key="save_faculty").click().run())

    assert "بازهٔ زمانی باید از ۱ دقیقه تا ۳۶۵ روز باشد." in words(app)
    assert not any(plan.enabled for plan in read_schedules(databases, seed.VISITOR))


def test_the_schedule_does_not_overwrite_what_somebody_just_saved(
    open_page: Open, databases: Databases
) -> None:
    app = open_page("schedule").toggle(key="auto_faculty_0").set_value(True).run()
    faster = Actor("colleague", ADMIN, 2)
    save_schedule(
        databases, faster, "faculty", enabled=True, interval_value=3, interval_unit="days"
    )
    app = settled(app.button(key="save_faculty").click().run())

    assert "colleague" in words(app)
    assert app.number_input(key="interval_faculty_1").value == 3
    plan = next(
        plan for plan in read_schedules(databases, seed.VISITOR) if plan.source == "faculty"
    )
    assert plan.updated_by == "colleague"


def test_only_an_administrator_may_change_the_schedule(open_page: Open) -> None:
    app = open_page("schedule", OPERATOR)

    assert app.button(key="save_faculty").disabled
    assert app.toggle(key="auto_faculty_0").disabled
    assert "فقط مدیر" in words(app)


@pytest.mark.parametrize(("ago", "shown"), [(1, "آخرین فراخوانی: 1 دقیقه پیش"), (30, "cron کار")])
def test_the_schedule_says_when_it_was_last_called(
    open_page: Open, databases: Databases, ago: int, shown: str
) -> None:
    seed.beat(databases, timedelta(minutes=ago))
    assert shown in words(open_page("schedule"))


def test_every_unit_of_time_has_a_word() -> None:
    from sync_core.schedule.interval import UNITS

    assert set(schedule_words.UNITS) == set(UNITS)


def plan_of_faculty(databases: Databases) -> Schedule:
    [plan] = [one for one in read_schedules(databases, seed.VISITOR) if one.source == "faculty"]
    return plan


def with_weekdays(open_page: Open) -> AppTest:
    app = open_page("schedule").toggle(key="auto_faculty_0").set_value(True).run()
    return settled(app.selectbox(key="kind_faculty_0").select("weekly").run())


def test_the_schedule_shows_the_next_runs_before_and_after_it_saves_them(
    open_page: Open, databases: Databases
) -> None:
    app = with_weekdays(open_page)
    app.text_input(key="times_faculty_0").set_value("۳:۰۰، 14:30").run()
    before = words(app)
    assert before.count("<li>") == 5
    app = settled(app.button(key="save_faculty").click().run())

    plan = plan_of_faculty(databases)
    assert (plan.kind, plan.times, plan.weekdays) == ("weekly", "03:00,14:30", "0,1,2,3,4,5,6")
    assert words(app).count("<li>") == 5
    assert re.findall("<li>.*?<small>", words(app)) == re.findall("<li>.*?<small>", before)
    assert app.text_input(key="times_faculty_1").value == "03:00, 14:30"


@pytest.mark.parametrize(
    ("times", "refusal"), [("", "no_time"), ("25:00", "times"), ("at night", "times")]
)
def test_the_schedule_says_why_it_refuses_and_keeps_what_was_typed(
    open_page: Open, databases: Databases, times: str, refusal: str
) -> None:
    app = with_weekdays(open_page)
    app.text_input(key="times_faculty_0").set_value(times)
    app = settled(app.button(key="save_faculty").click().run())

    assert _(schedule_words.REFUSALS[refusal]) in words(app)
    assert app.text_input(key="times_faculty_0").value == times
    assert not plan_of_faculty(databases).enabled


def test_the_schedule_saves_the_rest_of_what_was_chosen(
    open_page: Open, databases: Databases
) -> None:
    app = open_page("schedule").toggle(key="auto_faculty_0").set_value(True).run()
    app = app.toggle(key="quiet_faculty_0").set_value(True).run()
    app.selectbox(key="mode_faculty_0").select("recent")
    app.selectbox(key="missed_faculty_0").select("skip")
    app.number_input(key="retries_faculty_0").set_value(3)
    app.number_input(key="retry_wait_faculty_0").set_value(20)
    settled(app.button(key="save_faculty").click().run())

    plan = plan_of_faculty(databases)
    assert (plan.quiet_from, plan.quiet_to, plan.mode) == ("22:00", "06:00", "recent")
    assert (plan.missed, plan.retries, plan.retry_wait_minutes) == ("skip", 3, 20)


def test_the_schedule_is_switched_off_whatever_stands_in_its_fields(
    open_page: Open, databases: Databases
) -> None:
    save_schedule(databases, Actor("k", ADMIN), "faculty", enabled=True, interval_value=5)
    app = open_page("schedule")
    app = app.selectbox(key="kind_faculty_0").select("monthly").run()
    app = app.toggle(key="auto_faculty_0").set_value(False).run()
    settled(app.button(key="save_faculty").click().run())

    plan = plan_of_faculty(databases)
    assert (plan.enabled, plan.kind, plan.interval_value) == (False, "every", 5)


def test_the_schedule_says_how_long_a_failing_source_waits_and_what_a_run_stood_for(
    open_page: Open, databases: Databases
) -> None:
    save_schedule(databases, Actor("k", ADMIN), "faculty", enabled=True, interval_value=60)
    later = utc_now() + timedelta(hours=8)
    with databases.control.write() as session:
        plan = session.get(Schedule, "faculty")
        assert plan is not None
        plan.failures, plan.held_until, plan.next_due_at = 4, later, later
        plan.last_fired_at, plan.last_missed = utc_now() - timedelta(hours=1), 7
    shown = words(open_page("schedule", VIEWER))

    assert schedule_words.held(plan) in shown
    assert schedule_words.caught_up(plan) in shown
    assert "4" in schedule_words.held(plan)


def test_every_refusal_and_choice_of_a_schedule_has_words() -> None:
    assert set(schedule_words.KINDS) == set(timing.KINDS)
    assert set(schedule_words.MISSED) == set(timing.MISSED)
    assert set(schedule_words.MODES) == set(MODES)
    reasons = {timing.INTERVAL, timing.TIMES, timing.NO_TIME, timing.NO_WEEKDAY, timing.NO_DAY}
    reasons |= {timing.QUIET, timing.ALL_QUIET, timing.RETRY, timing.CHOICE}
    assert set(schedule_words.REFUSALS) == reasons
