"""A browser's tab without a browser: Streamlit's websocket, and what a page says over it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import requests
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect

from sync_core.access.cookies import SESSION_COOKIE
from tests.pages.web_server import WebServer

PATIENCE_S = 90
AGAIN = ForwardMsg.FINISHED_EARLY_FOR_RERUN
KEY = re.compile(r"-(?P<key>[a-z][a-z_0-9]*)$")


@dataclass
class Tab:
    """What a page's widgets are is remembered, so that they can be used by their keys."""

    stream: ClientConnection
    buttons: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Key → the widget's id and its fragment's."""
    disabled: set[str] = field(default_factory=set)
    fields: dict[str, str] = field(default_factory=dict)
    """Key → the id of a field for text."""
    page: str = ""
    """What Streamlit calls the page that is open."""
    polled: set[str] = field(default_factory=set)
    """The fragments that a browser would run again by itself every so often."""
    number: str = ""
    """What Streamlit calls the tab."""

    def open(self, name: str = "", query: str = "") -> str:
        """Asks for a page; everything that came, until its script had ended."""
        self.stream.send(asked_for(name, query))
        return self.rest_of_run()

    def click(self, key: str) -> None:
        """Presses a button, and waits for nothing."""
        widget, fragment = self.buttons[key]
        self.stream.send(clicked(widget, fragment))

    def submit(self, key: str, **texts: str) -> str:
        """Fills in fields by their keys, presses a form's button; all that came until the end."""
        ask = BackMsg()
        ask.rerun_script.page_script_hash = self.page
        widgets = ask.rerun_script.widget_states.widgets
        for name, text in texts.items():
            widgets.add(id=self.fields[name], string_value=text)
        widgets.add(id=self.buttons[key][0], trigger_value=True)
        self.stream.send(bytes(ask.SerializeToString()))
        return self.rest_of_run()

    def poll(self) -> str:
        """As the page does by itself, once for each of its polled parts."""
        seen = ""
        for fragment in sorted(self.polled):
            self.stream.send(run_by_itself(fragment))
            seen += self.rest_of_run()
        return seen

    def rest_of_run(self) -> str:
        """Also of the run that follows at once, where the page asked for one."""
        seen = bytearray()
        while True:
            came = self.stream.recv(timeout=PATIENCE_S)
            assert isinstance(came, bytes)
            seen += came
            message = ForwardMsg.FromString(came)
            self._note(message)
            if message.WhichOneof("type") == "script_finished" and message.script_finished != AGAIN:
                return seen.decode("utf-8", "replace")

    def _note(self, message: ForwardMsg) -> None:
        self.number = message.new_session.initialize.session_id or self.number
        self.page = message.navigation.page_script_hash or self.page
        if message.WhichOneof("type") == "auto_rerun":
            self.polled.add(message.auto_rerun.fragment_id)
        element = message.delta.new_element
        if element.WhichOneof("type") == "button" and (found := KEY.search(element.button.id)):
            self.buttons[found["key"]] = (element.button.id, message.delta.fragment_id)
            change = self.disabled.add if element.button.disabled else self.disabled.discard
            change(found["key"])
        if element.WhichOneof("type") == "text_input" and (
            found := KEY.search(element.text_input.id)
        ):
            self.fields[found["key"]] = element.text_input.id


def asked_for(name: str = "", query: str = "", number: str = "") -> bytes:
    """A page by its name, or by the number that Streamlit gives it."""
    ask = BackMsg()
    ask.rerun_script.page_script_hash = number
    ask.rerun_script.page_name = name
    ask.rerun_script.query_string = query
    return bytes(ask.SerializeToString())


def run_by_itself(fragment: str) -> bytes:
    ask = BackMsg()
    ask.rerun_script.fragment_id = fragment
    ask.rerun_script.is_auto_rerun = True
    return bytes(ask.SerializeToString())


def clicked(widget: str, fragment: str = "") -> bytes:
    ask = BackMsg()
    ask.rerun_script.query_string = ""
    ask.rerun_script.fragment_id = fragment
    ask.rerun_script.widget_states.widgets.add(id=widget, trigger_value=True)
    return bytes(ask.SerializeToString())


@contextmanager
def open_tab(server: WebServer, cookie: str, **more: Any) -> Iterator[Tab]:
    with connect(
        server.websocket,
        subprotocols=more.pop("subprotocols", ["streamlit"]),
        additional_headers={"Cookie": f"{SESSION_COOKIE}={cookie}"},
        open_timeout=PATIENCE_S,
        max_size=None,
        proxy=None,
        **more,
    ) as stream:
        yield Tab(stream)


def cookie_of(browser: requests.Session) -> str:
    return str(browser.cookies[SESSION_COOKIE])
