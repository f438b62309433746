"""The tables of the control database: runs, sources, schedules, settings; what the others share."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, ForeignKey, Index, String, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from sync_core.store.types import UtcDateTime, code_text

PENDING, RUNNING, SUCCESS, FAILED = "pending", "running", "success", "failed"
ACTIVE = (PENDING, RUNNING)
COUNTS = (
    "fetched",
    "inserted",
    "updated",
    "unchanged",
    "stale",
    "duplicates",
    "rejected",
)
"""What a unit counts; the six after `fetched` add up to it."""
SUMMED = (
    *("status", "error_class", "source", "trigger", "requested_by"),
    *("inserted", "updated", "missing", "records"),
)
DAY = "date(created_at, '+3 hours', '+30 minutes')"
SECONDS = "(julianday(finished_at) - julianday(started_at)) * 86400"
"""As `sqlite.tehran_day` and `sqlite.seconds_between` write them."""


class Base(DeclarativeBase):
    type_annotation_map: ClassVar = {datetime: UtcDateTime, dict[str, Any]: JSON}


class Counted:
    """Columns of everything that counts records."""

    fetched: Mapped[int] = mapped_column(default=0)
    inserted: Mapped[int] = mapped_column(default=0)
    updated: Mapped[int] = mapped_column(default=0)
    unchanged: Mapped[int] = mapped_column(default=0)
    stale: Mapped[int] = mapped_column(default=0)
    duplicates: Mapped[int] = mapped_column(default=0)
    rejected: Mapped[int] = mapped_column(default=0)


class DataSync(Base):
    """One row a source, as the old panel had it. It speaks of the source, not of one run.

    The `api_*` columns mirror the settings and are never read; the schedule's columns mirror
    `schedules`.
    """

    __tablename__ = "data_syncs"

    id: Mapped[int] = mapped_column(primary_key=True)
    data_source: Mapped[str] = mapped_column(String(50), unique=True)
    sync_type: Mapped[str] = mapped_column(String(20), default="manual")
    status: Mapped[str] = mapped_column(String(20), default=PENDING)
    last_sync_at: Mapped[datetime | None]
    next_sync_at: Mapped[datetime | None]
    auto_sync_enabled: Mapped[bool] = mapped_column(default=False)
    sync_interval_value: Mapped[int] = mapped_column(default=1440)
    sync_interval_unit: Mapped[str] = mapped_column(String(20), default="minutes")
    api_base_url: Mapped[str | None]
    api_endpoint: Mapped[str | None]
    api_method: Mapped[str] = mapped_column(String(10), default="POST")
    api_params: Mapped[str | None]
    records_synced: Mapped[int] = mapped_column(default=0)
    sync_duration_seconds: Mapped[float | None]
    error_message: Mapped[str | None] = mapped_column(String(500))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    last_synced_by: Mapped[str | None]


class Run(Counted, Base):
    """One attempt to sync a source. Only `runs.lifecycle` changes its status."""

    __tablename__ = "sync_runs"
    __table_args__ = (
        Index(
            "one_active_run_a_source",
            "source",
            unique=True,
            sqlite_where=text("status IN ('pending', 'running')"),
            postgresql_where=text("status IN ('pending', 'running')"),
        ),
        Index(
            "sync_runs_active",
            "status",
            sqlite_where=text("status IN ('pending', 'running')"),
            postgresql_where=text("status IN ('pending', 'running')"),
        ),
        Index("sync_runs_newest", "source", "id"),
        Index(
            "sync_runs_covers",
            *("source", "id"),
            sqlite_where=text("records IS NOT NULL"),
            postgresql_where=text("records IS NOT NULL"),
        ),
        Index("sync_runs_requesters", "requested_by"),
        Index(
            "sync_runs_sums", text(DAY), *SUMMED, text(SECONDS), "created_at", "finished_at"
        ).ddl_if(dialect="sqlite"),
        Index("sync_runs_sums", "created_at", *SUMMED, "started_at", "finished_at").ddl_if(
            dialect="postgresql"
        ),
    )
    # The last two hold all that lists and charts of a hundred thousand runs are chosen and made
    # of. The database keeps them true, whatever becomes of a run.

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(String(50))
    status: Mapped[str] = mapped_column(String(20))
    trigger: Mapped[str] = mapped_column(String(20))
    mode: Mapped[str] = mapped_column(String(20))
    choice: Mapped[dict[str, Any]]
    """Campuses, terms and units that were asked for; empty lists mean the whole plan."""
    settings: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    """What it went by; see `runs.snapshot`."""
    requested_by: Mapped[str]
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    error_class: Mapped[str | None] = mapped_column(String(20))
    error_message: Mapped[str | None] = mapped_column(String(500))

    units_total: Mapped[int | None]
    units_done: Mapped[int] = mapped_column(default=0)
    units_failed: Mapped[int] = mapped_column(default=0)
    units_skipped: Mapped[int] = mapped_column(default=0)
    """Units that were sent as before, byte for byte, and were not read again."""
    left_out: Mapped[int] = mapped_column(default=0)
    """Units of the full plan that this run did not cover."""
    missing: Mapped[int] = mapped_column(default=0)
    drift: Mapped[int | None]
    """Rows that a verifying run found changed behind our back; None for any other run."""
    counted: Mapped[bool] = mapped_column(default=False)
    """Counted from the table: the source printed no counts of its own."""
    records: Mapped[int | None]
    """Rows without `missing_since` after a full cover; None for any other run."""
    refused_missing: Mapped[int | None]
    """How many people would have been marked missing, had the guard not refused it."""
    current_unit: Mapped[str | None]
    progress_at: Mapped[datetime | None]
    rate: Mapped[float | None]
    """Records a second, as the source reports it."""
    left_s: Mapped[float | None]
    """Seconds to the end, as the source estimates them at `progress_at`."""

    epoch: Mapped[int] = mapped_column(default=0)
    """The fence that this run holds in the data database."""
    lease_until: Mapped[datetime]
    ends_by: Mapped[datetime | None]
    """When its time limit is over."""
    clock_s: Mapped[float | None]
    """What the steady clock of `host` showed at `started_at`, or at `created_at` before that."""
    host: Mapped[str | None]
    boot_id: Mapped[str | None]
    supervisor_pid: Mapped[int | None]
    supervisor_started: Mapped[float | None]
    child_pid: Mapped[int | None]
    child_started: Mapped[float | None]
    cancel_requested_at: Mapped[datetime | None]
    cancel_requested_by: Mapped[str | None]


class RunUnit(Counted, Base):
    """What one run did with one unit; a copy of the data database's `unit_runs`."""

    __tablename__ = "sync_run_units"

    run_id: Mapped[int] = mapped_column(
        ForeignKey("sync_runs.id", ondelete="CASCADE"), primary_key=True
    )
    unit: Mapped[str] = mapped_column(code_text(100), primary_key=True)
    status: Mapped[str] = mapped_column(String(20))
    error_class: Mapped[str | None] = mapped_column(String(20))
    error_message: Mapped[str | None] = mapped_column(String(500))
    duration_s: Mapped[float]
    finished_at: Mapped[datetime]
    skipped: Mapped[bool] = mapped_column(default=False)
    repeats: Mapped[int] = mapped_column(default=0, server_default="0")
    """Calls to the gateway that had to be repeated."""
    refused_before: Mapped[int | None]
    """Where a guard refused the unit: its people until then, and what it sent."""
    refused_people: Mapped[int | None]
    refused_rejects: Mapped[int | None]


