"""Commands that run a source: here (`sync`), detached (`start`), and their end (`cancel`)."""

from collections.abc import Callable, Iterator
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from sync_core.access.permissions import command_line_actor
from sync_core.base.errors import ConfigError
from sync_core.base.text import ascii_digits
from sync_core.cli.installation import installation, opened
from sync_core.cli.output import as_json_option, complain, print_json, remark
from sync_core.cli.progress import watching
from sync_core.engine.plan import MODES
from sync_core.engine.source import Choice, find_source
from sync_core.store.lost import refuse_lost
from sync_core.store.versions import CONTROL

if TYPE_CHECKING:
    from sync_core.store.control import Run

run_argument = click.argument("run_id", metavar="RUN", type=click.IntRange(min=1))


def _codes(_ctx: click.Context, _param: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    """Repeated codes, each once; Persian digits are as good as others."""
    codes = tuple(dict.fromkeys(ascii_digits(code.strip()) for code in given))
    for code in codes:
        if not (code.isascii() and code.isdigit()):
            raise click.BadParameter(f"{code[:40]!r} is no code of digits, such as 1110.")
    return codes


def _terms(ctx: click.Context, param: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    terms = _codes(ctx, param, given)
    for term in terms:
        if len(term) != 4 or term[3] not in "123":
            raise click.BadParameter(f"{term[:40]!r} is no term, such as 4041, 4042 or 4043.")
    return terms


OPTIONS = (
    click.argument("source"),
    click.option("--mode", type=click.Choice(MODES), default="full", show_default=True),
    click.option("--campus", "campuses", multiple=True, callback=_codes, help="Only this campus."),
    click.option("--term", "terms", multiple=True, callback=_terms, help="Only this term."),
    click.option(
        "--verify",
        is_flag=True,
        help="Read every unit again, also those that sent the same as before, and prove that"
        " the table equals the gateway.",
    ),
    as_json_option,
)


def what_to_run(body: Callable[..., int]) -> Callable[..., int]:
    """The options that `sync` and `start` share."""

    @wraps(body)
    def command(source: str, as_json: bool, verify: bool, **chosen: Any) -> int:
        _refuse_early(source)
        return body(source, as_json, verify, Choice(**chosen))

    for option in reversed(OPTIONS):
        command = option(command)
    return command


@click.command()
@what_to_run
def sync(source: str, as_json: bool, verify: bool, choice: Choice) -> int:
    """Run SOURCE here and wait for its end. Ctrl-C cancels it."""
    from sync_core.runs.foreground import run_here

    with installation() as (settings, databases), watching() as watch:
        run = run_here(
            settings,
            databases,
            source,
            actor=command_line_actor(),
            choice=choice,
            verify=verify,
            watch=watch,
        )
    return tell_ended(run, as_json)


@click.command()
@what_to_run
def start(source: str, as_json: bool, verify: bool, choice: Choice) -> int:
    """Start SOURCE in the background and print the run's number."""
    from sync_core.runs.start import start_run

    with installation() as (settings, databases):
        run_id = start_run(
            settings,
            databases,
            source,
            actor=command_line_actor(),
            trigger="cli",
            choice=choice,
            verify=verify,
        )
    return tell_started(run_id, source, as_json)


@click.command(hidden=True)
@run_argument
def supervise(run_id: int) -> int:
    """Supervise RUN, which was claimed already. Started by Hamgam itself."""
    from sync_core.runs.afterwards import look_after
    from sync_core.runs.supervisor import supervise as supervise_run

    with installation(data=False) as (settings, databases):
        run = supervise_run(settings, databases, run_id)
        look_after(settings, databases)
    return _exit_code(run)


@click.command()
@run_argument
@as_json_option
def cancel(run_id: int, as_json: bool) -> int:
    """Ask RUN to stop. What was merged stays."""
    from sync_core.runs.cancel import request_cancel

    with installation(data=False) as (_settings, databases):
        request_cancel(databases, command_line_actor(), run_id)
    if as_json:
        print_json({"run_id": run_id, "cancel_requested": True})
    else:
        click.echo(f"Run {run_id} was asked to stop.")
    return 0


def _refuse_early(source: str) -> None:
    """What can be refused before a database is so much as made. Raises ConfigError."""
    from sync_core.ops.stored import with_stored

    with opened() as (settings, databases):
        find_source(settings, source)
        account = with_stored(settings, databases)
        if not account.gateway_password:
            refuse_lost(databases, CONTROL)  # with it went what was entered on the screen
        account.require_gateway()


def tell_started(run_id: int, source: str, as_json: bool) -> int:
    if as_json:
        print_json({"run_id": run_id, "source": source, "status": "pending"})
    else:
        click.echo(run_id)
    return 0


def tell_ended(run: "Run", as_json: bool) -> int:
    """The exit code."""
    from sync_core.runs.report import run_report

    report = run_report(run)
    if report["status"] != "success":
        complain(f"Run {run.id} of {run.source} failed ({run.error_class}): {run.error_message}")
    if as_json:
        print_json(report)
    else:
        remark(" ".join(_sentences(run, report)))
    return _exit_code(run)


def _exit_code(run: "Run") -> int:
    if run.status == "success":
        return 0
    return ConfigError.exit_code if run.error_class == ConfigError.code else 1


def _sentences(run: "Run", report: dict[str, Any]) -> Iterator[str]:
    yield _sentence(report)
    if run.units_skipped:
        yield f"{run.units_skipped:,} of {run.units_done:,} units sent the same as before."
    if run.left_out:
        yield f"{run.left_out:,} units of the full plan were left out."
    if run.drift:
        yield f"{run.drift:,} rows had been changed here by somebody else; they are right again."
    elif run.drift is not None and run.status == "success":
        yield "Every row was compared; none had been changed here by somebody else."


def _sentence(report: dict[str, Any]) -> str:
    counts = ("fetched", "inserted", "updated", "unchanged", "stale", "rejected", "missing")
    told = ", ".join(f"{report[name]:,} {name}" for name in counts if report[name] is not None)
    took = f" in {report['duration_s']:.1f} s" if report["duration_s"] is not None else ""
    return f"Run {report['run_id']} of {report['source']}: {report['status']}{took}. {told}."
