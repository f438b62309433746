"""Files of people over HTTP: who gets them, once; and what breaks, breaks where it is seen."""

import csv
import io
import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from requests.adapters import HTTPAdapter
from sqlalchemy import text

from sync_core.access.cookies import SESSION_COOKIE
from sync_core.access.permissions import ADMIN, OPERATOR, VIEWER, Actor
from sync_core.base.settings import load
from sync_core.engine.source import find_source
from sync_core.inspect.export import CSV, XLSX, ExportRequest
from sync_core.inspect.export_stream import AT_ONCE
from sync_core.inspect.export_tokens import offer_export
from sync_core.inspect.masking import DOTS
from sync_core.inspect.people_filter import PeopleFilter
from sync_core.store.engines import Databases
from tests.faults.crowd import Crowd
from tests.pages.web_server import running_web_server
from tests.postgres import BOTH, new_database
from tests.runs.installation import wait_until

pytestmark = pytest.mark.slow

MANY = 60_000
"""Rows of more bytes than any buffer on the way holds."""
PAGE = "text/html,application/xhtml+xml"
REASON = "برای صدور کارت تازه"
PHONE, NAME = "09000000001", "نمونه‌پور"
FILL = """
WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < :rows)
INSERT INTO "Students" (studentnum, familyname, phonenum, address, city, first_run, last_run)
SELECT CAST(4010000000 + n AS text), :name, :phone, :long, :long, 1, 1 FROM numbers
"""


READS = (
    "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    " AND state <> 'idle' AND query LIKE '%\"Students\"%'"
)
"""PostgreSQL's: who holds a snapshot of the students."""


@contextmanager
def running_site(request: pytest.FixtureRequest, home: Path) -> Iterator[Crowd]:
    """A dashboard before many students, on the database that the test is for."""
    urls = {"control": f"sqlite:///{home / 'hamgam.db'}", "data": f"sqlite:///{home / 'data.db'}"}
    with ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        if request.param == "postgresql":
            url = stack.enter_context(new_database(request.config))
            urls = {"control": url, "data": url}
        environ = {
            "HAMGAM_HOME": str(home),
            "HAMGAM_DATABASE_URL": urls["control"],
            "HAMGAM_DATA_URL": urls["data"],
        }
        for name, value in environ.items():
            patch.setenv(name, value)
        with running_web_server(home) as server:
            crowd = Crowd(server, environ)
            values = {"rows": MANY, "name": NAME, "phone": PHONE, "long": "خیابان " * 20}
            with server.databases.data.write() as session:
                session.execute(text(FILL), values)
            yield crowd


@pytest.fixture(scope="module", params=BOTH)
def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Crowd]:
    with running_site(request, tmp_path_factory.mktemp("site")) as crowd:
        yield crowd


@pytest.fixture
def admin(site: Crowd) -> Actor:
    return site.add(ADMIN)


def offered(
    site: Crowd,
    actor: Actor,
    kind: str = CSV,
    which: PeopleFilter | None = None,
    reason: str | None = None,
) -> str:
    source = find_source(load(site.environ), "students")
    request = ExportRequest(source, which or PeopleFilter(), kind, reason)
    return offer_export(site.server.databases, actor, request)


class ShortOfRoom(HTTPAdapter):
    """Who reads slowly holds the server up: no buffer of the system takes the whole file."""

    def init_poolmanager(self, *given: Any, **named: Any) -> None:
        options = [(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)]
        super().init_poolmanager(*given, **named, socket_options=options)


def fetch(
    site: Crowd, actor: Actor, token: str, method: str = "GET", accept: str = "*/*"
) -> requests.Response:
    cookie = site.cookie(site.token(actor))
    browser = requests.Session()
    browser.mount("http://", ShortOfRoom())
    return browser.request(
        method,
        f"{site.server.url}/download/people",
        params={"token": token},
        headers={"Cookie": f"{SESSION_COOKIE}={cookie}", "Accept": accept},
        stream=True,
        timeout=60,
    )


@dataclass
class Reader:
    """Somebody who has read the beginning of a long file, and reads no further for now."""

    answer: requests.Response

    def __post_init__(self) -> None:
        assert self.answer.status_code == 200
        self._chunks = self.answer.iter_content(1024)
        assert next(self._chunks).startswith("\ufeffstudentnum".encode())

    def rest(self) -> int:
        """How many more bytes come until the end; raises where there is none."""
        return sum(map(len, self._chunks))


