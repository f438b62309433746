"""The settings page beyond the account: sections, limits, plan, campuses, retention, look."""

from html import escape

import pytest
from streamlit.testing.v1 import AppTest

from pages._parts import setting_words
from pages._parts.campus_dialogs import REFUSALS
from sync_core.access.permissions import ADMIN, OPERATOR, Actor
from sync_core.base import i18n
from sync_core.base.i18n import _
from sync_core.base.settable import SETTABLE
from sync_core.base.settings import load
from sync_core.ops import campus_file
from sync_core.ops.campuses import read_campuses, save_campus
from sync_core.ops.stored import read_section, save_section, with_stored
from sync_core.store.engines import Databases
from tests import seed
from tests.engine.gateway_process import running_gateway
from tests.pages.screen import Open, confirmed, keys, settled, words

COLLEAGUE = Actor("m_rahimi", ADMIN, 2)
NAMES = ("gateway", "plan", "limits", "retention", "look")


def typed(app: AppTest, visit: int = 0, **given: str) -> AppTest:
    for key, text in given.items():
        app.text_input(key=f"{key}_{visit}").input(text)
    return app


def pressed(app: AppTest, key: str) -> AppTest:
    return settled(app.button(key=key).click().run())


def store(databases: Databases, section: str, **given: str) -> None:
    seen = read_section(load(), databases, COLLEAGUE, section).updated_at
    save_section(load(), databases, COLLEAGUE, section, given, expected_updated_at=seen)


@pytest.mark.parametrize("name", NAMES)
def test_it_opens_the_section_that_the_address_names(open_page: Open, name: str) -> None:
    app = open_page("settings", section=name)
    assert app.query_params["section"] in (name, [name])
    button = {"gateway": "save_gateway"}.get(name, f"save_{name}")
    assert button in keys(app)
    assert len([key for key in keys(app) if key and key.startswith("save_")]) == 1


def test_it_opens_the_first_section_when_the_address_names_none(open_page: Open) -> None:
    assert "save_gateway" in keys(open_page("settings", section="nowhere"))


@pytest.mark.parametrize("name", NAMES)
def test_it_shows_no_section_to_who_may_not_configure(open_page: Open, name: str) -> None:
    app = open_page("settings", OPERATOR, section=name)
    assert not app.text_input
    assert not [key for key in keys(app) if key and key.startswith("save_")]


def test_it_has_words_for_every_setting() -> None:
    assert set(setting_words.LABELS) == {one.key for one in SETTABLE}


def test_it_saves_limits_and_offers_the_way_back(open_page: Open, databases: Databases) -> None:
    app = open_page("settings", section="limits")
    assert "reset_limits" not in keys(app)
    app = pressed(typed(app, tries="۷", shrink_percent="12.5"), "save_limits")
    assert with_stored(load(), databases).tries == 7
    assert with_stored(load(), databases).shrink_percent == 12.5
    assert _("Saved. It holds from the next run on.") in words(app)
    assert app.text_input(key="tries_1").value == "7"

    app = pressed(app, "reset_limits")
    confirmed(app, "reset_limits", "dialog_reset_limits")
    assert with_stored(load(), databases).tries == 5


def test_it_names_the_field_and_keeps_what_was_typed_when_it_is_out_of_bounds(
    open_page: Open, databases: Databases
) -> None:
    app = typed(open_page("settings", section="limits"), tries="21", page_size="500")
    app = pressed(app, "save_limits")
    assert len(app.error) == 1
    assert _(setting_words.LABELS["tries"]) in app.error[0].value
    assert "20" in app.error[0].value
    assert app.text_input(key="page_size_0").value == "500"
    assert with_stored(load(), databases).page_size == 1_000, "nothing was saved"


def test_it_shows_the_newer_limits_when_somebody_was_faster(
    open_page: Open, databases: Databases
) -> None:
    app = open_page("settings", section="limits")
    store(databases, "limits", tries="9")
    app = pressed(typed(app, tries="3"), "save_limits")
    assert [r"m\_rahimi" in error.value for error in app.error] == [True]
    assert app.text_input(key="tries_1").value == "9"
    pressed(typed(app, 1, tries="3"), "save_limits")
    assert with_stored(load(), databases).tries == 3


