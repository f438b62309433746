"""The connection test before real servers: what is tried, what is told, what is never told."""

from collections.abc import Iterator

import pytest

from sync_core.access.permissions import ADMIN, OPERATOR, Actor
from sync_core.base.errors import Denied
from sync_core.engine.source import ProbeStep
from sync_core.inspect.audit import audit_page
from sync_core.ops.gateway_account import read_gateway, save_gateway
from sync_core.ops.gateway_test import SETTINGS, steps_to_try, try_gateway
from tests.engine.gateway_process import GatewayProcess, running_gateway
from tests.engine.raw_server import answer, raw_server
from tests.runs.installation import Installation

KARIMI = Actor("karimi", ADMIN, 1)
SECRET = "plover-quartz-71"
OURS = ("HAMGAM_GATEWAY_URL", "HAMGAM_GATEWAY_USER", "HAMGAM_GATEWAY_PASSWORD")


@pytest.fixture(scope="module")
def gateway() -> Iterator[GatewayProcess]:
    with running_gateway(faculty=20, students=10, campuses=1) as gateway:
        yield gateway


@pytest.fixture
def installation(monkeypatch: pytest.MonkeyPatch) -> Iterator[Installation]:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    made = Installation(dict.fromkeys(OURS, ""))
    assert made.call("init")[0] == 0
    yield made
    made.databases.dispose()


def enter(installation: Installation, url: str, user: str, password: str) -> None:
    settings, databases = installation.settings, installation.databases
    seen = read_gateway(settings, databases, KARIMI).updated_at
    save_gateway(
        settings,
        databases,
        KARIMI,
        url=url,
        user=user,
        password=password,
        expected_updated_at=seen,
    )


def tried(installation: Installation, actor: Actor = KARIMI) -> list[ProbeStep]:
    return list(try_gateway(installation.settings, installation.databases, actor))


def recorded(installation: Installation) -> list[tuple[str, str | None]]:
    page = audit_page(installation.databases, KARIMI, 1, action="gateway.tested")
    return [(row.actor, row.detail) for row in page.entries]


def test_it_tries_every_step_with_the_account_that_is_stored(
    installation: Installation, gateway: GatewayProcess
) -> None:
    enter(installation, gateway.url, gateway.user, gateway.password)
    steps = tried(installation)
    assert [step.name for step in steps] == list(steps_to_try(gateway.url))
    assert all(step.ok and not step.error_class for step in steps)
    assert recorded(installation) == [("karimi", "page: ok")]


def test_it_says_what_failed_and_never_the_password(installation: Installation) -> None:
    echo = answer({"message": f"password {SECRET} is wrong"}, 401)
    with raw_server(lambda asked: echo) as server:
        enter(installation, server.url, "tester", SECRET)
        steps = tried(installation)
    assert (steps[-1].name, steps[-1].ok, steps[-1].error_class) == ("login", False, "auth")
    assert SECRET not in repr(steps)
    assert recorded(installation) == [("karimi", "login: auth")]


def test_it_says_that_the_account_is_not_complete(installation: Installation) -> None:
    steps = tried(installation)
    assert [(step.name, step.error_class) for step in steps] == [(SETTINGS, "config")]
    assert "HAMGAM_GATEWAY_URL" in steps[0].detail


def test_it_is_on_record_also_when_nobody_waits_for_its_end(
    installation: Installation, gateway: GatewayProcess
) -> None:
    enter(installation, gateway.url, gateway.user, gateway.password)
    steps = try_gateway(installation.settings, installation.databases, KARIMI)
    assert next(steps).name == "dns"
    steps.close()  # type: ignore[attr-defined]
    assert recorded(installation) == [("karimi", "dns: ok")]


def test_it_asks_nobody_for_who_may_not_configure(installation: Installation) -> None:
    with pytest.raises(Denied):
        tried(installation, Actor("ahmadi", OPERATOR, 2))
    assert recorded(installation) == []
