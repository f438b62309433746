"""The web server's entry point: `streamlit run dashboard.py`. It puts the gate before every page.

The pages' script is `pages/_router.py`; no page can be run without it.
"""

import asyncio
import gc
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

from pages._errors import show_error
from sync_core.access.cookies import Seal
from sync_core.access.gate import Gate
from sync_core.access.keys import secret_key
from sync_core.access.routes import web_routes
from sync_core.base import settings as all_settings
from sync_core.base.errors import SyncError
from sync_core.engine.register import register_sources
from sync_core.runs.reaper import reap
from sync_core.store.engines import open_databases
from sync_core.store.migrate import prepare

ROOT = Path(__file__).resolve().parent
SWEEP_EVERY_S = 15
log = logging.getLogger("hamgam.dashboard")

# Its tracebacks end with the error's message, which may hold somebody's data; `show_error` logs.
logging.getLogger("streamlit.error_util").disabled = True

settings = all_settings.load()
databases = open_databases(settings)
seal = Seal(secret_key(settings, "web"))


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    await asyncio.to_thread(_get_ready)
    sweeper = asyncio.create_task(_sweep_for_ever())
    try:
        yield
    finally:
        sweeper.cancel()
        with suppress(asyncio.CancelledError):
            await sweeper
        databases.dispose()


def _get_ready() -> None:
    """Streamlit collects garbage after every rerun: what never goes is kept out of its way."""
    prepare(settings, databases)
    register_sources(settings, databases)
    import pandas  # noqa: F401 - loaded here rather than at somebody's first click

    gc.collect()
    gc.freeze()


async def _sweep_for_ever() -> None:
    """Ends runs whose supervisor is gone, so that no cron is needed for the truth."""
    while True:
        try:
            await asyncio.to_thread(reap, settings, databases)
        except SyncError as exc:
            log.warning("The sweep failed and is tried again: %s", exc)
        await asyncio.sleep(SWEEP_EVERY_S)


app = st.App(
    str(ROOT / "pages" / "_router.py"),
    routes=web_routes(databases, seal, ROOT / "assets"),
    middleware=[Middleware(Gate, databases=databases, seal=seal)],
    lifespan=lifespan,
    on_script_error=show_error,
)
