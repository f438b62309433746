"""Files to take away, each by a route of our own: the role is asked, nothing is kept by a cache.

Streamlit's own downloads are known to every session that has their address.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from sync_core.access import login_page
from sync_core.access.gate import IDENTITY_HEADER
from sync_core.access.permissions import ANONYMOUS, Actor
from sync_core.access.sessions import find_actor
from sync_core.base.clock import tehran_today
from sync_core.base.errors import DatabaseError, Denied, DiskFull, SyncError
from sync_core.base.i18n import _
from sync_core.base.settings import Settings
from sync_core.inspect.campuses_csv import campuses_csv
from sync_core.inspect.export import CSV, XLSX, ExportRequest
from sync_core.inspect.export_stream import ExportAnswer, Places
from sync_core.inspect.export_tokens import ExportGone, UnknownExport, requested, take_export
from sync_core.inspect.history_csv import history_csv
from sync_core.inspect.periods import from_address
from sync_core.inspect.run_log import whole_log
from sync_core.store.engines import Databases
from sync_core.store.history import HistoryFilter

FILTERS = ("source", "status", "trigger", "who")
LONGEST = 100
"""Of a value in the address."""
KINDS = {
    CSV: "text/csv; charset=utf-8",
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
PLAIN = {"Content-Encoding": "identity"}
"""Else Streamlit's middleware would compress a long file on the event loop, and everybody wait."""
STATUSES: tuple[tuple[type[SyncError], int], ...] = (
    (Denied, 403),
    (UnknownExport, 404),
    (ExportGone, 410),
    (DiskFull, 507),
    (DatabaseError, 503),
    (SyncError, 409),
)
CAMPUSES: Final = "campuses"
What = int | HistoryFilter | Literal["campuses"]
"""A run, whose log it is; which runs; or the campuses."""


@dataclass
class Downloads:
    settings: Settings
    databases: Databases
    places: Places = field(default_factory=Places)

    async def log(self, request: Request) -> Response:
        given = request.query_params.get("run", "")
        if not (given.isascii() and given.isdigit() and len(given) < 10):
            return PlainTextResponse("There is no such run.", 404)
        return await self._file(request, f"run-{int(given)}.log", "text/plain", int(given))

    async def runs(self, request: Request) -> Response:
        which = filter_of(request.query_params)
        return await self._file(request, "runs.csv", "text/csv", which)

    async def people(self, request: Request) -> Response | ExportAnswer:
        """A file that was asked for on a screen. To look at its head, or too early, costs nothing.

        Over HTTP 1.0 nobody can tell half a file without a length from a whole one.
        """
        if request.method != "GET":
            return PlainTextResponse("A file is fetched once.", 405, headers={"Allow": "GET"})
        if request.scope.get("http_version") == "1.0":
            return PlainTextResponse("Files are sent over HTTP 1.1: see docs/security.md.", 505)
        if self.places.is_full:
            words = _("Others are fetching files just now. Try again in a minute.")
            return _notice(request, words, 503)
        token = request.query_params.get("token", "")[:LONGEST]
        try:
            actor, wanted = await to_thread.run_sync(self._wanted, request, token)
        except SyncError as exc:
            return _refused(request, exc)
        return ExportAnswer(
            lambda: take_export(self.settings, self.databases, actor, token),
            lambda trouble: _refused(request, trouble),
            file_headers(wanted.file_name, KINDS[wanted.format]) | PLAIN,
            self.places,
        )

    def _wanted(self, request: Request, token: str) -> tuple[Actor, ExportRequest]:
        actor = asking(self.databases, request)
        return actor, requested(self.settings, self.databases, actor, token)

    async def campuses(self, request: Request) -> Response:
        return await self._file(request, "campuses.csv", "text/csv", CAMPUSES)

    async def _file(self, request: Request, name: str, kind: str, what: What) -> Response:
        try:
            lines = await to_thread.run_sync(self._lines, request, what)
        except Denied:
            return PlainTextResponse("This is not allowed.", 403)
        return StreamingResponse(lines, headers=file_headers(name, kind))

    def _lines(self, request: Request, what: What) -> Iterable[str]:
        actor = asking(self.databases, request)
        if what == CAMPUSES:
            return campuses_csv(self.databases, actor)
        if isinstance(what, HistoryFilter):
            return history_csv(self.databases, actor, what)
        return whole_log(self.settings, actor, what)


def asking(databases: Databases, request: Request) -> Actor:
    """Whom the gate has let through; it takes away what a client claims to be."""
    known = request.headers.get(IDENTITY_HEADER.decode())
    return (find_actor(databases, known) if known else None) or ANONYMOUS


def file_headers(name: str, kind: str) -> dict[str, str]:
    return {
        "Content-Type": kind,
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
    }


def _refused(request: Request, error: SyncError) -> Response:
    status = next(status for kind, status in STATUSES if isinstance(error, kind))
    words = {
        403: _("Your role does not allow this."),
        404: _("There is no such file."),
        410: _("This file was fetched already, or too late. Ask for it again on the same page."),
        503: _("The database does not answer. Try again in a minute; if it lasts, run doctor."),
        507: _("There is no room on the server's disk for this file. Take CSV instead."),
    }
    return _notice(
        request, words.get(status, _("This file cannot be made. Take CSV instead.")), status
    )


def _notice(request: Request, words: str, status: int) -> Response:
    """A person who followed the link gets a page, a program a line."""
    headers = {"Cache-Control": "no-store"}
    if "text/html" not in request.headers.get("accept", ""):
        return PlainTextResponse(words, status, headers=headers)
    page = login_page.notice_page(_("The file cannot be fetched"), words)
    return HTMLResponse(page, status, headers=headers)


def filter_of(values: Mapping[str, str]) -> HistoryFilter:
    """The filters of the page of runs, as they stand in its address."""
    period = from_address(values, tehran_today())
    source, status, trigger, who = (values.get(name, "")[:LONGEST] or None for name in FILTERS)
    return HistoryFilter(source, status, trigger, who, period.since, period.until)


def download_routes(settings: Settings, databases: Databases) -> list[BaseRoute]:
    downloads = Downloads(settings, databases)
    return [
        Route("/download/log", downloads.log, methods=["GET"]),
        Route("/download/runs.csv", downloads.runs, methods=["GET"]),
        Route("/download/people", downloads.people, methods=["GET"]),
        Route("/download/campuses.csv", downloads.campuses, methods=["GET"]),
    ]
