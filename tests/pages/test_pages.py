"""Each page through the router: renders, empty, error, each action. Times run in no browser."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from pages import _session
from pages._parts import dialogs, schedule_form
from pages._parts.explain import EXPLANATIONS
from sync_core.access.permissions import ADMIN, OPERATOR, VIEWER, Actor
from sync_core.base.errors import Busy, ConfigError
from sync_core.base.settings import load
from sync_core.runs.log import log_path
from sync_core.schedule.plans import read_schedules, save_schedule
from sync_core.store.control import Run
from sync_core.store.engines import Databases
from tests import seed

ROUTER = Path(__file__).resolve().parents[2] / "pages" / "_router.py"
CLASSES = [
    *("auth", "network", "timeout", "gateway", "payload", "shrink"),
    *("partial", "database", "disk", "config", "cancelled", "crashed"),
]

Open = Callable[..., AppTest]


@pytest.fixture
def databases() -> Iterator[Databases]:
    opened = seed.prepared(load())
    yield opened
    opened.dispose()


@pytest.fixture
def open_page(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Opens a page as somebody with a role; `address` is its query."""

    def open_(page: str = "overview", role: str = ADMIN, /, **address: str) -> AppTest:
        actor = Actor("example", role, 1)
        monkeypatch.setattr(_session, "_find_actor", lambda: actor)
        app = AppTest.from_file(str(ROUTER), default_timeout=30)
        for name, value in address.items():
            app.query_params[name] = value
        if page != "overview":
            app.switch_page(f"{page}.py")
        return settled(app.run())

    st.cache_data.clear()
    st.cache_resource.clear()
    yield open_
    st.cache_data.clear()
    st.cache_resource.clear()


def settled(app: AppTest) -> AppTest:
    """No exception of ours or of Streamlit's is on the screen."""
    assert not app.exception
    assert not [error.value for error in app.error if "این صفحه با خطا" in error.value]
    return app


def words(app: AppTest) -> str:
    """Everything that a person can read, own HTML included."""
    own = [element.proto.body for element in app.get("html")]
    kinds = ("title", "subheader", "caption", "markdown", "error", "warning", "success", "info")
    return "\n".join([*own, *(found.value for kind in kinds for found in getattr(app, kind))])


def confirmed(app: AppTest, opener: str, button: str) -> AppTest:
    """AppTest runs the whole page where a browser runs the dialog: its opener is pressed again."""
    app.button(key=opener).click()
    app.button(key=button).click()
    return settled(app.run())


def keys(app: AppTest) -> set[str]:
    return {button.key for button in app.button}


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
    started: list[tuple[str, str]] = []
    monkeypatch.setattr(
        dialogs, "start_run", lambda _s, _d, source, actor: started.append((source, actor.name))
    )
    seed.add_success(databases, "faculty")

    app = settled(open_page().button(key="sync_faculty").click().run())
    assert not started
    assert "4 دقیقه و 12 ثانیه" in words(app)
    confirmed(app, "sync_faculty", "dialog_start")

    assert started == [("faculty", "example")]


def test_it_says_who_runs_when_another_run_is_active(
    open_page: Open, databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = seed.add_running(databases, "students", requested_by="somebody")

    def refuse(*_: object, **__: object) -> int:
        raise Busy("Another run of faculty is active.", run_id=run_id, source="faculty")

    monkeypatch.setattr(dialogs, "start_run", refuse)
    app = open_page().button(key="sync_faculty").click().run()
    app = confirmed(app, "sync_faculty", "dialog_start")

    assert any("somebody" in warning.value for warning in app.warning)


def test_it_says_what_is_wrong_when_a_start_is_refused(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> int:
        raise ConfigError("HAMGAM_GATEWAY_URL is not set.", hint="Set it.")

    monkeypatch.setattr(dialogs, "start_run", refuse)
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
    assert words(open_page("runs", status="nonsense")).count("?id=") == 2


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
    seed.add_history(databases, "faculty", 60)

    first, third = open_page("runs"), open_page("runs", page="3")

    assert words(first).count("runs?id=") == 25
    assert words(third).count("runs?id=") == 10
    assert "60 اجرا" in words(first)
    spec = json.loads(first.get("echarts_chart")[0].proto.spec)
    assert len(spec["xAxis"]["data"]) == 30
    assert sum(sum(series["data"]) for series in spec["series"]) >= 58


def test_one_run_shows_its_counts_units_and_log(open_page: Open, databases: Databases) -> None:
    run_id = seed.add_failure(databases, "students", "partial", units_done=11, units_failed=1)
    seed.add_units(databases, run_id, failed=["4051/1120"])
    log = log_path(load(), run_id)
    log.write_text("2026-11-23T09:00:00Z INFO    example line\n", encoding="utf-8")

    app = open_page("runs", id=str(run_id))

    assert "4051/1120" in words(app)
    assert "The gateway answered 502 five times." in words(app)
    assert "example line" in app.code[0].value
    app = settled(app.button(key="close_run").click().run())
    assert "close_run" not in keys(app)


@pytest.mark.parametrize("number", ["77", "x", "-1", "99999999999999999999999"])
def test_a_run_that_does_not_exist_harms_nobody(open_page: Open, number: str) -> None:
    assert "تاریخچهٔ همگام‌سازی" in words(open_page("runs", id=number))


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

    plan = next(plan for plan in read_schedules(databases) if plan.source == "faculty")
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
    assert not any(plan.enabled for plan in read_schedules(databases))


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
    plan = next(plan for plan in read_schedules(databases) if plan.source == "faculty")
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

    assert set(schedule_form.UNITS) == set(UNITS)
