"""`alerts list`, `alerts test` and `alerts channels`; and `alerts send`, which tick calls."""

from typing import Any

import click

from sync_core.access.permissions import command_line_actor
from sync_core.alerts.channels import list_channels, try_channel
from sync_core.alerts.inbox import Entry, read_inbox
from sync_core.alerts.kinds import ERROR, INFO
from sync_core.alerts.schemes import GONE, ChannelRefused
from sync_core.cli.installation import installation
from sync_core.cli.output import as_json_option, complain, print_json, print_table, remark
from sync_core.ops.stored import use_look

SEVERITIES = {INFO: "info", ERROR: "error"}
CHANNEL_FIELDS = ("name", "address", "enabled", "from", "last_ok_at", "last_error", "waiting")


@click.group()
def alerts() -> None:
    """What was worth telling, and where it is sent."""


@alerts.command("list")
@click.option("--limit", type=click.IntRange(1, 1_000), default=20, show_default=True)
@as_json_option
def list_(limit: int, as_json: bool) -> int:
    """The newest alerts, and how they went through the channels."""
    with installation(data=False) as (_settings, databases):
        found = read_inbox(databases, command_line_actor(), per_page=limit)
    rows = [_entry(entry) for entry in found.entries]
    if as_json:
        print_json(rows)
        return 0
    fields = ("id", "at", "severity", "rule", "source", "run_id")
    print_table([*fields, "sent"], ([*(row[f] for f in fields), _ways(row)] for row in rows))
    return 0


@alerts.command()
@as_json_option
def channels(as_json: bool) -> int:
    """Where alerts are sent. No address is shown."""
    with installation(data=False) as (_settings, databases):
        found = list_channels(databases, command_line_actor())
    rows = [
        {
            "name": one.name,
            "address": one.shown,
            "enabled": one.enabled,
            "from": SEVERITIES.get(one.min_severity, "warning"),
            "last_ok_at": one.last_ok_at,
            "last_error": one.last_error,
            "waiting": one.waits,
        }
        for one in found
    ]
    if as_json:
        print_json(rows)
    else:
        print_table(CHANNEL_FIELDS, ([row[name] for name in CHANNEL_FIELDS] for row in rows))
    return 0


@alerts.command("test")
@click.argument("channel")
@as_json_option
def test_(channel: str, as_json: bool) -> int:
    """Send a test message through CHANNEL now."""
    with installation(data=False) as (settings, databases):
        use_look(settings, databases)
        actor = command_line_actor()
        known = {one.name: one.id for one in list_channels(databases, actor)}
        if channel not in known:
            hint = f"There are: {', '.join(known) or 'none'}."
            raise ChannelRefused(GONE, f"There is no channel {channel[:60]!r}.", hint=hint)
        error = try_channel(settings, databases, actor, known[channel])
    if as_json:
        print_json({"channel": channel, "sent": error is None, "error": error})
    elif error is None:
        remark("Sent.")
    else:
        complain(f"Not sent: {error}.")
    return 0 if error is None else 1


@alerts.command()
@click.option("--claim", "claimed", hidden=True, help="What a tick claimed for this process.")
def send(claimed: str | None) -> int:
    """Send what is due now. Every tick does so by itself."""
    from sync_core.alerts.send import send_due

    with installation(data=False) as (settings, databases):
        use_look(settings, databases)
        sent = send_due(settings, databases, claimed=claimed)
    remark(f"{sent} sent.")
    return 0


def _entry(entry: Entry) -> dict[str, Any]:
    told = entry.told
    return {
        "id": entry.id,
        "at": told.at,
        "severity": SEVERITIES.get(told.severity, "warning"),
        "rule": told.rule,
        "source": told.source,
        "run_id": told.run_id,
        "params": dict(told.params),
        "deliveries": [
            {"channel": way.channel, "state": way.state, "error": way.error} for way in entry.ways
        ],
    }


def _ways(row: dict[str, Any]) -> str:
    return ", ".join(f"{way['channel']}: {way['state']}" for way in row["deliveries"])
