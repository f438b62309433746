"""A dashboard that all routes are asked of, with people of every role before it."""

from collections.abc import Iterator

import pytest

from tests.faults.crowd import Crowd
from tests.pages.web_server import running_web_server


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crowd]:
    home = tmp_path_factory.mktemp("web")
    environ = {
        "HAMGAM_HOME": str(home),
        "HAMGAM_DATABASE_URL": f"sqlite:///{home / 'hamgam.db'}",
        "HAMGAM_DATA_URL": f"sqlite:///{home / 'data.db'}",
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environ.items():
            patch.setenv(name, value)
        with running_web_server(home) as server:
            yield Crowd(server, environ)
