"""The inbox, its count in the sidebar, and the settings of alerts, as a person uses them."""

from datetime import timedelta

import pytest
from streamlit.testing.v1 import AppTest

from pages._parts import alert_channels, alert_words
from sync_core.access.permissions import ADMIN, OPERATOR, VIEWER, Actor
from sync_core.access.vault import unseal
from sync_core.alerts.choices import ALL, read_choices, save_choices
from sync_core.alerts.inbox import unread_count
from sync_core.alerts.kinds import DISK, ERROR, FAILED, LATE, Setting
from sync_core.alerts.policy import Policy
from sync_core.alerts.schemes import EMPTY, UNKNOWN
from sync_core.alerts.send import origin
from sync_core.base.clock import utc_now
from sync_core.base.i18n import _
from sync_core.base.settings import load
from sync_core.store import accounts, deliveries
from sync_core.store.engines import Databases
from tests.alerting import add_channel, tell
from tests.pages.screen import Open, confirmed, keys, settled, words
from tests.sinks import hook_sink

COLLEAGUE = Actor("m_rahimi", ADMIN, 2)
SECRET = "p1over-quartz-71"
URL = f"json://it:{SECRET}@127.0.0.1:9/{SECRET}"


@pytest.fixture(autouse=True)
def reader(databases: Databases) -> Actor:
    """The account of the person whom `open_page` seats."""
    with databases.control.write() as session:
        begun = utc_now() - timedelta(days=9)
        row = accounts.add_user(session, "example", "no hash", ADMIN, begun)
    assert row.id == 1
    return Actor("example", ADMIN, row.id)


def stored_urls(databases: Databases) -> list[str]:
    with databases.control.read() as session:
        rows = deliveries.channels(session)
    return [unseal(load(), row.sealed).open_for(origin(row.name)) for row in rows]


def links(app: AppTest) -> list[str]:
    return [link.proto.label for link in app.sidebar.get("page_link")]


def test_it_says_so_when_nothing_was_told(open_page: Open) -> None:
    app = open_page("inbox")
    assert _("There is no alert.") in words(app)
    assert "all_read" not in keys(app)
    assert links(app) == []


@pytest.mark.parametrize("role", [VIEWER, OPERATOR, ADMIN])
def test_it_lists_the_newest_first_with_what_to_do_and_the_run(
    open_page: Open, databases: Databases, role: str
) -> None:
    tell(databases, FAILED, run_id=7, error_class="network", failed=1)
    tell(databases, LATE, "students", hours=50, promised=48)
    shown = words(open_page("inbox", role))
    assert shown.index(_("Data too old")) < shown.index(_("A run failed"))
    assert "run?id=7" in shown
    assert _("Check the network and the gateway's address, then sync again.") in shown
    assert _("Warning") in shown
    assert _("Error") in shown


def test_it_counts_what_is_unread_until_it_was_read(
    open_page: Open, databases: Databases, reader: Actor
) -> None:
    for number in range(3):
        tell(databases, run_id=number)
    app = open_page("inbox")
    [link] = links(app)
    assert "3" in link
    assert links(open_page("runs")) == [link]

    app = settled(open_page("inbox").button(key="read_3").click().run())
    assert unread_count(databases, reader) == 2
    assert {"read_1", "read_2"} < keys(app)
    assert "read_3" not in keys(app)
    app = settled(app.button(key="all_read").click().run())
    assert unread_count(databases, reader) == 0
    assert links(app) == []


def test_it_filters_by_the_address(open_page: Open, databases: Databases) -> None:
    tell(databases, FAILED, run_id=7)
    tell(databases, LATE, "students", hours=50, promised=48)
    assert "run?id=7" not in words(open_page("inbox", rule=LATE))
    assert "run?id=7" not in words(open_page("inbox", source="students"))
    assert "run?id=7" in words(open_page("inbox", rule="no rule at all"))
    shown = words(open_page("inbox", rule=DISK, show="unread"))
    assert _("No alert fits these filters.") in shown


def test_it_shows_markup_in_an_alert_as_it_was_written(
    open_page: Open, databases: Databases
) -> None:
    tell(databases, DISK, None, folder="<b>x</b>", free_gib=1)
    add_channel(databases, URL, "<i>hook</i>")
    tell(databases, DISK, None, folder="/", free_gib=1)
    shown = words(open_page("inbox"))
    assert "&lt;b&gt;x&lt;/b&gt;" in shown
    assert "<i>hook" not in shown


def test_it_says_that_there_is_no_channel(open_page: Open) -> None:
    app = open_page("settings", section="alerts")
    assert _("There is no channel: alerts stay in the inbox.") in words(app)


