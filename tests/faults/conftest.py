"""A dashboard before a demo gateway, for the tests of a file, and the people who look at it."""

from collections.abc import Iterator

import pytest

from tests.engine.gateway_process import running_gateway
from tests.faults.crowd import Crowd
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
