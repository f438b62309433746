"""Bounds a call by one total deadline, whatever the other side does. It never queues a call.

A read timeout does not: a server that sends a byte now and then is never late by it, and a name
server that is silent knows no timeout at all. So each call has a thread to itself. Who waits for
it stops waiting at the deadline and shuts the call's socket, which ends the call too.
"""

import contextlib
import socket
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, Generic, TypeVar

from requests.adapters import HTTPAdapter
from urllib3 import PoolManager, ProxyManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from sync_core.base.errors import GatewayError, SyncError, TooSlow, Unreachable
from sync_core.base.frames import without_frames

T = TypeVar("T")
THREAD_NAME = "gateway call"
_here = threading.local()
"""Its `call` is the one that the current thread runs, or None."""


class Call(Generic[T]):
    """One call. `cut` may come from any thread; the first outcome stands."""

    def __init__(self, work: Callable[[], T], what: str) -> None:
        self._work = work
        self._what = what
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._twins: list[socket.socket] = []
        self._answer: list[T] = []
        self._error: SyncError | None = None

    def run(self) -> None:
        _here.call = self
        try:
            answer = self._work()
        except SyncError as exc:
            self._end(error=without_frames(exc))
        else:
            self._end(answer)
        finally:
            self._end()
            self._forget_sockets()
            _here.call = None

    def result(self, timeout_s: float, crew: "Crew | None" = None) -> T:
        """Raises the call's error, TooSlow at the deadline, Unreachable where no line stood yet.

        It runs in a thread of the crew; without one, in a thread that ends with it.
        """
        (crew or _Worker(None)).begin(self)
        if not self._over.wait(timeout_s):
            self.cut(self._late(timeout_s))
        if self._error is not None:
            raise self._error
        if not self._answer:
            raise SyncError(f"{self._what} ended without an outcome.", hint="See the run's log.")
        return self._answer[0]

    def cut(self, reason: GatewayError) -> None:
        self._end(error=reason)
        with self._lock:
            for twin in self._twins:
                _shut(twin)

    def watch(self, sock: socket.socket) -> None:
        """Keeps a second handle: TLS detaches the first, and only shutting wakes a reader."""
        twin = socket.fromfd(sock.fileno(), socket.AF_INET, socket.SOCK_STREAM)
        with self._lock:
            self._twins.append(twin)
            if self._over.is_set():
                _shut(twin)

    def _end(self, *answer: T, error: SyncError | None = None) -> None:
        with self._lock:
            if not self._over.is_set():
                self._answer.extend(answer)
                self._error = error
                self._over.set()

    def _forget_sockets(self) -> None:
        with self._lock:
            for twin in self._twins:
                twin.close()
            self._twins.clear()

    def _late(self, timeout_s: float) -> GatewayError:
        if self._twins:
            return TooSlow(
                f"{self._what} was not answered in full within {timeout_s:.3g} s.",
                hint="See whether the gateway is overloaded; a smaller page size helps.",
                retryable=True,
            )
        return Unreachable(
            f"{self._what}: no connection within {timeout_s:.3g} s.",
            hint="Check HAMGAM_GATEWAY_URL, the name server and the network.",
            retryable=True,
        )


class Crew:
    """Threads that wait for their next call: to start one for each would cost half of the call.

    A call is given only to a thread that waits, else to a new one; one that hangs holds up nobody.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[_Worker] = []
        self._closed = False

    def begin(self, call: Call[Any]) -> None:
        with self._lock:
            worker = self._idle.pop() if self._idle else _Worker(self)
        worker.begin(call)

    def keep(self, worker: "_Worker") -> bool:
        """Whether the worker may wait for another call."""
        with self._lock:
            if not self._closed:
                self._idle.append(worker)
            return not self._closed

    def close(self) -> None:
        """Ends the threads that wait, and each of the others after its call."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for worker in idle:
            worker.begin(None)


class _Worker(threading.Thread):
    def __init__(self, crew: Crew | None) -> None:
        super().__init__(name=THREAD_NAME, daemon=True)
        self._crew = crew
        self._calls = SimpleQueue[Call[Any] | None]()

    def begin(self, call: Call[Any] | None) -> None:
        self._calls.put(call)
        if self.ident is None:
            self.start()

    def run(self) -> None:
        while self._run_next() and self._crew and self._crew.keep(self):
            pass

    def _run_next(self) -> bool:
        """In a frame of its own: a thread that waits must not hold the last answer."""
        call = self._calls.get()
        if call is not None:
            call.run()
        return call is not None


def _shut(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)


def _watch(sock: socket.socket) -> None:
    call: Call[Any] | None = getattr(_here, "call", None)
    if call is not None:
        call.watch(sock)


class _Line(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        sock = super()._new_conn()
        _watch(sock)
        return sock

    def request(self, *args: Any, **kwargs: Any) -> None:
        if self.sock is not None:  # kept alive since an earlier call
            _watch(self.sock)
        super().request(*args, **kwargs)


class _TlsLine(_Line, HTTPSConnection):
    pass


class _Lines(HTTPConnectionPool):
    ConnectionCls = _Line


class _TlsLines(HTTPSConnectionPool):
    ConnectionCls = _TlsLine


class BoundedAdapter(HTTPAdapter):
    """An adapter whose connections can be cut by the call that uses them. It never retries."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        _use_lines(self.poolmanager)

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> ProxyManager:
        manager: ProxyManager = super().proxy_manager_for(*args, **kwargs)
        _use_lines(manager)
        return manager

    def close(self) -> None:
        """Closes its lines now; by itself urllib3 waits until nothing refers to their pool."""
        for manager in (self.poolmanager, *self.proxy_manager.values()):
            for key in manager.pools.keys():  # noqa: SIM118 - it is no dict and cannot be iterated
                if pool := manager.pools.get(key):
                    pool.close()
        super().close()


def _use_lines(manager: PoolManager) -> None:
    manager.pool_classes_by_scheme = {"http": _Lines, "https": _TlsLines}
