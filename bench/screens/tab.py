"""A browser's tab without a browser: Streamlit's websocket, and how much a page says over it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect

from bench import BenchFailed

PATIENCE_S = 120


@dataclass
class Answer:
    """All that came for one run of a script. `polls`: fragment → seconds between its runs."""

    payload: bytearray = field(default_factory=bytearray)
    polls: dict[str, float] = field(default_factory=dict)
    elements: int = 0


@dataclass
class Tab:
    """Runs a fragment again as a browser does: when the page asked for it, and no sooner."""

    stream: ClientConnection
    polls: dict[str, float] = field(default_factory=dict)

    def open(self, name: str = "", query: str = "") -> Answer:
        """Raises BenchFailed for a page that shows an error."""
        ask = BackMsg()
        ask.rerun_script.page_name, ask.rerun_script.query_string = name, query
        answer = self._ask(ask)
        self.polls = answer.polls
        return answer

    def poll(self) -> Answer:
        """The one part that polls. Raises BenchFailed where there is not exactly one."""
        if len(self.polls) != 1:
            raise BenchFailed(f"{len(self.polls)} parts of the page poll, not one.")
        ask = BackMsg()
        (ask.rerun_script.fragment_id,) = self.polls
        ask.rerun_script.is_auto_rerun = True
        return self._ask(ask)

    def _ask(self, ask: BackMsg) -> Answer:
        self.stream.send(bytes(ask.SerializeToString()))
        answer = Answer()
        while not self._take(answer):
            pass
        if not answer.elements:
            raise BenchFailed("A page, or a part of one, showed nothing.")
        return answer

    def _take(self, answer: Answer) -> bool:
        """Whether that was the last message."""
        came = self.stream.recv(timeout=PATIENCE_S)
        if not isinstance(came, bytes):
            raise BenchFailed("The server sent text over Streamlit's websocket.")
        answer.payload += came
        message = ForwardMsg.FromString(came)
        kind = message.WhichOneof("type")
        if kind == "auto_rerun":
            answer.polls[message.auto_rerun.fragment_id] = message.auto_rerun.interval
        if kind == "delta":
            answer.elements += message.delta.WhichOneof("type") == "new_element"
            _refuse_errors(message)
        return bool(kind == "script_finished")


def _refuse_errors(message: ForwardMsg) -> None:
    element = message.delta.new_element
    kind = element.WhichOneof("type")
    if kind == "exception":
        raise BenchFailed(f"A page failed: {element.exception.message[:500]}")
    if kind == "alert" and element.alert.format == Alert.ERROR:
        raise BenchFailed(f"A page failed: {element.alert.body[:500]}")


@contextmanager
def open_tab(websocket: str, cookie: str = "") -> Iterator[Tab]:
    with connect(
        websocket,
        subprotocols=["streamlit"],  # type: ignore[list-item]
        additional_headers={"Cookie": cookie} if cookie else {},
        open_timeout=PATIENCE_S,
        max_size=None,
        proxy=None,
    ) as stream:
        yield Tab(stream)
