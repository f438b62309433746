"""`serve`: the dashboard, in this very process, so that what ends us ends it."""

import os
import runpy
import signal
import sys
import threading
from pathlib import Path

import click

from sync_core.base.errors import ConfigError
from sync_core.base.i18n import is_rtl
from sync_core.base.paths import project_root
from sync_core.cli.installation import installation
from sync_core.cli.output import remark

LOOPBACK = "127.0.0.1"
PLAIN_FONT = "system-ui, sans-serif"
"""Where the page is not Persian: the font of `.streamlit/config.toml` draws Persian digits."""
LOOPBACK_NAMES = {"localhost", LOOPBACK, "::1"}


@click.command()
@click.option("--port", type=click.IntRange(1, 65_535), default=8501, show_default=True)
@click.option("--address", default=LOOPBACK, show_default=True, help="0.0.0.0: every address.")
@click.option("--until-stdin-closes", is_flag=True, hidden=True)
def serve(port: int, address: str, until_stdin_closes: bool) -> int:
    """Serve the dashboard until Ctrl-C."""
    root = dashboard_folder()
    _prepare(address)
    if until_stdin_closes:
        threading.Thread(target=_end_with_stdin, daemon=True).start()
    os.chdir(root)  # streamlit reads .streamlit/config.toml of the working directory
    sys.argv = _arguments(root, port, address)
    try:
        runpy.run_module("streamlit", run_name="__main__", alter_sys=True)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0


def dashboard_folder() -> Path:
    root = project_root()
    if root is None:
        raise ConfigError(
            "There is no dashboard beside this installation.", hint="Run it from a checkout."
        )
    return root


def _prepare(address: str) -> None:
    """Settings and databases are refused here, in words, rather than by a page later."""
    from sync_core.access.keys import secret_key

    with installation() as (settings, _databases):
        os.environ["STREAMLIT_SERVER_COOKIE_SECRET"] = secret_key(settings, "streamlit")
    if not is_rtl():
        for name in ("FONT", "HEADING_FONT"):
            os.environ[f"STREAMLIT_THEME_{name}"] = PLAIN_FONT
    # Else uvicorn would believe whatever a client on this machine says of its address.
    os.environ["FORWARDED_ALLOW_IPS"] = ",".join(settings.trusted_proxies)
    if address not in LOOPBACK_NAMES and not settings.trusted_hosts:
        remark("Only localhost is answered: name other hosts in HAMGAM_TRUSTED_HOSTS.")


def _arguments(root: Path, port: int, address: str) -> list[str]:
    server = {"port": port, "address": address, "headless": "true"}
    options = [f"--server.{name}={value}" for name, value in server.items()]
    return ["streamlit", "run", str(root / "dashboard.py"), *options]


def _end_with_stdin() -> None:
    # Not sys.stdin: its lock, held by this thread, would be fatal to the interpreter's end.
    while os.read(0, 4096):
        pass
    signal.raise_signal(signal.SIGTERM)
