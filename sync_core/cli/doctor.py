"""The command that looks for what is wrong and says what to do about it."""

from dataclasses import asdict

import click

from sync_core.access.permissions import command_line_actor
from sync_core.base.settings import load
from sync_core.cli.output import as_json_option, print_json
from sync_core.ops.finding import FAILED, Finding
from sync_core.store.engines import open_databases

MARKS = {"ok": "ok     ", "warning": "warning", "failed": "FAILED "}


@click.command()
@as_json_option
def doctor(as_json: bool) -> int:
    """Try the gateway, the databases and the machine; changes nothing."""
    from sync_core.ops.doctor import examine

    settings = load()
    databases = open_databases(settings)
    findings: list[Finding] = []
    for finding in examine(settings, databases, command_line_actor()):
        findings.append(finding)
        if not as_json:
            _print(finding)
    databases.dispose()
    if as_json:
        print_json([asdict(finding) for finding in findings])
    return int(any(finding.state == FAILED for finding in findings))


def _print(finding: Finding) -> None:
    took = f" ({finding.duration_s:.2f} s)" if finding.duration_s is not None else ""
    click.echo(f"{MARKS[finding.state]}  {finding.name}: {finding.detail}{took}")
    if finding.hint:
        click.echo(f"         {finding.hint}")
