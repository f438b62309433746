"""A file as the answer to a request: how it ends, and what is let go of, whatever happens."""

from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import anyio
import pytest
from starlette.responses import PlainTextResponse, Response
from starlette.types import Message

from sync_core.base.errors import ConfigError, DatabaseError, SyncError
from sync_core.inspect import export_stream
from sync_core.inspect.export import Export
from sync_core.inspect.export_stream import BrokenOff, ExportAnswer, Places

HEADERS = {"Content-Type": "text/csv"}
Chunks = Callable[[], Iterator[bytes]]


class Client:
    """Takes `takes` pieces, then none; goes away when it is told to."""

    def __init__(self, takes: int = 1_000) -> None:
        self.takes, self.gone = takes, anyio.Event()
        self.got: list[Message] = []

    async def receive(self) -> Message:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        if len(self.got) == self.takes:
            await anyio.sleep_forever()
        self.got.append(message)

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.got)

    @property
    def has_an_end(self) -> bool:
        return bool(self.got) and self.got[-1].get("more_body") is False


class Table:
    """What an export holds while it is read."""

    def __init__(self, chunks: Chunks, trouble: SyncError | None = None) -> None:
        self.is_held, self.was_held = False, False
        self._chunks, self._trouble = chunks, trouble

    @contextmanager
    def opened(self) -> Iterator[Export]:
        self.is_held = self.was_held = True
        try:
            if self._trouble:
                raise self._trouble
            yield Export(3, self._chunks(), None)
        finally:
            self.is_held = False


def refused(error: SyncError) -> Response:
    return PlainTextResponse(error.code, 409)


def in_a_loop(whole: Callable[[], Awaitable[None]]) -> None:
    """In a thread of its own: the browser of other tests may have left a loop in this one."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(anyio.run, whole).result()


def answered(table: Table, client: Client, *others: Callable[[], Any]) -> None:
    """Beside it run the `others`."""
    answer = ExportAnswer(table.opened, refused, HEADERS, Places())

    async def whole() -> None:
        async with anyio.create_task_group() as group:
            for other in others:
                group.start_soon(other)
            await answer({"type": "http"}, client.receive, client.send)
            group.cancel_scope.cancel()

    in_a_loop(whole)


def broken(table: Table, client: Client) -> None:
    with pytest.raises(ExceptionGroup) as found:
        answered(table, client)
    assert found.group_contains(BrokenOff)
    assert table.was_held
    assert not table.is_held


def three() -> Iterator[bytes]:
    yield from (b"a", b"", b"b", b"c")


def without_end() -> Iterator[bytes]:
    while True:
        yield b"x"


def in_vain() -> Iterator[bytes]:
    """Work that goes on, and nothing to send yet."""
    while True:
        yield b""


def breaking(error: SyncError, *before: bytes) -> Chunks:
    def chunks() -> Iterator[bytes]:
        yield from before
        raise error

    return chunks


def test_it_sends_the_pieces_and_an_end() -> None:
    table, client = Table(three), Client()
    answered(table, client)
    assert client.got[0]["status"] == 200
    assert (b"content-type", b"text/csv") in client.got[0]["headers"]
    assert client.body == b"abc"
    assert client.has_an_end
    assert not table.is_held


@pytest.mark.parametrize("before", [(), (b"", b"")])
def test_what_fails_before_the_first_byte_is_an_answer_in_words(before: tuple[bytes, ...]) -> None:
    table, client = Table(breaking(ConfigError("no"), *before)), Client()
    answered(table, client)
    assert client.got[0]["status"] == 409
    assert client.body == b"config"

    early, other = Table(three, DatabaseError("no")), Client()
    answered(early, other)
    assert other.body == b"database"
    assert not early.is_held


def test_what_fails_later_leaves_the_answer_without_an_end() -> None:
    client = Client()
    broken(Table(breaking(DatabaseError("no"), b"a", b"b")), client)
    assert client.body == b"ab"
    assert not client.has_an_end


def test_who_takes_nothing_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_stream, "PATIENCE_S", 0.05)
    client = Client(takes=3)
    broken(Table(without_end), client)
    assert not client.has_an_end


@pytest.mark.parametrize("chunks", [without_end, in_vain])
def test_who_takes_too_long_is_cut_off(monkeypatch: pytest.MonkeyPatch, chunks: Chunks) -> None:
    monkeypatch.setattr(export_stream, "LONGEST_S", 0.05)
    client = Client(takes=10**9)
    broken(Table(chunks), client)
    assert not client.has_an_end


@pytest.mark.parametrize("chunks", [without_end, in_vain])
def test_it_lets_go_when_the_client_has_gone(chunks: Chunks) -> None:
    table, client = Table(chunks), Client(takes=3)

    async def leave() -> None:
        while not table.is_held or (chunks is without_end and len(client.got) < 3):
            await anyio.lowlevel.checkpoint()
        client.gone.set()

    answered(table, client, leave)

    assert table.was_held
    assert not table.is_held
    assert not client.has_an_end


def test_it_counts_who_is_served() -> None:
    places = Places()
    fullness: list[bool] = []

    def look() -> Iterator[bytes]:
        fullness.append(places.is_full)
        yield b"x"

    async def whole() -> None:
        for _ in range(export_stream.AT_ONCE - 1):
            places.limiter.acquire_on_behalf_of_nowait(object())
        client = Client()
        await ExportAnswer(Table(look).opened, refused, HEADERS, places)(
            {"type": "http"}, client.receive, client.send
        )
        fullness.append(places.is_full)

    in_a_loop(whole)
    assert fullness == [True, False]
