"""All settings as one typed object: the environment first, then `.env`.

What the settings page adds is filled in where it is used: see `ops.stored`.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from dotenv import dotenv_values

from sync_core.base.env import Env, missing, wrong
from sync_core.base.errors import ConfigError
from sync_core.base.paths import project_root
from sync_core.base.redact import keep_secret
from sync_core.base.settable import AUTO, SETTABLE

SOURCES = ("fetch_data.faculty_main", "fetch_data.students_main")
MIB = 1024 * 1024


@dataclass(frozen=True)
class Settings:
    """Times are in seconds, sizes in bytes. Secrets are left out of `repr`."""

    home: Path
    database_url: str = field(repr=False)
    data_url: str = field(repr=False)
    gateway_url: str = ""
    gateway_user: str = field(default="", repr=False)
    gateway_password: str = field(default="", repr=False)
    gateway_trouble: ConfigError | None = field(default=None, repr=False, compare=False)
    """Why a password that is stored cannot be used."""
    given: frozenset[str] = field(default=frozenset(), repr=False, compare=False)
    """Which of `settable.SETTABLE` the environment or `.env` sets: no page can change these."""
    sources: tuple[str, ...] = SOURCES
    lang: str = "fa"
    digits: str = AUTO
    public_url: str = ""
    """Under which people open the dashboard; for links in alerts."""
    trusted_hosts: tuple[str, ...] = ()
    trusted_proxies: tuple[str, ...] = ()
    page_size: int = 1_000
    concurrency: int = 8
    requests_per_s: float = 0
    campuses: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    first_year: int = 1400
    connect_timeout_s: float = 10
    call_timeout_s: float = 60
    login_timeout_s: float = 15
    tries: int = 5
    retry_wait_s: float = 60
    retry_budget_s: float = 600
    answer_max_bytes: int = 256 * MIB
    time_limit_s: float | None = None
    stall_limit_s: float = 600
    shrink_percent: float = 20
    shrink_least: int = 20
    rejects_percent: float = 1
    rejects_least: int = 20
    missing_percent: float = 20
    keep_changes_days: int = 400
    keep_rejects_days: int = 400
    keep_logs_days: int = 400
    keep_runs_days: int = 0
    keep_alerts_days: int = 400
    start_limit_s: float = 60
    lease_s: float = 60
    heartbeat_s: float = 10
    cancel_grace_s: float = 15
    busy_timeout_s: float = 30
    tick_every_s: float = 60

    def require_gateway(self) -> None:
        """Raises ConfigError for the first setting without which no run can start."""
        on_page = not self.gateway_password  # one of the environment goes to no address of a page
        if not self.gateway_url:
            right = "the gateway's address, such as https://api.example.ac.ir"
            raise missing("GATEWAY_URL", right, on_page=on_page)
        if not self.gateway_user:
            right = "the user name that the gateway's team gave you"
            raise missing("GATEWAY_USER", right, on_page=on_page)
        if not self.gateway_password:
            right = "that user's password (or set HAMGAM_GATEWAY_PASSWORD_FILE)"
            raise self.gateway_trouble or missing("GATEWAY_PASSWORD", right, on_page=on_page)

    @property
    def lease_lost_s(self) -> float:
        """A run is given up when its lease was not renewed, or its process slept, for so long."""
        return self.lease_s * 0.75

    @property
    def secrets(self) -> tuple[str, ...]:
        """Passwords, which nothing may show, in the addresses also as they are once decoded."""
        written = [_password(url) for url in (self.database_url, self.data_url)]
        return (self.gateway_password, *written, *map(unquote, written))

    @property
    def log_folder(self) -> Path:
        return self.home / "logs"

    def run_log(self, run_id: int) -> Path:
        return self.log_folder / f"run-{run_id:06d}.log"


def load(environ: Mapping[str, str] | None = None, env_file: Path | None = None) -> Settings:
    """The settings of this process; raises ConfigError with the key of the first wrong value."""
    root = project_root()
    if env_file is None and root is not None:
        env_file = root / ".env"
    values: dict[str, str | None] = dict(dotenv_values(env_file)) if env_file else {}
    values.update(os.environ if environ is None else environ)
    settings = _read(Env(values), root)
    keep_secret(*settings.secrets)
    return settings


def _read(env: Env, root: Path | None) -> Settings:
    home = _home(env, root)
    lease_s, heartbeat_s = env.seconds("LEASE_S", 60), env.seconds("HEARTBEAT_S", 10)
    if heartbeat_s * 2 > lease_s:
        raise wrong("HEARTBEAT_S", f"{heartbeat_s:g}", "at most half of HAMGAM_LEASE_S")
    return Settings(
        home=home,
        database_url=_database_url(env, "DATABASE_URL", home / "hamgam.db", root or home),
        data_url=_database_url(env, "DATA_URL", _default_data_file(home, root), root or home),
        gateway_url=env.http_url("GATEWAY_URL"),
        gateway_user=env.text("GATEWAY_USER"),
        gateway_password=env.secret("GATEWAY_PASSWORD"),
        sources=env.modules("SOURCES", SOURCES),
        public_url=env.http_url("PUBLIC_URL"),
        trusted_hosts=env.hosts("TRUSTED_HOSTS"),
        trusted_proxies=env.networks("TRUSTED_PROXIES"),
        campuses=env.codes("CAMPUSES"),
        answer_max_bytes=env.number("ANSWER_MAX_MB", 256, 1, 4_096) * MIB,
        start_limit_s=env.seconds("START_LIMIT_S", 60),
        lease_s=lease_s,
        heartbeat_s=heartbeat_s,
        cancel_grace_s=env.seconds("CANCEL_GRACE_S", 15),
        busy_timeout_s=env.seconds("BUSY_TIMEOUT_S", 30),
        tick_every_s=env.seconds("TICK_EVERY_S", 60, 3_600),
        given=frozenset(one.key for one in SETTABLE if env.text(one.name)),
        **{one.key: one.read(env) for one in SETTABLE},
    )


def _password(url: str) -> str:
    try:
        return urlsplit(url).password or ""
    except ValueError:
        return ""


def _home(env: Env, root: Path | None) -> Path:
    given = env.text("HOME")
    if given:
        return (root or Path.cwd()) / given
    if root is None:
        raise missing("HOME", "the folder for the databases and logs, such as /var/lib/hamgam")
    return root / "var"


def _default_data_file(home: Path, root: Path | None) -> Path:
    return root / "fetch_data" / "faculty_data.db" if root else home / "faculty_data.db"


def _database_url(env: Env, name: str, default: Path, base: Path) -> str:
    """SQLite with an absolute path, or PostgreSQL through psycopg."""
    given = env.text(name)
    if not given:
        return f"sqlite:///{default}"
    scheme, separator, rest = given.partition("://")
    if separator and scheme == "sqlite" and len(rest) > 1 and rest.startswith("/"):
        return f"sqlite:///{base / rest[1:]}"
    if separator and scheme in {"postgresql", "postgresql+psycopg"}:
        return f"postgresql+psycopg://{rest}"
    right = "sqlite:///var/file.db or postgresql://user@host/name"
    raise wrong(name, f"{scheme}://…" if separator else "no database address", right)
