"""People before a dashboard: each with a role, tabs, and a name that tells them apart."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import requests
from sqlalchemy import text

from sync_core.access.cookies import Seal
from sync_core.access.keys import secret_key
from sync_core.access.permissions import ADMIN, Actor
from sync_core.access.sessions import open_session
from sync_core.base.clock import utc_now
from sync_core.base.settings import Settings, load
from sync_core.store import runs
from sync_core.store.accounts import add_user
from tests.faults.screens import Tab, open_tab
from tests.pages.web_server import WebServer

NO_HASH = "nobody logs in with this"  # to hash a password takes a while


@dataclass
class Crowd:
    """`environ`: the settings of the server."""

    server: WebServer
    environ: Mapping[str, str]
    names: set[str] = field(default_factory=set)

    @property
    def settings(self) -> Settings:
        return load(self.environ)

    def add(self, role: str = ADMIN, *, must_change: bool = False) -> Actor:
        name = f"person-{len(self.names):03}-end"
        self.names.add(name)
        with self.server.databases.control.write() as session:
            user = add_user(session, name, NO_HASH, role, utc_now(), must_change=must_change)
            return Actor(name, role, user.id, must_change=must_change)

    def token(self, actor: Actor) -> str:
        return open_session(self.server.databases, actor)

    def cookie(self, token: str) -> str:
        """As the login gives it."""
        return Seal(secret_key(self.settings, "web")).session_value(token)

    @contextmanager
    def tab(self, actor: Actor, **more: Any) -> Iterator[Tab]:
        with open_tab(self.server, self.cookie(self.token(actor)), **more) as tab:
            yield tab

    def named_in(self, page: str) -> set[str]:
        return {name for name in self.names if name in page}

    def change(self, statement: str, **values: object) -> None:
        """What somebody else does to one row of the control database."""
        with self.server.databases.control.write() as session:
            changed = session.execute(text(f"{statement} RETURNING 1"), values).all()
            assert len(changed) == 1

    def run_count(self) -> int:
        with self.server.databases.control.read() as session:
            return len(list(runs.latest_runs(session, source=None, limit=1_000)))

    def is_running(self) -> bool:
        with self.server.databases.control.read() as session:
            return bool(runs.active_runs(session))

    def is_healthy(self) -> bool:
        answer = requests.get(f"{self.server.url}/healthz", timeout=30)
        return answer.status_code == 200 and answer.json() == {"status": "ok"}


def whose(page: str) -> set[str]:
    """Whom the sidebar greets."""
    return set(re.findall(r'"hamgam-who"><span><bdi>([^<]+)</bdi>', page))
