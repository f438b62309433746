"""One browser for all tests; dashboards: with a gateway, with a long past, in English, new."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.e2e.browser import Visit, Visitor, running_browser
from tests.e2e.past import SETTINGS, live_through
from tests.engine.gateway_process import GatewayProcess, running_gateway
from tests.pages.web_server import WebServer, running_web_server

Prepare = Callable[[], None]


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    with running_browser(chromium) as browser:
        yield browser


@pytest.fixture(scope="session")
def gateway_process() -> Iterator[GatewayProcess]:
    with running_gateway(faculty=130, students=400, campuses=3) as gateway:
        yield gateway


@pytest.fixture
def gateway(gateway_process: GatewayProcess) -> Iterator[GatewayProcess]:
    """What a test does to it is undone."""
    gateway_process.reset()
    yield gateway_process
    gateway_process.reset()


@pytest.fixture(scope="session")
def server(
    tmp_path_factory: pytest.TempPathFactory, gateway_process: GatewayProcess
) -> Iterator[WebServer]:
    """Its runs are those that the tests start: each leaves it with none that is active."""
    settings = {
        **gateway_process.environ,
        "HAMGAM_CAMPUSES": "1110,1120,1130",
        "HAMGAM_TERMS": "4051,4043,4042,4041",
        "HAMGAM_CONCURRENCY": "1",
    }
    with _dashboard(tmp_path_factory.mktemp("dashboard"), settings) as server:
        yield server


@pytest.fixture(scope="session")
def old_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    """It has seen everything that a page can show; no test changes that."""
    with _dashboard(tmp_path_factory.mktemp("past"), SETTINGS, live_through) as server:
        yield server


@pytest.fixture(scope="session")
def english_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    settings = {**SETTINGS, "HAMGAM_LANG": "en"}
    with _dashboard(tmp_path_factory.mktemp("english"), settings, live_through) as server:
        yield server


@pytest.fixture
def new_server(tmp_path: Path) -> Iterator[WebServer]:
    """It was told nothing yet: each test has its own."""
    with _dashboard(tmp_path / "new", {}) as server:
        yield server


@pytest.fixture(scope="session")
def logged_in(browser: Browser) -> Iterator[Callable[[WebServer], BrowserContext]]:
    """For each dashboard one browser profile, which logs in once and keeps what it was sent."""
    profiles: dict[str, BrowserContext] = {}

    def profile(server: WebServer) -> BrowserContext:
        if server.url not in profiles:
            profiles[server.url] = browser.new_context(locale="en-US")
        return profiles[server.url]

    yield profile
    for context in profiles.values():
        context.close()


@pytest.fixture
def visit(logged_in: Callable[[WebServer], BrowserContext]) -> Iterator[Visit]:
    """Opens a tab on a page of a dashboard, the overview by default; the test's end closes it."""
    with ExitStack() as tabs:

        def open_tab(server: WebServer, path: str = "/") -> Visitor:
            visitor = Visitor(logged_in(server), server, path)
            tabs.callback(visitor.page.close)
            return visitor

        yield open_tab


@contextmanager
def _dashboard(
    folder: Path, settings: Mapping[str, str], prepare: Prepare | None = None
) -> Iterator[WebServer]:
    own = {
        "HAMGAM_HOME": str(folder),
        "HAMGAM_DATABASE_URL": f"sqlite:///{folder / 'hamgam.db'}",
        "HAMGAM_DATA_URL": f"sqlite:///{folder / 'data.db'}",
    }
    with ExitStack() as stack:
        with pytest.MonkeyPatch.context() as patch:
            for name, value in {**settings, **own}.items():
                patch.setenv(name, value)
            if prepare is not None:
                prepare()
            server = stack.enter_context(running_web_server(folder))
        yield server
