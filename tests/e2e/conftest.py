"""One gateway, one dashboard and one browser for all browser tests of a run."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.e2e.browser import running_browser
from tests.engine.gateway_process import GatewayProcess, running_gateway
from tests.pages.web_server import WebServer, running_web_server


@pytest.fixture(scope="module")
def gateway() -> Iterator[GatewayProcess]:
    with running_gateway(faculty=130, students=400, campuses=3, latency_ms=150) as gateway:
        yield gateway


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory, gateway: GatewayProcess
) -> Iterator[WebServer]:
    folder = tmp_path_factory.mktemp("dashboard")
    settings = {
        **gateway.environ,
        "HAMGAM_HOME": str(folder),
        "HAMGAM_DATABASE_URL": f"sqlite:///{folder / 'hamgam.db'}",
        "HAMGAM_DATA_URL": f"sqlite:///{folder / 'data.db'}",
        "HAMGAM_CAMPUSES": "1110,1120,1130",
        "HAMGAM_TERMS": "4051,4043,4042,4041",
        "HAMGAM_CONCURRENCY": "1",
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in settings.items():
            patch.setenv(name, value)
        with running_web_server(folder) as server:
            yield server


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    with running_browser(chromium) as browser:
        yield browser
