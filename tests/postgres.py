"""A PostgreSQL server for tests: one a test process, a database of its own for each test.

`TEST_POSTGRES_URL` names a server whose user may create databases; otherwise the newest installed
one is started in a temporary folder. Without either, the tests that need it are skipped.
"""

import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from itertools import count
from pathlib import Path
from pwd import getpwnam

import pytest
from sqlalchemy import URL, create_engine, make_url, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from sync_core.base.settings import Settings
from sync_core.store.engines import open_databases
from sync_core.store.migrate import prepare

BOTH = ("sqlite", "postgresql")
PLACES = (Path("/usr/lib/postgresql"), Path("/opt/homebrew/opt"))
MEMORY = Path("/dev/shm")  # noqa: S108
ENOUGH_BYTES = 1024**3
START_S = 60
NOBODYS_PASSWORD = "never-to-be-shown"
# Nothing has to survive a crash. There is no TCP port: the socket lies in the server's folder.
OPTIONS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "listen_addresses=")
# The server ends when its guard's standard input does, so also when the tests are killed.
GUARD = """
"$@" </dev/null & read -r word; kill -QUIT $!; wait $!; [ "$word" = keep ] || rm -rf "$0"
"""
_numbers = count(1)


def use_new_database(request: pytest.FixtureRequest, patch: pytest.MonkeyPatch) -> None:
    """The control and the data database of this test are one of PostgreSQL's, migrated already."""
    stack = ExitStack()
    request.addfinalizer(stack.close)
    url = stack.enter_context(new_database(request.config, _migrated(request.config)))
    patch.setenv("HAMGAM_DATABASE_URL", url)
    patch.setenv("HAMGAM_DATA_URL", url)