def begun(site: Crowd, actor: Actor) -> Reader:
    return Reader(fetch(site, actor, offered(site, actor)))


def exports(databases: Databases) -> list[str]:
    with databases.control.read() as session:
        query = text("SELECT detail FROM access_logs WHERE action = 'export' ORDER BY id")
        return list(session.scalars(query))


def is_read_by_nobody(databases: Databases) -> bool:
    """No snapshot of the data is held any more."""
    if databases.data.file is None:
        with databases.data.read() as session:
            return session.scalar(text(f"SELECT count(*) {READS}")) == 0
    with databases.data.engine.connect() as connection:
        connection.exec_driver_sql("ROLLBACK")
        connection.exec_driver_sql("PRAGMA busy_timeout=100")
        connection.exec_driver_sql('UPDATE "Students" SET last_run = last_run + 1 WHERE rowid = 1')
        is_busy, _, _ = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
        connection.exec_driver_sql("BEGIN")
    return not is_busy


def test_it_gives_the_whole_file_to_whom_it_was_offered(site: Crowd) -> None:
    viewer = site.add(VIEWER)
    answer = fetch(site, viewer, offered(site, viewer))

    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Transfer-Encoding"] == "chunked"
    disposition = answer.headers["Content-Disposition"]
    assert disposition.startswith('attachment; filename="students-14')
    assert disposition.endswith('.csv"')
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    assert [row["studentnum"] for row in rows] == [str(4_010_000_000 + n) for n in range(MANY)]
    assert {(row["phonenum"], row["familyname"]) for row in rows} == {(DOTS, NAME)}


def test_it_gives_a_workbook_with_its_length(site: Crowd, admin: Actor) -> None:
    answer = fetch(site, admin, offered(site, admin, XLSX, PeopleFilter(text="4010000007")))
    assert answer.headers["Cache-Control"] == "no-store"
    assert int(answer.headers["Content-Length"]) == len(answer.content)
    assert answer.content[:2] == b"PK"
    place = load(site.environ).home / "tmp"
    wait_until(lambda: not any(place.iterdir()), "the end of the temporary file")


def test_it_gives_personal_columns_to_an_administrator_with_a_reason(
    site: Crowd, admin: Actor
) -> None:
    which = PeopleFilter(text="4010000007")
    answer = fetch(site, admin, offered(site, admin, CSV, which, REASON))
    assert PHONE in answer.text
    assert exports(site.server.databases)[-1] == f"csv, 1 rows, unmasked: {REASON}; text search"


def test_it_gives_nothing_twice(site: Crowd, admin: Actor) -> None:
    token = offered(site, admin, which=PeopleFilter(text="4010000007"))
    assert fetch(site, admin, token).status_code == 200
    for accept in ("*/*", PAGE):
        answer = fetch(site, admin, token, accept=accept)
        assert answer.status_code == 410
        assert answer.headers["Cache-Control"] == "no-store"
        assert ("<html" in answer.text) == (accept == PAGE)


def test_it_gives_nothing_to_others_or_for_made_up_tokens(site: Crowd, admin: Actor) -> None:
    other, token = site.add(ADMIN), offered(site, admin)
    for bad in (token, "", "x", token * 50, "é"):
        answer = fetch(site, other, bad)
        assert (answer.status_code, NAME in answer.text) == (404, False)


def test_it_gives_nothing_without_a_session_or_with_one_that_was_closed(
    site: Crowd, admin: Actor
) -> None:
    token, url = offered(site, admin), f"{site.server.url}/download/people"
    answer = requests.get(url, params={"token": token}, allow_redirects=False, timeout=30)
    assert answer.status_code == 401
    cookie = site.cookie(site.token(admin))
    with site.server.databases.control.write() as session:
        session.execute(text("DELETE FROM sessions WHERE user_id = :id"), {"id": admin.user_id})
    headers = {"Cookie": f"{SESSION_COOKIE}={cookie}"}
    assert (
        requests.get(url, params={"token": token}, headers=headers, timeout=30).status_code == 401
    )
    assert fetch(site, admin, token, method="HEAD").status_code == 405, "it is still good"


def test_it_asks_for_the_role_again_when_the_file_is_fetched(site: Crowd, admin: Actor) -> None:
    which = PeopleFilter(text="4010000007")
    masked, unmasked = offered(site, admin), offered(site, admin, CSV, which, REASON)
    change = "UPDATE users SET role = :role, must_change = :must WHERE id = :id"
    before = exports(site.server.databases)

    site.change(change, role=OPERATOR, must=False, id=admin.user_id)
    answer = fetch(site, admin, unmasked)
    assert (answer.status_code, PHONE in answer.text) == (403, False)
    site.change(change, role=ADMIN, must=True, id=admin.user_id)
    assert fetch(site, admin, masked).status_code == 403

    assert exports(site.server.databases) == before


