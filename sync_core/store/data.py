"""The tables of the data database: what the gateway reported, and the ledger that proves it.

Other programs read this file: its schema stays readable by SQLite 3.40.
"""

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TextClause,
    UniqueConstraint,
    false,
    text,
)

from sync_core.store.control import COUNTS
from sync_core.store.types import UtcDateTime, code_text

metadata = MetaData()

NAMES = {"faculty": ("family", "name"), "Students": ("familyname", "firstname")}
"""Table → the columns that name its people. They are kept folded as well: see `store.names`."""

FACULTY = (
    "id",
    "professorCode",
    "code",
    "name",
    "family",
    "mobile",
    "email",
    "city",
    "nationalcode",
    "personelid",
    "field",
    "scope",
    "scope_ID",
    "code_Markaz",
    "markaz",
    "sex",
    "employ_state",
    "employtype",
    "employtype_title",
    "estekhdamtype",
    "estekhdamtype_title",
    "province_code",
)
STUDENTS = (
    "studentnum",
    "firstname",
    "familyname",
    "firstnameeng",
    "familynameeng",
    "fathername",
    "birthdate",
    "birthplace",
    "city",
    "address",
    "phonenum",
    "email",
    "sex",
    "codvaziayat",
    "vazeiyat",
    "course",
    "course_name",
    "grade",
    "gradname",
    "degsdate",
    "last_degree",
    "uniname",
    "sub_uniname",
    "sub_num",
    "province_code",
    "code_Markaz",
    "province",
    "term",
)


def _where(condition: TextClause) -> dict[str, Any]:
    return {"sqlite_where": condition, "postgresql_where": condition}


def _people(table: str, key: str, names: tuple[str, ...], integers: set[str]) -> Table:
    """The gateway's columns in its order, then our own.

    `unit_id` is the unit whose record the row is: the highest one that reports the person. It is
    null for a person whom no unit reports. `names_folded` is what a name is looked for by.
    """
    return Table(
        table,
        metadata,
        *(
            Column(name, BigInteger if name in integers else Text)
            if name != key
            else Column(name, code_text(), primary_key=True)
            for name in names
        ),
        Column("missing_since", UtcDateTime),
        Column("first_run", Integer, nullable=False),
        Column("last_run", Integer, nullable=False, index=True),
        Column("unit_id", Integer, index=True),
        Column("names_folded", Text),
        Index(f"ix_{table}_missing", key, **_where(text("missing_since IS NOT NULL"))),
        Index(f"ix_{table}_unfolded", key, **_where(text("names_folded IS NULL"))),
    )


faculty = _people("faculty", "nationalcode", FACULTY, {"id", "sex", "province_code"})
students = _people("Students", "studentnum", STUDENTS, {"province_code", "code_Markaz"})

pardis = Table(
    "pardis",
    metadata,
    Column("pardis_code", code_text(), primary_key=True),
    Column("name", Text, nullable=False),
    Column("province_code", Integer),
    Column("type", Text),
)

province = Table(
    "province",
    metadata,
    Column("province_code", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False, unique=True),
)

source_fence = Table(
    "source_fence",
    metadata,
    Column("source", String(50), primary_key=True),
    Column("run_id", Integer, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("raised_at", UtcDateTime, nullable=False),
    Column("names_of_others", Integer, nullable=False, server_default=text("0")),
)
"""`names_of_others`: how many rows' names a merge found changed by another program."""

unit_state = Table(
    "unit_state",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("source", String(50), nullable=False),
    Column("unit", code_text(100), nullable=False),
    Column("rank", code_text(100), nullable=False),
    Column("in_plan", Boolean, nullable=False, server_default=false()),
    Column("status", String(20)),
    Column("error_class", String(20)),
    Column("run_id", Integer),
    Column("success_at", UtcDateTime),
    Column("rows", Integer),
    Column("people", Integer),
    Column("duplicates", Integer),
    Column("rejected", Integer),
    Column("digest", String(64)),
    Column("mapping_version", String(32)),
    UniqueConstraint("source", "unit"),
)
"""Each unit's last outcome (`status`, `run_id`) and what its last success left: how many records
(`rows`), of how many people, and the digest of what was sent. A null digest is equal to nothing."""

unit_runs = Table(
    "unit_runs",
    metadata,
    Column("run_id", Integer, primary_key=True),
    Column("unit_id", Integer, primary_key=True),
    Column("status", String(20), nullable=False),
    Column("error_class", String(20)),
    Column("error_message", String(500)),
    Column("duration_s", Float, nullable=False),
    Column("finished_at", UtcDateTime, nullable=False),
    Column("skipped", Boolean, nullable=False, server_default=false()),
    Column("repeats", Integer, nullable=False, server_default=text("0")),
    *(Column(name, Integer, nullable=False, server_default=text("0")) for name in COUNTS),
    Column("refused_before", Integer),
    Column("refused_people", Integer),
    Column("refused_rejects", Integer),
)
"""What a run did with a unit. `skipped`: it was sent as before, byte for byte, and not read.
`repeats`: calls to the gateway that had to be repeated.
`refused_*`, where a guard refused it: its people until then, and how many people and records that
could not become rows it sent."""

unit_members = Table(
    "unit_members",
    metadata,
    Column("unit_id", Integer, primary_key=True),
    Column("key", code_text(), primary_key=True),
    Column("digest", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
"""Who was in each unit's last success, with a digest of the record that was kept, as it was sent.

There is no index on `key`: every record of a sync would pay for it. Who is asked for by key goes
through all members once (`merging.reported_among`).
"""

row_changes = Table(
    "row_changes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("run_id", Integer, nullable=False),
    Column("source", String(50), nullable=False),
    Column("key", code_text(), nullable=False),
    Column("column", String(50)),
    Column("old", Text),
    Column("new", Text),
    Column("at", UtcDateTime, nullable=False),
    Index("row_changes_what", "source", "run_id", "column"),
    Index("row_changes_key", "source", "key"),
)
"""What a run changed, net. A first insert is one marker: its `column` is null."""

rejected_rows = Table(
    "rejected_rows",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("run_id", Integer, nullable=False),
    Column("source", String(50), nullable=False),
    Column("unit", code_text(100), nullable=False),
    Column("position", Integer, nullable=False),
    Column("reason", String(200), nullable=False),
    Column("record", JSON, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index("rejected_rows_run", "run_id", "source"),
)

quality_counts = Table(
    "quality_counts",
    metadata,
    Column("source", String(50), primary_key=True),
    Column("run_id", Integer, primary_key=True),
    Column("rule", String(30), primary_key=True),
    Column("count", Integer, nullable=False),
    Column("told", JSON, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)
"""How much broke each rule when a run had ended; `told`: the columns or fields that did."""

quality_rows = Table(
    "quality_rows",
    metadata,
    Column("source", String(50), primary_key=True),
    Column("rule", String(30), primary_key=True),
    Column("key", code_text(), primary_key=True),
    sqlite_with_rowid=False,
)
"""Who broke each rule at the last of these counts: to find them anew takes seconds in a million."""

source_fields = Table(
    "source_fields",
    metadata,
    Column("source", String(50), primary_key=True),
    Column("field", String(50), primary_key=True),
    Column("first_run", Integer, nullable=False),
    Column("last_run", Integer, nullable=False),
)
"""Fields that a source's records had, whether a column takes them or not."""