def test_it_lets_nobody_change_what_the_environment_sets(
    open_page: Open, databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HAMGAM_TRIES", "4")
    app = open_page("settings", section="limits")
    assert app.text_input(key="tries_0").disabled
    assert app.text_input(key="tries_0").value == "4"
    assert "HAMGAM_TRIES" in words(app)
    pressed(typed(app, page_size="500"), "save_limits")
    assert with_stored(load(), databases).page_size == 500


def test_it_says_how_many_parts_the_plan_has_and_warns_without_the_current_term(
    open_page: Open, databases: Databases
) -> None:
    seed.add_campuses(databases)
    app = open_page("settings", section="plan")
    assert not app.warning
    app = pressed(typed(app, terms="4001,4002"), "save_plan")
    assert len(app.warning) == 1
    assert _("{source}: {n} parts").format(source=_("Students"), n=6) in words(app)


def test_it_says_that_the_environment_overrides_the_campuses(
    open_page: Open, databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HAMGAM_CAMPUSES", "1110,1120")
    app = open_page("settings", section="plan")
    assert any(
        "HAMGAM\\_CAMPUSES" in one.value or "HAMGAM_CAMPUSES" in one.value for one in app.warning
    )


def test_it_adds_a_campus_and_says_what_is_wrong_with_one(
    open_page: Open, databases: Databases
) -> None:
    app = settled(open_page("settings", section="plan").button(key="add_campus").click().run())
    app.text_input(key="campus_code").input("11a0")
    app.text_input(key="campus_name_new").input("پردیس نو")
    app.button(key="add_campus").click()
    app = pressed(app, "dialog_save_campus")
    assert any(_(REFUSALS[campus_file.CODE]) in error.value for error in app.error)
    app.text_input(key="campus_code").input("۱۱۱۰")
    app.button(key="add_campus").click()
    pressed(app, "dialog_save_campus")
    found = read_campuses(databases, COLLEAGUE).campuses
    assert [(campus.pardis_code, campus.name) for campus in found] == [("1110", "پردیس نو")]


def test_it_imports_a_pasted_list_only_after_showing_what_it_would_change(
    open_page: Open, databases: Databases
) -> None:
    seed.add_campuses(databases)
    app = open_page("settings", section="plan")
    text = "pardis_code\tname\n1110\tپردیس تازه\n1990\tپردیس دور\n"
    app.text_area(key="campus_list_0").input(text)
    app = pressed(app, "preview_import")
    assert "پردیس تازه" in words(app)
    assert len(read_campuses(databases, COLLEAGUE).campuses) == 3, "to look changes nothing"
    app = pressed(app, "import_campuses")
    found = [campus.pardis_code for campus in read_campuses(databases, COLLEAGUE).campuses]
    assert found == ["1110", "1990"]
    assert app.text_area(key="campus_list_1").value in ("", None)


def test_it_imports_nothing_when_somebody_changed_a_campus_meanwhile(
    open_page: Open, databases: Databases
) -> None:
    app = open_page("settings", section="plan")
    app.text_area(key="campus_list_0").input("pardis_code,name\n1110,a\n")
    app = pressed(app, "preview_import")
    save_campus(databases, COLLEAGUE, {"pardis_code": "1120", "name": "b"})
    app = pressed(app, "import_campuses")
    assert any(_(REFUSALS[campus_file.STALE]) in error.value for error in app.error)
    found = [campus.pardis_code for campus in read_campuses(databases, COLLEAGUE).campuses]
    assert found == ["1120"]


def test_it_says_what_there_is_and_saves_how_long_it_is_kept(
    open_page: Open, databases: Databases
) -> None:
    app = pressed(
        typed(open_page("settings", section="retention"), keep_logs_days="30"), "save_retention"
    )
    assert with_stored(load(), databases).keep_logs_days == 30
    assert _("Would go now") in words(app)


def test_it_changes_the_language_of_all_screens(open_page: Open, databases: Databases) -> None:
    app = open_page("settings", section="look")
    app.radio(key="lang_0").set_value("en")
    app = pressed(app, "save_look")
    assert i18n.language() == "en"
    assert "Saved. Whoever opens or reloads a page sees it so." in words(app)


def test_it_shows_each_step_of_the_connection_test(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running_gateway(faculty=3, students=3, campuses=1) as gateway:
        for name, value in gateway.environ.items():
            monkeypatch.setenv(name, value)
        app = pressed(open_page("settings"), "test_gateway")
    shown = words(app)
    assert _("The connection works.") in shown
    assert _("The user name and the password are accepted") in shown
    assert gateway.password not in shown


def test_it_says_what_to_do_when_the_connection_test_fails(open_page: Open) -> None:
    app = pressed(open_page("settings"), "test_gateway")
    assert _("The connection does not work yet.") in words(app)
    assert escape(_("The gateway's account is not complete.")) in words(app)