def test_a_look_at_the_head_costs_nothing(site: Crowd, admin: Actor) -> None:
    token = offered(site, admin, which=PeopleFilter(text="4010000007"))
    assert fetch(site, admin, token, "HEAD").status_code == 405
    assert fetch(site, admin, token).status_code == 200


def test_it_is_refused_where_half_a_file_would_look_whole(site: Crowd, admin: Actor) -> None:
    address = urlsplit(site.server.url)
    token, cookie = offered(site, admin), site.cookie(site.token(admin))
    with socket.create_connection((address.hostname, address.port), 30) as wire:
        wire.sendall(
            f"GET /download/people?token={token} HTTP/1.0\r\nHost: {address.netloc}\r\n"
            f"Cookie: {SESSION_COOKIE}={cookie}\r\n\r\n".encode()
        )
        head = wire.makefile("rb").readline()
    assert b" 505 " in head


def test_it_is_on_record_while_it_is_still_sent(site: Crowd, admin: Actor) -> None:
    before = exports(site.server.databases)
    reader = begun(site, admin)
    assert exports(site.server.databases) == [*before, f"csv, {MANY} rows, masked; everybody"]
    assert reader.rest()


def test_it_stops_reading_when_the_client_goes_away(site: Crowd, admin: Actor) -> None:
    reader = begun(site, admin)
    assert not is_read_by_nobody(site.server.databases)
    reader.answer.close()
    wait_until(lambda: is_read_by_nobody(site.server.databases), "the end of the reading")
    assert site.is_healthy()


def test_it_makes_no_workbook_for_a_client_who_is_gone(site: Crowd, admin: Actor) -> None:
    address = urlsplit(site.server.url)
    token, cookie = offered(site, admin, XLSX), site.cookie(site.token(admin))
    place = load(site.environ).home / "tmp"
    with socket.create_connection((address.hostname, address.port), 30) as wire:
        wire.sendall(
            f"GET /download/people?token={token} HTTP/1.1\r\nHost: {address.netloc}\r\n"
            f"Cookie: {SESSION_COOKIE}={cookie}\r\n\r\n".encode()
        )
        wait_until(lambda: any(place.glob("*")), "the begin of the workbook")
    wait_until(lambda: not any(place.glob("*")), "the end of the workbook")
    assert is_read_by_nobody(site.server.databases)


def test_so_many_at_once_and_no_more(site: Crowd, admin: Actor) -> None:
    busy = [begun(site, admin) for _ in range(AT_ONCE)]
    token = offered(site, admin, which=PeopleFilter(text="4010000007"))
    try:
        assert fetch(site, admin, token).status_code == 503
        assert site.is_healthy()
    finally:
        for reader in busy:
            reader.answer.close()
    wait_until(lambda: fetch(site, admin, token).status_code == 200, "a free place")


@pytest.fixture(params=BOTH)
def own_site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Crowd]:
    """For a test after which its database is worth nothing."""
    with running_site(request, tmp_path_factory.mktemp("own")) as crowd:
        yield crowd


def terminated(databases: Databases) -> bool:
    with databases.data.read() as session:
        return bool(session.scalars(text(f"SELECT pg_terminate_backend(pid) {READS}")).all())


def break_database(databases: Databases) -> None:
    """Under whoever reads it just now."""
    file = databases.data.file
    if file is None:
        wait_until(lambda: terminated(databases), "somebody who reads")
        return
    size = file.stat().st_size
    with file.open("r+b") as whole:
        whole.seek(size // 8 // 4096 * 4096)
        whole.write(b"\xff" * (size - size // 8))
        os.fsync(whole.fileno())


def test_a_database_that_breaks_breaks_the_download(own_site: Crowd) -> None:
    databases = own_site.server.databases
    with databases.data.engine.connect() as connection:
        if databases.data.file is not None:
            connection.exec_driver_sql("ROLLBACK")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.exec_driver_sql("BEGIN")
    databases.data.engine.dispose()
    reader = begun(own_site, own_site.add(ADMIN))

    break_database(databases)

    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        reader.rest()
    log = own_site.server.log.read_text(errors="replace")
    assert "An export was broken off" in log
    assert PHONE not in log
    assert NAME not in log
