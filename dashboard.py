"""The web application that `serve` starts. It puts the gate before every page.

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
from sync_core.base.clock import utc_now
from sync_core.inspect.downloads import download_routes
from sync_core.schedule.caller_downloads import caller_routes
from sync_core.schedule.sweep import get_ready, read_ahead, sweep
from sync_core.store.engines import open_databases

ROOT = Path(__file__).resolve().parent
SWEEP_EVERY_S = 15

# Its tracebacks end with the error's message, which may hold somebody's data; `show_error` logs.
logging.getLogger("streamlit.error_util").disabled = True

settings = all_settings.load()
databases = open_databases(settings)
seal = Seal(secret_key(settings, "web"))


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    await asyncio.to_thread(_get_ready)
    sweeper = asyncio.create_task(_sweep_for_ever())
    reader = asyncio.create_task(asyncio.to_thread(read_ahead, settings, databases))
    try:
        yield
    finally:
        for task in (sweeper, reader):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        databases.dispose()


def _get_ready() -> None:
    """What never goes is kept out of the way of those who collect garbage."""
    get_ready(settings, databases)
    import pandas  # noqa: F401 - loaded here rather than at somebody's first click

    gc.collect()
    gc.freeze()


async def _sweep_for_ever() -> None:
    """It also collects the garbage of all screens, which Streamlit would do after each rerun."""
    begun = utc_now()
    while True:
        await asyncio.to_thread(sweep, settings, databases, begun)
        await asyncio.to_thread(gc.collect)
        await asyncio.sleep(SWEEP_EVERY_S)


app = st.App(
    str(ROOT / "pages" / "_router.py"),
    routes=[
        *web_routes(databases, seal, ROOT / "assets"),
        *download_routes(settings, databases),
        *caller_routes(settings, databases),
    ],
    middleware=[
        Middleware(Gate, databases=databases, seal=seal, trusted_hosts=settings.trusted_hosts)
    ],
    lifespan=lifespan,
    on_script_error=show_error,
)
