"""The command line's entry: every error becomes words on stderr, an object for `--json`, a code."""

import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

import click

from sync_core.base.clock import utc_now
from sync_core.base.errors import SyncError
from sync_core.base.redact import redact
from sync_core.cli.app import app
from sync_core.cli.output import complain, print_json

FAILED, BAD_USAGE = 1, 2


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code; never raises, never shows a traceback."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    as_json = "--json" in arguments
    try:
        return _run(arguments)
    except SyncError as error:
        return _refused(error, as_json)
    except click.ClickException as error:
        return _misused(error, as_json)
    except (click.Abort, KeyboardInterrupt):
        return _fail("cancelled", "Stopped.", "", as_json)
    except BrokenPipeError:  # the reader of our output has gone: `… | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except Exception as error:  # noqa: BLE001 - the top of a process: see _unexpected
        return _unexpected(error, as_json)


def _run(arguments: list[str]) -> int:
    result = app.main(args=arguments, prog_name="python -m sync_core", standalone_mode=False)
    sys.stdout.flush()
    return result if isinstance(result, int) else 0


def _refused(error: SyncError, as_json: bool) -> int:
    complain(error.message, error.hint)
    if as_json:
        where = {
            name: getattr(error, name) for name in ("run_id", "source") if hasattr(error, name)
        }
        print_json({"error": error.code, "message": error.message, "hint": error.hint, **where})
    return error.exit_code


def _misused(error: click.ClickException, as_json: bool) -> int:
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        click.echo(error.format_message(), err=True)
        return BAD_USAGE
    context = getattr(error, "ctx", None)
    hint = f"See: {context.command_path} --help" if context else "See: python -m sync_core --help"
    return _fail("config", error.format_message(), hint, as_json, BAD_USAGE)


def _unexpected(error: Exception, as_json: bool) -> int:
    if os.environ.get("HAMGAM_DEBUG") == "1":
        click.echo(redact("".join(traceback.format_exception(error))), err=True)
    hint = _keep(error)
    return _fail("crashed", f"Unexpected {type(error).__name__}.", hint, as_json)


def _keep(error: Exception) -> str:
    """Writes where it happened, without the message: that one may hold somebody's data."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    try:
        file = _errors_file()
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("a", encoding="utf-8") as log:
            log.write(f"{utc_now().isoformat()} {type(error).__name__}\n{frames}\n")
    except (OSError, SyncError):
        return "HAMGAM_DEBUG=1 shows where."
    return f"Where it happened is in {file}."


def _errors_file() -> Path:
    from sync_core.base.settings import load

    return load().log_folder / "errors.log"


def _fail(code: str, message: str, hint: str, as_json: bool, exit_code: int = FAILED) -> int:
    complain(message, hint)
    if as_json:
        print_json({"error": code, "message": message, "hint": hint})
    return exit_code
