"""No secret in a log, database, command line, error, crontab or page: canaries, and a search."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests

from sync_core.access.permissions import command_line_actor
from sync_core.base.clock import utc_now
from sync_core.schedule.plans import read_schedules, save_schedule
from sync_core.store import runs, schedules
from tests import seed
from tests.engine.raw_server import RawServer, raw_server
from tests.faults import canaries
from tests.faults.canaries import (
    CODE,
    ENCODINGS,
    LOGIN_PASSWORD,
    PASSWORD,
    PERSON,
    SCREEN_PASSWORD,
    TOKEN,
    URL_PASSWORD,
    contents,
    names_in,
    secrets_in,
)
from tests.faults.command_lines import Watch, watched
from tests.faults.echo import MODES, Gateway
from tests.faults.screens import Tab, cookie_of, open_tab
from tests.pages import web_server
from tests.runs.installation import ROOT, Installation, wait_until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="needs Linux's /proc"),
]

DEAD = f"postgresql://canary-user:{URL_PASSWORD}@127.0.0.1:9/nowhere"
TORN = DEAD.replace(":9/", ":port/")
SETTINGS = {
    "HAMGAM_GATEWAY_USER": "tester",
    "HAMGAM_GATEWAY_PASSWORD": PASSWORD,
    "HAMGAM_SOURCES": "fetch_data.faculty_main,tests.faults.telltale_source",
    "HAMGAM_TRIES": "1",
    "HAMGAM_LOGIN_TIMEOUT_S": "5",
}
ON_SCREEN = {f"HAMGAM_GATEWAY_{name}": "" for name in ("URL", "USER", "PASSWORD")}
"""An environment that says nothing of the account: it is entered on the screen."""
COMMANDS_IN_A_ROW = (
    "import json, sys; from sync_core.cli.main import main;"
    "[main(command) for command in json.loads(sys.stdin.read())]"
)
BEHAVIOURS = {"prints": "gateway", "cuts": "gateway", "fails": "crashed"}
LATER_MODES = {mode: error for mode, error in MODES.items() if mode != "answers"}
"""By then its one person would be too few."""
LOOKS = ("status", "runs", "doctor", "tick")
MISTAKES = {
    "HAMGAM_DATA_URL": (DEAD, TORN, f"postgresql:/{URL_PASSWORD}"),
    "HAMGAM_DATABASE_URL": (DEAD, TORN, f"mysql://me:{URL_PASSWORD}@host/x"),
    "HAMGAM_GATEWAY_URL": (
        f"https://me:{URL_PASSWORD}@127.0.0.1:9",
        f"https://127.0.0.1:9/?password={URL_PASSWORD}",
    ),
}
"""What an operator gets wrong: addresses with a password in them, servers that are not there."""


@dataclass
class Stage:
    """What was said, by what caused it; what the runs reported; what lies on the disk."""

    home: Path
    gateway: Gateway
    url: str
    watch: Watch
    said: dict[str, bytes] = field(default_factory=dict)
    reports: dict[str, dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.environ = {
            **SETTINGS,
            "HAMGAM_GATEWAY_URL": self.url,
            "HAMGAM_HOME": str(self.home),
            "HAMGAM_DATABASE_URL": f"sqlite:///{self.home / 'hamgam.db'}",
            "HAMGAM_DATA_URL": f"sqlite:///{self.home / 'data.db'}",
        }
        self.installation = Installation(self.environ)

    def call(self, what: str, *commands: Sequence[str], **environ: str) -> list[dict[str, Any]]:
        """Runs commands in a process of their own; the reports of runs among what they said."""
        done = subprocess.run(
            [sys.executable, "-c", COMMANDS_IN_A_ROW],
            cwd=ROOT,
            env={**self.installation.environ, **environ},
            input=json.dumps(commands).encode(),
            capture_output=True,
            timeout=90,
            check=False,
        )
        self.said[what] = done.stdout + done.stderr
        lines = done.stdout.splitlines()
        return [json.loads(line) for line in lines if line.startswith(b'{"run_id"')]

    def everything(self) -> Iterator[tuple[str, bytes]]:
        yield from self.said.items()
        yield from contents(self.home)
        yield from (
            (f"the command line {line!r}", line) for line in list(self.watch.lines.values())
        )


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """One installation, and all that can happen to its secrets."""
    gateway, home = Gateway(), tmp_path_factory.mktemp("canary")
    with no_proxies(), raw_server(gateway.play) as server, watched() as watch:
        stage = Stage(home, gateway, server.url, watch)
        _run_all(stage)
        _tick(stage, server)
        _misconfigure(stage)
        _look(stage)
        _show_pages(stage, server)
        yield stage
    stage.installation.databases.dispose()


@contextmanager
def no_proxies() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
            patch.delenv(name)
        yield


def _run_all(stage: Stage) -> None:
    stage.gateway.modes.extend(MODES)
    commands = [["sync", "faculty", "--json"]] * len(MODES)
    reports = stage.call("runs against every gateway", ["init"], *commands)
    stage.reports |= dict(zip(MODES, reports, strict=True))
    for behaviour in BEHAVIOURS:
        what = f"a child that {behaviour}"
        [stage.reports[what]] = stage.call(what, ["sync", "telltale", "--json"], TELLTALE=behaviour)


def _tick(stage: Stage, server: RawServer) -> None:
    """It starts a detached run, which is refused at the login."""
    stage.gateway.mode = "refuses the login"
    databases, asked = stage.installation.databases, len(server.asked)
    actor = command_line_actor()
    save_schedule(
        databases, actor, "faculty", enabled=True, interval_value=1, interval_unit="hours"
    )
    [seen] = [row for row in read_schedules(databases, seed.VISITOR) if row.source == "faculty"]
    with databases.control.write() as session:
        assert schedules.claim_slot(session, seen, next_due_at=utc_now(), fired_at=None)
    stage.call("a tick that starts a run", ["tick", "--json"])

    _wait_until_ended(stage, server, asked)


def _wait_until_ended(stage: Stage, server: RawServer, asked: int) -> None:
    """Of a detached run; `asked`: what the gateway had been asked before it began."""

    def ended() -> bool:
        with stage.installation.databases.control.read() as session:
            return len(server.asked) > asked and not runs.active_runs(session)

    wait_until(ended, "the detached run's end")


def _misconfigure(stage: Stage) -> None:
    for name, values in MISTAKES.items():
        for number, value in enumerate(values):
            looks = [["doctor"], ["schedule", "show"], ["status"], ["start", "faculty"], ["tick"]]
            commands = [["sync", "faculty", "--json"], *(looks if value == DEAD else [])]
            stage.call(f"{name} {number}", *commands, **{name: value})


def _look(stage: Stage) -> None:
    """Every command that shows something."""
    commands = [[look, *how] for look in LOOKS for how in ([], ["--json"])]
    commands += [["schedule", "show"], ["schedule", "show", "--json"], ["user", "list"]]
    for report in stage.reports.values():
        number = str(report["run_id"])
        commands += [["show", number], ["show", number, "--json"], ["logs", number, "--all"]]
    stage.call("every look", *commands)


def _show_pages(stage: Stage, gateway: RawServer) -> None:
    """The overview, the history, each run's page with the end of its log; and the settings, where
    the account is entered that the last runs use.
    """
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**stage.environ, **ON_SCREEN}.items():
            patch.setenv(name, value)
        patch.setattr(web_server, "PASSWORD", LOGIN_PASSWORD)
        with web_server.running_web_server(stage.home) as server:
            refused = server.post_login(requests.Session(), LOGIN_PASSWORD, PASSWORD)
            stage.said["a password in the name's place"] = b"%d" % refused.status_code
            cookie = cookie_of(server.log_in(password=LOGIN_PASSWORD))
            with open_tab(server, cookie) as tab:
                _enter_account(stage, tab)
                _run_with_that_account(stage, gateway)
                stage.said["the settings after the runs"] = tab.open("settings").encode()
                stage.said["the settings, forgetting"] = tab.submit("forget_password").encode()
                stage.said["the overview"] = tab.open().encode()
                stage.said["the history"] = tab.open("runs").encode()
                for what, report in stage.reports.items():
                    page = tab.open("run", f"id={report['run_id']}")
                    stage.said[f"the page after {what}"] = page.encode()


def _enter_account(stage: Stage, tab: Tab) -> None:
    """Thrice: refused, taken, and refused because the address changed."""
    stage.said["the settings"] = tab.open("settings").encode()
    given = {"gateway_url_0": stage.url, "gateway_password_0": SCREEN_PASSWORD}
    tries = (
        {**given, "gateway_user_0": " "},
        {**given, "gateway_user_0": "tester"},
        {"gateway_url_1": "https://elsewhere.example"},
    )
    for number, fields in enumerate(tries):
        stage.said[f"the settings, try {number}"] = tab.submit("save_gateway", **fields).encode()


def _run_with_that_account(stage: Stage, server: RawServer) -> None:
    """Here and detached, against every gateway, and by a child that gives it away."""
    stage.gateway.modes.extend(LATER_MODES)
    commands = [["sync", "faculty", "--json"]] * len(LATER_MODES)
    reports = stage.call("runs of the screen's account", *commands, **ON_SCREEN)
    stage.reports |= {
        f"{mode}, by the screen": report for mode, report in zip(LATER_MODES, reports, strict=True)
    }
    for behaviour in BEHAVIOURS:
        what = f"a child that {behaviour}, by the screen"
        environ = {**ON_SCREEN, "TELLTALE": behaviour}
        [stage.reports[what]] = stage.call(what, ["sync", "telltale", "--json"], **environ)
    asked = len(server.asked)
    stage.call("a start of the screen's account", ["start", "faculty"], **ON_SCREEN)
    _wait_until_ended(stage, server, asked)
    looks = [["doctor"], ["doctor", "--json"], ["status", "--json"], ["runs", "--json"]]
    stage.call("looks with the screen's account", *looks, **ON_SCREEN)


@pytest.mark.parametrize("how", ENCODINGS)
@pytest.mark.parametrize("secret", canaries.SECRETS)
def test_the_search_finds_a_secret_in_every_form(secret: str, how: str) -> None:
    assert secret in secrets_in(f"it is {ENCODINGS[how](secret)}!".encode())


def test_it_tells_no_secret_to_anybody(stage: Stage) -> None:
    found = {where: secrets_in(text) for where, text in stage.everything()}
    assert {where: secrets for where, secrets in found.items() if secrets} == {}


def test_it_leaves_no_part_of_a_secret_where_a_line_is_cut(stage: Stage) -> None:
    """Six characters of it in a row would be too many."""
    whole = (PASSWORD, SCREEN_PASSWORD)
    parts = {text[at : at + 6].encode() for text in whole for at in range(len(text) - 5)}
    found = {where: [part for part in parts if part in text] for where, text in stage.everything()}
    assert {where: shown for where, shown in found.items() if shown} == {}


def test_it_keeps_a_persons_data_out_of_logs_and_messages(stage: Stage) -> None:
    """Refused records are kept in the data database, and only there. A run's page shows them with
    what is personal masked; names are open to all who may see."""
    found = {where: names_in(text) for where, text in stage.everything() if "data.db" not in where}
    shown = {where: names for where, names in found.items() if names}
    assert all(where.startswith("the page after") for where in shown)
    assert all(names == {PERSON} for names in shown.values())
    assert names_in(canaries.dump(stage.home / "data.db")) == {PERSON, CODE}


def test_it_keeps_the_keys_in_their_files_alone(stage: Stage) -> None:
    folder = stage.home / "keys"
    keys = {path.read_bytes().strip() for path in folder.iterdir()}
    others = [(where, text) for where, text in stage.everything() if str(folder) not in where]
    assert {path.name for path in folder.iterdir()} == {"people", "streamlit", "vault", "web"}
    assert [where for where, text in others if any(key in text for key in keys)] == []


def test_the_secrets_were_there_to_be_told(stage: Stage) -> None:
    """Otherwise nothing above would mean anything."""
    given = [secrets_in(given.encode()) for given in stage.gateway.given]
    assert {PASSWORD} in given
    assert {SCREEN_PASSWORD} in given
    assert {TOKEN} in given
    behaved = {f"a child that {name}": expected for name, expected in BEHAVIOURS.items()}
    later = {f"{what}, by the screen": error for what, error in (LATER_MODES | behaved).items()}
    classes = {what: report["error_class"] for what, report in stage.reports.items()}
    assert classes == {**MODES, **behaved, **later}
    lines = set(stage.watch.lines.values())
    for part in (b"supervise", b"fetch_data.faculty_main", b"telltale_source", b"serve"):
        assert any(part in line for line in lines), part
    for by in ("", ", by the screen"):
        logged = stage.said[f"the page after a child that prints{by}"]
        assert b"debug: sent *** to the gateway" in logged
    assert all(len(report["error_message"] or "") <= 500 for report in stage.reports.values())
