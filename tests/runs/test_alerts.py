"""Alerts by real commands to real servers: no run waits for them, and they arrive in the end."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote

import pytest
from sqlalchemy import update

from sync_core.alerts.mouth import TIMEOUT, UNREACHABLE
from sync_core.base.clock import utc_now
from sync_core.base.titles import source_title
from sync_core.store.control_alerts import AlertDelivery
from tests.alerting import add_channel, all_alerts, all_deliveries, tell
from tests.faults.canaries import contents, forms
from tests.faults.command_lines import watched
from tests.runs.installation import ROOT, Installation, wait_until
from tests.sinks import HookSink, hook_sink, mail_sink

SECRET = "Kraanvogel/roep+wörd q&zz"
QUOTED = "Kraanvogel%2Froep%2Bw%C3%B6rd%20q%26zz"
TICKS = 6
LOADED = """
import sys
from sync_core.cli.main import main
main(["tick"])
print(sorted({"apprise", "cryptography", "requests", "babel"} & set(sys.modules)))
"""


@pytest.fixture
def here() -> Iterator[Installation]:
    """Its gateway is nobody: a run soon fails."""
    installation = Installation(
        {
            "HAMGAM_GATEWAY_URL": "http://127.0.0.1:9",
            "HAMGAM_GATEWAY_USER": "tester",
            "HAMGAM_GATEWAY_PASSWORD": "never-sent",
            "HAMGAM_LOGIN_TIMEOUT_S": "0.2",
            "HAMGAM_TRIES": "1",
            "HAMGAM_PUBLIC_URL": "https://sync.example.org",
        }
    )
    assert installation.call("init")[0] == 0
    yield installation
    installation.databases.dispose()


def states(here: Installation) -> list[tuple[str, str | None]]:
    return [(one.state, one.error) for one in all_deliveries(here.databases)]


def make_due(here: Installation) -> None:
    with here.databases.control.write() as session:
        session.execute(update(AlertDelivery).values(next_try_at=utc_now() - timedelta(minutes=1)))


def failed_run(here: Installation) -> dict[str, object]:
    code, report, _said = here.call("sync", "faculty", "--json")
    assert code == 1
    return dict(report)


def test_it_changes_no_run_when_the_alert_server_is_dead_and_tells_when_it_is_back(
    here: Installation,
) -> None:
    alone = failed_run(here)
    with hook_sink() as first:
        port = first.port
    add_channel(here.databases, f"json://127.0.0.1:{port}/in")
    run = failed_run(here)
    same = ("status", "error_class", "error_message", "mode", "units_total")
    assert [run[name] for name in same] == [alone[name] for name in same]
    assert here.call("tick")[0] == 0
    wait_until(lambda: states(here) == [("waiting", UNREACHABLE)], "the sender gives up for now")

    with hook_sink(port) as back:
        make_due(here)
        assert here.call("tick")[0] == 0
        wait_until(lambda: states(here) == [("sent", None)], "the alert arrives")
        [message] = back.got
    assert source_title("faculty") in message["title"]
    assert f"https://sync.example.org/run?id={run['run_id']}" in message["message"]


def test_it_does_not_wait_for_a_server_that_hangs(here: Installation) -> None:
    with hook_sink() as sink:
        sink.status = None
        add_channel(here.databases, sink.url())
        run = failed_run(here)
        assert run["error_class"] == "network"
        assert here.call("tick")[0] == 0
        assert states(here) == [("sending", None)], "the tick is over, the sender is not"
        wait_until(lambda: states(here) == [("waiting", TIMEOUT)], "the sender's time is over")


def test_it_arrives_by_mail_in_persian(here: Installation) -> None:
    with mail_sink() as post:
        add_channel(here.databases, post.url("it@example.org"))
        failed_run(here)
        assert here.call("tick")[0] == 0
        wait_until(lambda: states(here) == [("sent", None)], "the mail is taken")
    [mail] = post.got
    assert post.to == [["it@example.org"]]
    assert source_title("faculty") in mail["Subject"]
    assert source_title("faculty") in mail.get_content()
    assert mail.get_content_type() == "text/plain"


@pytest.mark.slow
def test_it_sends_once_when_many_tick_at_once(here: Installation) -> None:
    with hook_sink() as sink:
        add_channel(here.databases, sink.url())
        for number in range(3):
            tell(here.databases, run_id=number)
        ticks = [
            subprocess.Popen(here.command("tick"), cwd=ROOT, env=here.environ) for _ in range(TICKS)
        ]
        assert [process.wait(90) for process in ticks] == [0] * TICKS
        wait_until(lambda: states(here) == [("sent", None)] * 3, "all are sent")
    assert len(sink.got) == 3


def test_it_loads_nothing_for_sending_in_a_tick(here: Installation) -> None:
    with hook_sink() as sink:
        add_channel(here.databases, sink.url())
        for due in (False, True):
            if due:
                tell(here.databases)
            done = subprocess.run(
                [sys.executable, "-c", LOADED],
                cwd=ROOT,
                env=here.environ,
                capture_output=True,
                text=True,
                check=True,
                timeout=90,
            )
            assert done.stdout.splitlines()[-1] == "[]"
        wait_until(lambda: len(sink.got) == 1, "the sender it started has sent")


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="needs Linux's /proc")
def test_it_tells_a_channels_secret_to_that_server_alone(
    here: Installation, tmp_path: Path
) -> None:
    said: list[str] = []
    with hook_sink() as sink, watched() as watch:
        works = f"json://it:{QUOTED}@127.0.0.1:{sink.port}/{QUOTED}"
        add_channel(here.databases, works, "works")
        add_channel(here.databases, f"json://it:{QUOTED}@127.0.0.1:9/{QUOTED}", "dead")
        add_channel(here.databases, f"mailto://it:{QUOTED}@127.0.0.1:9?to=a@example.org", "mail")
        failed_run(here)
        for command in (["tick"], ["alerts", "channels"], ["alerts", "list", "--json"]):
            _code, answer, stderr = here.call(*command)
            said += [str(answer), stderr]
        wait_until(lambda: sink.paths, "one arrives")
        wait_until(lambda: ("sending", None) not in states(here), "the others are told")
        for name in ("works", "dead", "mail"):
            code, answer, stderr = here.call("alerts", "test", name, "--json")
            assert (code == 0) == (name == "works")
            said += [str(answer), stderr]
        lines = list(watch.lines.values())
    assert unquote(sink.paths[0]) == f"/{SECRET}"
    everything = [
        *contents(tmp_path),
        *((f"said {n}", text.encode()) for n, text in enumerate(said)),
        *((f"line {line!r}", line) for line in lines),
    ]
    assert any(b"alerts" in line and b"send" in line for line in lines)
    found = [where for where, text in everything if any(form in text for form in forms(SECRET))]
    assert found == []


def test_it_lists_alerts_and_channels_on_the_command_line(here: Installation) -> None:
    sink = HookSink()
    try:
        add_channel(here.databases, sink.url(), "hook")
        run = failed_run(here)
        code, rows, _said = here.call("alerts", "list", "--json")
        assert code == 0
        [row] = rows
        assert (row["rule"], row["run_id"]) == ("failed", run["run_id"])
        assert row["deliveries"] == [{"channel": "hook", "state": "waiting", "error": None}]
        assert here.call("alerts", "send")[0] == 0
        assert len(sink.got) == 1
        assert here.call("alerts", "test", "hook")[0] == 0
        assert here.call("alerts", "test", "nothing")[0] == 2
        assert [one["name"] for one in here.call("alerts", "channels", "--json")[1]] == ["hook"]
        assert len(all_alerts(here.databases)) == 1
    finally:
        sink.stop()
