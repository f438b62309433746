"""Sends an export as the answer to a request. What breaks on the way breaks the connection.

One thread reads and sends, a piece at a time, and waits while the client does. It stops when the
client has gone, takes nothing for half a minute, or is not done after half an hour.
"""

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager

from anyio import (
    CancelScope,
    CapacityLimiter,
    create_task_group,
    fail_after,
    from_thread,
    move_on_after,
    to_thread,
)
from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from sync_core.base.errors import SyncError
from sync_core.inspect.export import Export

PATIENCE_S = 30
LONGEST_S = 1_800
"""A snapshot of the table is held as long: see docs/security.md."""
AT_ONCE = 3
log = logging.getLogger("hamgam.export")

Opened = Callable[[], AbstractContextManager[Export]]
Refused = Callable[[SyncError], Response]


class BrokenOff(Exception):
    """The answer has begun and cannot be ended: the server closes the connection."""


class Places:
    """So many files at once; each takes a thread and holds the table as it was."""

    def __init__(self) -> None:
        self.limiter = CapacityLimiter(AT_ONCE)

    @property
    def is_full(self) -> bool:
        return self.limiter.available_tokens < 1


class ExportAnswer:
    """An ASGI application for one request."""

    def __init__(
        self, opened: Opened, refused: Refused, headers: dict[str, str], places: Places
    ) -> None:
        self._opened, self._refused = opened, refused
        self._headers, self._places = headers, places
        self._begun = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._send = send
        trouble: SyncError | TimeoutError | None = None
        async with create_task_group() as group:
            group.start_soon(_until_gone, receive, group.cancel_scope)
            with move_on_after(LONGEST_S) as limit:
                trouble = await to_thread.run_sync(self._produce, limiter=self._places.limiter)
            group.cancel_scope.cancel()
        if limit.cancelled_caught:
            trouble = TimeoutError()
        if trouble is not None:
            await self._refuse(trouble)(scope, receive, send)

    def _refuse(self, trouble: SyncError | TimeoutError) -> Response:
        if self._begun or isinstance(trouble, TimeoutError):
            log.warning("An export was broken off: %s", trouble or "the client took too long")
            raise BrokenOff  # of its cause nothing more is told: that may name somebody
        return self._refused(trouble)

    def _produce(self) -> SyncError | TimeoutError | None:
        """In a thread. Everything that is held is let go of when it ends, however that is."""
        try:
            with self._opened() as export:
                for chunk in export.chunks:
                    from_thread.check_cancelled()
                    if chunk:
                        from_thread.run(self._push, export, chunk)
            from_thread.run(self._end)
        except (SyncError, TimeoutError) as exc:
            return exc
        return None

    async def _push(self, export: Export, chunk: bytes) -> None:
        with fail_after(PATIENCE_S):
            if not self._begun:
                await self._begin(export)
            await self._send({"type": "http.response.body", "body": chunk, "more_body": True})

    async def _begin(self, export: Export) -> None:
        self._begun = True
        headers = MutableHeaders(self._headers)
        if export.size is not None:
            headers["Content-Length"] = str(export.size)
        start = {"type": "http.response.start", "status": 200, "headers": headers.raw}
        await self._send(start)

    async def _end(self) -> None:
        with fail_after(PATIENCE_S):
            await self._send({"type": "http.response.body", "body": b"", "more_body": False})


async def _until_gone(receive: Receive, scope: CancelScope) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    scope.cancel()
