"""One run's page in every state that the demo tells of: what happened, whose move it is."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from pages._parts.explain import EXPLANATIONS, MOVES, RETRY, SETTINGS
from sync_core.access.permissions import OPERATOR, VIEWER
from sync_core.base.errors import CLASSES
from sync_core.base.i18n import _
from sync_core.cli.demo_cases import Case
from sync_core.inspect.periods import EVER
from sync_core.store.control import ACTIVE, FAILED, RUNNING, SUCCESS, Run
from sync_core.store.engines import Databases
from tests import seed, told
from tests.pages.screen import Open, confirmed, keys, settled, words

FAILURES = [case for case in told.CASES if case.outcome != SUCCESS]
GOOD = [case for case in told.CASES if case.outcome == SUCCESS]


@pytest.fixture
def databases(monkeypatch: pytest.MonkeyPatch) -> Iterator[Databases]:
    """In place of the empty ones of other pages' tests."""
    for name, value in told.SETTINGS.items():
        monkeypatch.setenv(name, value)
    opened = told.told()
    yield opened
    opened.dispose()


def case_of(name: str) -> Case:
    return next(case for case in told.CASES if case.name == name)


def address(databases: Databases, name: str) -> dict[str, str]:
    return {"id": str(told.number_of(databases, case_of(name)))}


@pytest.mark.parametrize("case", FAILURES, ids=lambda case: case.name)
def test_it_says_in_persian_why_a_run_failed_and_what_to_press(
    open_page: Open, databases: Databases, case: Case
) -> None:
    app = open_page("run", id=str(told.number_of(databases, case)))

    shown = words(app)
    for english in (*EXPLANATIONS[case.outcome], MOVES[case.outcome]):
        assert _(english) in shown
        assert _(english) != english
    assert _("What to press") in shown
    assert "retry" in keys(app)
    assert ("accept" in keys(app)) == (
        case.name in {"payload", "shrink", "many missing", "partial"}
    )
    assert ("cure_settings" in keys(app)) == (case.outcome in {"auth", "network", "config"})


def test_it_shows_every_class(databases: Databases) -> None:
    assert {case.outcome for case in FAILURES} == set(CLASSES)


@pytest.mark.parametrize("case", GOOD, ids=lambda case: case.name)
def test_it_shows_every_success_without_a_word_of_failure(
    open_page: Open, databases: Databases, case: Case
) -> None:
    app = open_page("run", id=str(told.number_of(databases, case)))
    shown = words(app)
    assert _("What happened") not in shown
    assert "hg-badge hg-success" in shown
    assert not {"retry", "accept", "stop_run"} & keys(app)


def active_run(databases: Databases, source: str) -> int:
    with databases.control.read() as session:
        runs = session.query(Run).filter(Run.source == source, Run.status.in_(ACTIVE))
        return runs.one().id


def test_it_shows_the_parts_of_a_run_that_goes_on_but_lets_none_be_run(
    open_page: Open, databases: Databases
) -> None:
    app = open_page("run", id=str(active_run(databases, "students")))
    assert _("Parts that failed") in words(app)
    assert _("Parts of the run") in words(app)
    assert "run_chosen" not in keys(app)


def test_it_says_that_the_parts_of_a_run_that_waits_will_come(
    open_page: Open, databases: Databases
) -> None:
    app = open_page("run", id=str(active_run(databases, "faculty")))
    assert _("Its parts appear here as they come.") in words(app)


@pytest.mark.parametrize("source", seed.SOURCES)
def test_it_lets_a_run_that_goes_on_be_stopped(
    open_page: Open, databases: Databases, source: str
) -> None:
    run_id = active_run(databases, source)
    app = open_page("run", id=str(run_id))

    settled(app.button(key="stop_run").click().run())
    confirmed(app, "stop_run", "dialog_stop")

    with databases.control.read() as session:
        run = session.get_one(Run, run_id)
        assert run.cancel_requested_by == "example"
        assert run.status in ACTIVE
    assert open_page("run", id=str(run_id)).button(key="stop_run").disabled


def test_it_tells_what_a_run_that_waits_does_not_do_yet(
    open_page: Open, databases: Databases
) -> None:
    with databases.control.read() as session:
        run_id = session.query(Run).filter(Run.status == "pending").one().id
    app = open_page("run", id=str(run_id))
    assert [bar.proto.text for bar in app.get("progress")] == [
        _("Waiting for its process to begin …")
    ]


def test_it_sends_only_those_who_may_to_the_settings(open_page: Open, databases: Databases) -> None:
    app = open_page("run", OPERATOR, **address(databases, "auth"))
    told_so = _("An administrator changes the settings; after that, “{button}”.")
    assert told_so.format(button=_(RETRY)) in words(app)
    assert "cure_settings" not in keys(app)
    assert not app.button(key="retry").disabled


