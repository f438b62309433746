"""docs/settings.md says what the settings page can set, within which bounds."""

from sync_core.base.settings import load
from tests.meta.settings_page import PAGE, updated

EXAMPLE = PAGE.parents[1] / ".env.example"


def test_it_lists_what_the_page_can_set_as_the_code_does() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert text == updated(text), "run: .venv/bin/python -m tests.meta.settings_page --update"


def test_it_has_the_same_default_in_both_places() -> None:
    for name, value in vars(load({"HAMGAM_HOME": "var"}, EXAMPLE.with_name("none"))).items():
        default = getattr(type(load()), name, value)
        assert value == default or name in {"given"}, name
