"""What the tests of one file share: a dashboard with a crowd before it, installations, gateways."""

from collections.abc import Iterator

import pytest

from tests.engine.gateway_process import GatewayProcess, running_gateway
from tests.faults.crowd import Crowd
from tests.faults.faculty import Faculty, make_good, running_faculty
from tests.faults.scene import Files, Scene, first_sync
from tests.faults.visits import forget_tries
from tests.pages.web_server import running_web_server


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crowd]:
    home = tmp_path_factory.mktemp("screen")
    with running_gateway(faculty=40, students=40, campuses=1) as gateway:
        environ = {
            **gateway.environ,
            "HAMGAM_HOME": str(home),
            "HAMGAM_DATABASE_URL": f"sqlite:///{home / 'hamgam.db'}",
            "HAMGAM_DATA_URL": f"sqlite:///{home / 'data.db'}",
        }
        with pytest.MonkeyPatch.context() as patch:
            for name, value in environ.items():
                patch.setenv(name, value)
            with running_web_server(tmp_path_factory.mktemp("web")) as server:
                yield Crowd(server, environ)


@pytest.fixture
def nothing_tried_yet(crowd: Crowd) -> None:
    forget_tries(crowd.server)


@pytest.fixture(scope="module")
def one_gateway() -> Iterator[GatewayProcess]:
    with running_gateway(faculty=200, students=10, campuses=1) as gateway:
        yield gateway


@pytest.fixture(scope="module")
def after_a_run(one_gateway: GatewayProcess, tmp_path_factory: pytest.TempPathFactory) -> Files:
    return first_sync(one_gateway, tmp_path_factory.mktemp("first"))


@pytest.fixture
def scene(
    one_gateway: GatewayProcess,
    after_a_run: Files,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Scene]:
    """After a first run; the gateway's people have changed since."""
    scene = Scene(one_gateway, monkeypatch, capsys, {})
    scene.begin_with(after_a_run)
    yield scene
    scene.let_go()
    one_gateway.reset()


@pytest.fixture(scope="module")
def faculty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Faculty]:
    with running_faculty(tmp_path_factory.mktemp("faculty")) as faculty:
        yield faculty


@pytest.fixture
def output(capsys: pytest.CaptureFixture[str], faculty: Faculty) -> pytest.CaptureFixture[str]:
    """The table holds the good people when a test begins."""
    make_good(faculty, capsys)
    return capsys