def test_it_tells_a_viewer_that_others_press(open_page: Open, databases: Databases) -> None:
    app = open_page("run", VIEWER, **address(databases, "shrink"))
    assert app.button(key="retry").disabled
    assert app.button(key="accept").disabled
    assert _("Your role may look, but not start or stop a sync.") in words(app)


def test_it_leads_from_the_page_to_the_settings(open_page: Open, databases: Databases) -> None:
    app = open_page("run", **address(databases, "config"))
    assert _("“{button}”").format(button=_(SETTINGS)) in words(app)
    app.button(key="cure_settings").click()
    settled(app.run())
    assert _("Base URL") in [field.label for field in app.text_input]


def test_it_names_what_was_chosen_and_what_was_accepted(
    open_page: Open, databases: Databases
) -> None:
    chosen = words(open_page("run", **address(databases, "chosen")))
    assert _("Chosen campuses and terms") in chosen
    assert '<bdi dir="ltr">1110, 1120</bdi>' in chosen

    picked = words(open_page("run", **address(databases, "picked")))
    assert _("Chosen parts") in picked

    accepted = words(open_page("run", **address(databases, "accepted")))
    refused = told.number_of(databases, case_of("payload"))
    assert f'href="run?id={refused}"' in accepted


def test_it_shows_markup_of_what_was_asked_for_as_text(
    open_page: Open, databases: Databases
) -> None:
    """The command line takes any name of a unit."""
    asked = {"campuses": ["<b>1</b>"], "terms": [], "units": ["<i>2</i>"]}
    run_id = told.number_of(databases, case_of("plain"))
    with databases.control.write() as session:
        session.get_one(Run, run_id).choice = asked
    shown = words(open_page("run", id=str(run_id)))
    assert "&lt;i&gt;2&lt;/i&gt;" in shown
    assert "<i>2</i>" not in shown


def test_it_shows_no_counts_where_the_source_told_none(
    open_page: Open, databases: Databases
) -> None:
    shown = words(open_page("run", **address(databases, "counted")))
    assert '<dl class="hg-counts">' not in shown
    assert _("The source of this run tells no parts.") in shown


def test_it_does_not_call_kept_no_longer_what_never_was(
    open_page: Open, databases: Databases
) -> None:
    """A night of the year has counts; its changes are long gone."""
    with databases.control.read() as session:
        night = session.query(Run).filter(Run.updated > 0, Run.inserted > 0).first()
        quiet = session.query(Run).filter(
            Run.status == SUCCESS, Run.updated == 0, Run.inserted == 0, Run.missing == 0
        )
        assert night is not None
        quiet_id = quiet.filter(~Run.counted).first()
        assert quiet_id is not None
    gone = _("The changes of this run are no longer kept.")
    assert gone in words(open_page("run", id=str(night.id)))
    shown = words(open_page("run", id=str(quiet_id.id)))
    assert gone not in shown
    assert _("This run changed nothing in the data.") in shown


@pytest.mark.parametrize("error_class", CLASSES)
def test_it_is_three_clicks_from_the_overview_to_the_cure(
    open_page: Open, databases: Databases, error_class: str
) -> None:
    """The link of the card, a button of the run's page, and the one of its dialog."""
    with databases.control.write() as session:
        for run in session.query(Run).filter(Run.status.in_(ACTIVE)):
            session.delete(run)
    run_id = seed.add_failure(databases, "faculty", error_class, ago=timedelta(minutes=5))
    with databases.control.write() as session:
        session.get_one(Run, run_id).requested_by = "example"

    overview = words(open_page())
    assert f'<div class="hg-way-out"><a href="run?id={run_id}"' in overview
    assert _(EXPLANATIONS[error_class][0]) in overview

    app = open_page("run", id=str(run_id))
    pressed = "cure_settings" if error_class in {"auth", "network", "config"} else "retry"
    settled(app.button(key=pressed).click().run())
    if pressed == "retry":
        assert "dialog_retry" in keys(app)


def test_it_leads_to_who_calls_the_schedule_when_a_source_is_late(
    open_page: Open, databases: Databases
) -> None:
    with databases.control.write() as session:
        for run in session.query(Run).filter(Run.status.in_(ACTIVE)):
            session.delete(run)
    seed.add_success(databases, "faculty")
    seed.plan_schedule(databases, "faculty", timedelta(hours=-2))
    assert 'href="schedule"' in words(open_page())


def test_it_shows_the_history_of_the_year_page_by_page(
    open_page: Open, databases: Databases
) -> None:
    shown = words(open_page("runs", period=EVER))
    with databases.control.read() as session:
        total = session.query(Run).count()
        assert session.query(Run).filter(Run.status == RUNNING).count() == 1
        assert session.query(Run).filter(Run.status == FAILED).count() > 20
    assert _("{n} runs").format(n=f"{total:,}") in shown
