"""Messages that no browser sends: they get nothing, start nothing, and the server lives."""

from typing import Any

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from websockets.exceptions import ConnectionClosed

from sync_core.access.permissions import ADMIN, VIEWER, Actor
from tests.faults.crowd import Crowd, whose
from tests.faults.screens import asked_for, clicked

pytestmark = pytest.mark.slow


def forged(**fields: Any) -> bytes:
    ask = BackMsg()
    for name, value in fields.items():
        getattr(ask.rerun_script, name)  # there is such a field
        setattr(ask.rerun_script, name, value)
    return bytes(ask.SerializeToString())


def typed_wrongly() -> bytes:
    ask = BackMsg()
    for name in ("$$ID-0-sync_faculty", "sync_faculty", "", "filter_source", "\x00"):
        ask.rerun_script.widget_states.widgets.add(id=name, string_value="<b>")
        ask.rerun_script.widget_states.widgets.add(id=name, json_value="{")
        ask.rerun_script.widget_states.widgets.add(id=name, arrow_value={})
    return bytes(ask.SerializeToString())


def told(**fields: Any) -> bytes:
    return bytes(BackMsg(**fields).SerializeToString())


FORGED: dict[str, bytes | str] = {
    "nothing": b"",
    "garbage": bytes(range(256)) * 40,
    "text": "rerun",
    "a foreign page": forged(page_name="../../sync_core/base/settings"),
    "the router": forged(page_name="_router", page_script_hash="f" * 32),
    "a page that is not there": forged(page_script_hash="no such hash"),
    "a fragment that is not there": forged(fragment_id="0" * 32),
    "a torn query": forged(query_string="id=%00%ff&&=&id[]=1&page=-1&source='--"),
    "a long query": forged(query_string="id=" + "9" * 1_000_000),
    "widgets that are not there": typed_wrongly(),
    "a click on nothing": clicked("$$ID-0-dialog_start"),
    "an end of the server": told(debug_shutdown_runtime=True),
    "an end of the line": told(debug_disconnect_websocket=True),
    "a question about the code": told(load_git_info=True),
    "an empty cache": told(clear_cache=True),
    "a stop": told(stop_script=True),
    "too much": b"\x0a" + b"x" * 60_000_000,
}


@pytest.mark.parametrize("message", FORGED)
def test_it_lives_and_tells_nothing_when_it_is_sent(crowd: Crowd, message: str) -> None:
    viewer, before = crowd.add(VIEWER), crowd.run_count()
    said = answer_to(crowd, viewer, FORGED[message])

    assert "Traceback" not in said
    assert 'File "' not in said
    assert "site-packages" not in said
    assert whose(said) <= {viewer.name}
    assert crowd.is_healthy()
    with crowd.tab(viewer) as tab:
        assert whose(tab.open()) == {viewer.name}
    assert crowd.run_count() == before


def answer_to(crowd: Crowd, actor: Actor, message: bytes | str) -> str:
    """All that comes until the line is closed, or until a page that was asked for after it."""
    seen = ""
    with crowd.tab(actor) as tab:
        try:
            tab.stream.send(message)
            tab.stream.send(asked_for("runs"))
            while "stHeading" not in seen and "تاریخچهٔ همگام‌سازی" not in seen:
                seen += tab.rest_of_run()
        except ConnectionClosed:
            return seen
    return seen


def test_it_gives_nobody_a_tab_of_somebody_else(crowd: Crowd) -> None:
    """A tab that opens again says which one it was: here it says the number of another's."""
    admin, viewer = crowd.add(ADMIN), crowd.add(VIEWER)
    with crowd.tab(admin) as first:
        assert whose(first.open()) == {admin.name}
        with crowd.tab(viewer, subprotocols=["streamlit", "x", first.number]) as second:
            assert whose(second.open()) == {viewer.name}
    with crowd.tab(viewer, subprotocols=["streamlit", "x", first.number]) as third:
        assert whose(third.open()) == {viewer.name}
        assert "sync_faculty" in third.disabled