class Schedule(Base):
    """When a source syncs by itself: what an administrator chose, and how far it has come.

    `next_due_at` is claimed by a guarded update. `schedule.timing` reads the chosen columns.
    """

    __tablename__ = "schedules"

    source: Mapped[str] = mapped_column(String(50), primary_key=True)
    enabled: Mapped[bool] = mapped_column(default=False)
    kind: Mapped[str] = mapped_column(String(20), default="every")
    interval_value: Mapped[int] = mapped_column(default=1440)
    interval_unit: Mapped[str] = mapped_column(String(20), default="minutes")
    anchor_at: Mapped[datetime | None]
    """The moment that intervals are counted from."""
    times: Mapped[str] = mapped_column(String(200), default="")
    """`03:00,14:30`."""
    weekdays: Mapped[str] = mapped_column(String(20), default="")
    """`0,2`; 0 is Saturday."""
    month_day: Mapped[int | None]
    quiet_from: Mapped[str | None] = mapped_column(String(5))
    quiet_to: Mapped[str | None] = mapped_column(String(5))
    missed: Mapped[str] = mapped_column(String(20), default="catch_up")
    mode: Mapped[str] = mapped_column(String(20), default="full")
    retries: Mapped[int] = mapped_column(default=0)
    retry_wait_minutes: Mapped[int] = mapped_column(default=15)

    next_due_at: Mapped[datetime | None]
    last_fired_at: Mapped[datetime | None]
    last_slot_at: Mapped[datetime | None]
    """The slot that was started last, maybe after its time; or the begin of an interval."""
    last_missed: Mapped[int] = mapped_column(default=0)
    """How many older slots that start stood for."""
    waiting: Mapped[int] = mapped_column(default=0)
    """How many older slots the next start will stand for."""
    failures: Mapped[int] = mapped_column(default=0)
    """Scheduled runs that failed one after the other until now."""
    held_until: Mapped[datetime | None]
    """No slot before this one is started, because of these failures."""
    retry_at: Mapped[datetime | None]
    """When `retry_of` is tried again; None once that is done, or is not to be done."""
    retry_of: Mapped[int | None]
    judged_run: Mapped[int | None]
    """The newest run whose end these columns already speak of."""
    forgiven_at: Mapped[datetime | None]
    """Failures of runs before it do not count."""
    updated_at: Mapped[datetime]
    updated_by: Mapped[str]


class Heartbeat(Base):
    """When something last gave a sign of life (`tick`)."""

    __tablename__ = "heartbeats"

    name: Mapped[str] = mapped_column(String(50), primary_key=True)
    at: Mapped[datetime]
    host: Mapped[str]


class Setting(Base):
    """What an operator set on a screen."""

    __tablename__ = "settings"

    key: Mapped[str] = mapped_column(String(100), primary_key=True)
    value: Mapped[str]
    updated_at: Mapped[datetime]
    updated_by: Mapped[str]