@contextmanager
def new_database(config: pytest.Config, template: str = "template0") -> Iterator[str]:
    """The URL of a database that exists for this block. Skips where there is no server."""
    server = _server(config)
    name = f"hamgam_{os.getpid()}_{next(_numbers)}"
    _execute(server, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    try:
        yield server.set(database=name).render_as_string(hide_password=False)
    finally:
        _execute(server, f'DROP DATABASE "{name}" WITH (FORCE)')


@cache
def _migrated(config: pytest.Config) -> str:
    """The name of a database with both planes' tables: to copy it is quicker than to migrate."""
    stack = ExitStack()
    url = stack.enter_context(new_database(config))
    config.add_cleanup(stack.close)  # after the server's own: the last one is called first
    with ExitStack() as used:
        home = used.enter_context(tempfile.TemporaryDirectory())
        settings = Settings(Path(home), url, url)
        databases = open_databases(settings)
        used.callback(databases.dispose)  # a database in use cannot be copied
        prepare(settings, databases)
    return str(make_url(url).database)


@cache
def _server(config: pytest.Config) -> URL:
    given = os.environ.get("TEST_POSTGRES_URL")
    if given:
        return make_url(given).set(drivername="postgresql+psycopg")
    binaries = _newest_binaries()
    if binaries is None:
        pytest.skip("No PostgreSQL: install the package postgresql, or set TEST_POSTGRES_URL.")
    stack = ExitStack()
    config.add_cleanup(stack.close)
    return stack.enter_context(_running(binaries))


def _newest_binaries() -> Path | None:
    on_path = shutil.which("initdb")
    found = [path.parent for place in PLACES for path in place.glob("*/bin/initdb")]
    return max(found, key=_major, default=Path(on_path).parent if on_path else None)


def _major(binaries: Path) -> int:
    number = re.search(r"\d+", binaries.parent.name)
    return int(number[0]) if number else 0


@contextmanager
def _running(binaries: Path) -> Iterator[URL]:
    with _folder(binaries) as (folder, user), _guarded(binaries, folder, user):
        url = _address(folder)
        _wait_until_ready(url, folder / "log")
        yield url


@contextmanager
def _folder(binaries: Path) -> Iterator[tuple[Path, str | None]]:
    """A place for a server, made ready, and the user whose it is."""
    with ExitStack() as stack:
        # The path of a socket has at most 107 bytes: pytest's own folders are too deep.
        folder = Path(tempfile.mkdtemp(prefix="hamgam-pg-", dir=_memory()))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        user = _unprivileged()
        if user:
            shutil.chown(folder, user)
        _initialise(binaries, folder, user)
        yield folder, user


def _address(folder: Path) -> URL:
    url = URL.create("postgresql+psycopg", "tester", query={"host": str(folder)})
    return url.set(database="postgres")


class OwnServer:
    """One that a test may kill and start again. What was committed is there then."""

    def __init__(self, binaries: Path, folder: Path, user: str | None) -> None:
        self._binaries, self._folder, self._user = binaries, folder, user
        self._guard: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        safe = ("synchronous_commit=on",)
        self._guard = _guard(self._binaries, self._folder, self._user, safe)
        _wait_until_ready(_address(self._folder), self._folder / "log")

    def kill(self) -> None:
        """At once, whatever it is doing."""
        if self._guard is not None:
            self._guard.communicate(b"keep\n", timeout=START_S)
        self._guard = None

    def new_database(self) -> str:
        """Its URL, with a password that the server does not ask for."""
        server, name = _address(self._folder), f"own_{next(_numbers)}"
        _execute(server, f"CREATE DATABASE {name}")
        url = server.set(database=name, password=NOBODYS_PASSWORD)
        return url.render_as_string(hide_password=False)


@contextmanager
def own_server() -> Iterator[OwnServer]:
    """Skips where no server can be started, also where `TEST_POSTGRES_URL` names one."""
    binaries = _newest_binaries()
    if binaries is None:
        pytest.skip("No PostgreSQL: install the package postgresql.")
    with _folder(binaries) as (folder, user):
        server = OwnServer(binaries, folder, user)
        server.start()
        try:
            yield server
        finally:
            server.kill()


def _memory() -> Path | None:
    """A copy of a database is hundreds of small files: on a disk it takes five times as long."""
    roomy = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ENOUGH_BYTES
    return MEMORY if roomy and os.access(MEMORY, os.W_OK) else None


def _unprivileged() -> str | None:
    """Whom the server runs as: it refuses to be root."""
    if os.getuid() != 0:
        return None
    try:
        return getpwnam("postgres").pw_name
    except KeyError:
        return "nobody"


def _initialise(binaries: Path, folder: Path, user: str | None) -> None:
    """Sorts as people do, not by bytes: a query that relies on the order of bytes must say so."""
    sorting = ["--locale-provider=icu", "--icu-locale=fa"] if _major(binaries) >= 15 else []
    command: list[str | Path] = [
        binaries / "initdb",
        "-D",
        folder / "data",
        "-U",
        "tester",
        "-A",
        "trust",
    ]
    options = ["-E", "UTF8", "--no-sync", "--locale=C.UTF-8", *sorting]
    subprocess.run(
        [*command, *options], user=user, cwd=folder, stdout=subprocess.DEVNULL, check=True
    )


@contextmanager
def _guarded(binaries: Path, folder: Path, user: str | None) -> Iterator[None]:
    with _guard(binaries, folder, user) as guard:
        try:
            yield
        finally:
            guard.communicate(timeout=START_S)


def _guard(
    binaries: Path, folder: Path, user: str | None, more: tuple[str, ...] = ()
) -> "subprocess.Popen[bytes]":
    places = (f"unix_socket_directories={folder}",)
    options = [f"-c{option}" for option in (*OPTIONS, *places, *more)]
    command: list[str | Path] = [binaries / "postgres", "-D", folder / "data", *options]
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(
            ["/bin/sh", "-c", GUARD, folder, *command],
            user=user,
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
        )


def _wait_until_ready(url: URL, log: Path) -> None:
    deadline = time.monotonic() + START_S
    while True:
        try:
            return _execute(url, "SELECT 1")
        except OperationalError:
            if time.monotonic() > deadline:
                raise AssertionError(f"PostgreSQL did not start:\n{log.read_text()}") from None
            time.sleep(0.05)


def _execute(server: URL, statement: str) -> None:
    """CREATE and DROP DATABASE cannot run inside a transaction."""
    engine = create_engine(server, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