def test_it_never_shows_an_address_again(open_page: Open, databases: Databases) -> None:
    add_channel(databases, URL)
    app = open_page("settings", section="alerts")
    assert "json://127.0.0.1" in words(app)
    app = settled(app.button(key="change_channel_1").click().run())
    field = app.text_input(key="channel_url")
    assert (field.value, field.proto.type) == ("", field.proto.PASSWORD)
    assert SECRET not in str([element.proto for element in app.main])


def test_it_adds_a_channel_and_tests_it_before(open_page: Open, databases: Databases) -> None:
    with hook_sink() as sink:
        app = open_page("settings", section="alerts")
        app = settled(app.button(key="add_channel").click().run())
        for press in ("dialog_test_channel", "dialog_add_channel"):
            app.button(key="add_channel").click()
            app.text_input(key="channel_name").input("IT")
            app.text_input(key="channel_url").input(sink.url())
            app.button(key=press).click()
            app = settled(app.run())
            if press == "dialog_test_channel":
                assert _("Sent. See whether it has arrived.") in words(app)
                assert stored_urls(databases) == []
        assert stored_urls(databases) == [sink.url()]
        assert len(sink.got) == 1


@pytest.mark.parametrize(("url", "reason"), [("", EMPTY), ("file:///etc/passwd", UNKNOWN)])
def test_it_says_why_an_address_is_refused(
    open_page: Open, databases: Databases, url: str, reason: str
) -> None:
    app = open_page("settings", section="alerts")
    app = settled(app.button(key="add_channel").click().run())
    app.text_input(key="channel_name").input("IT")
    app.text_input(key="channel_url").input(url)
    app = confirmed(app, "add_channel", "dialog_add_channel")
    assert [error.value for error in app.error] == [_(alert_words.REFUSALS[reason])]
    assert stored_urls(databases) == []


def test_it_says_why_a_test_did_not_arrive(open_page: Open, databases: Databases) -> None:
    with hook_sink() as sink:
        sink.status = 403
        add_channel(databases, sink.url())
        app = settled(open_page("settings", section="alerts").button(key="test_1").click().run())
        app = confirmed(app, "test_1", "dialog_send_test")
    assert [error.value for error in app.error] == [alert_words.error_word("refused 403")]
    assert _("Does not arrive") in words(open_page("settings", section="alerts"))


def test_it_removes_a_channel(open_page: Open, databases: Databases) -> None:
    add_channel(databases, URL)
    app = open_page("settings", section="alerts")
    app = settled(app.button(key="change_channel_1").click().run())
    confirmed(app, "change_channel_1", "dialog_remove_channel")
    assert stored_urls(databases) == []


def test_it_saves_rules_hours_and_a_promise_of_one_source(
    open_page: Open, databases: Databases
) -> None:
    app = open_page("settings", section="alerts")
    app.toggle(key="alerts_on_recovered_0").set_value(False)
    app.text_input(key="alerts_limit_disk_0").input("۵")
    app.text_input(key="alerts_late_students_0").input("6")
    app.text_input(key="alerts_quiet_from_0").input("22:00")
    app.text_input(key="alerts_quiet_to_0").input("06:00")
    app = settled(app.button(key="save_alerts").click().run())
    assert _("Saved.") in words(app)
    now = read_choices(databases, COLLEAGUE)
    assert now.policy == Policy("22:00", "06:00")
    assert now.rules["disk", ALL] == Setting(True, 5)
    assert now.rules["late", "students"] == Setting(True, 6)
    assert not now.rules["recovered", ALL].enabled


@pytest.mark.parametrize(
    ("field", "text"),
    [("limit_disk", "much"), ("limit_disk", "0"), ("quiet_from", "22"), ("per_hour", "0")],
)
def test_it_says_what_is_wrong_and_saves_nothing(
    open_page: Open, databases: Databases, field: str, text: str
) -> None:
    app = open_page("settings", section="alerts")
    app.text_input(key=f"alerts_{field}_0").input(text)
    app = settled(app.button(key="save_alerts").click().run())
    assert len(app.error) == 1
    assert app.text_input(key=f"alerts_{field}_0").value == text
    assert read_choices(databases, COLLEAGUE).updated_at is None


def test_it_shows_the_newer_rules_when_somebody_was_faster(
    open_page: Open, databases: Databases
) -> None:
    app = open_page("settings", section="alerts")
    theirs = read_choices(databases, COLLEAGUE)
    save_choices(databases, COLLEAGUE, theirs.rules, Policy(per_hour=3))
    app.text_input(key="alerts_per_hour_0").input("9")
    app = settled(app.button(key="save_alerts").click().run())
    assert [r"m\_rahimi" in error.value for error in app.error] == [True]
    assert app.text_input(key="alerts_per_hour_1").value == "3"


def test_it_offers_every_service_once() -> None:
    services = alert_channels._services()
    assert len(services) == len(set(services)) >= 12
    assert ERROR == 2
