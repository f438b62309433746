"""People tables and the ledger"""

import sqlalchemy as sa
from alembic import op

from sync_core.store.types import UtcDateTime, code_text

revision = "0001"
down_revision = None

# In the order of their ISO 3166-2:IR numbers, which begin at 0.
PROVINCES = (
    "مرکزی",
    "گیلان",
    "مازندران",
    "آذربایجان شرقی",
    "آذربایجان غربی",
    "کرمانشاه",
    "خوزستان",
    "فارس",
    "کرمان",
    "خراسان رضوی",
    "اصفهان",
    "سیستان و بلوچستان",
    "کردستان",
    "همدان",
    "چهارمحال و بختیاری",
    "لرستان",
    "ایلام",
    "کهگیلویه و بویراحمد",
    "بوشهر",
    "زنجان",
    "سمنان",
    "یزد",
    "هرمزگان",
    "تهران",
    "اردبیل",
    "قم",
    "قزوین",
    "گلستان",
    "خراسان شمالی",
    "خراسان جنوبی",
    "البرز",
)


def upgrade() -> None:
    op.create_table(
        "Students",
        sa.Column("studentnum", code_text(), nullable=False),
        sa.Column("firstname", sa.Text(), nullable=True),
        sa.Column("familyname", sa.Text(), nullable=True),
        sa.Column("firstnameeng", sa.Text(), nullable=True),
        sa.Column("familynameeng", sa.Text(), nullable=True),
        sa.Column("fathername", sa.Text(), nullable=True),
        sa.Column("birthdate", sa.Text(), nullable=True),
        sa.Column("birthplace", sa.Text(), nullable=True),
        sa.Column("city", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("phonenum", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("sex", sa.Text(), nullable=True),
        sa.Column("codvaziayat", sa.Text(), nullable=True),
        sa.Column("vazeiyat", sa.Text(), nullable=True),
        sa.Column("course", sa.Text(), nullable=True),
        sa.Column("course_name", sa.Text(), nullable=True),
        sa.Column("grade", sa.Text(), nullable=True),
        sa.Column("gradname", sa.Text(), nullable=True),
        sa.Column("degsdate", sa.Text(), nullable=True),
        sa.Column("last_degree", sa.Text(), nullable=True),
        sa.Column("uniname", sa.Text(), nullable=True),
        sa.Column("sub_uniname", sa.Text(), nullable=True),
        sa.Column("sub_num", sa.Text(), nullable=True),
        sa.Column("province_code", sa.BigInteger(), nullable=True),
        sa.Column("code_Markaz", sa.BigInteger(), nullable=True),
        sa.Column("province", sa.Text(), nullable=True),
        sa.Column("term", sa.Text(), nullable=True),
        sa.Column("missing_since", UtcDateTime(), nullable=True),
        sa.Column("first_run", sa.Integer(), nullable=False),
        sa.Column("last_run", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("studentnum"),
    )
    with op.batch_alter_table("Students", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_Students_last_run"), ["last_run"], unique=False)

    op.create_table(
        "faculty",
        sa.Column("id", sa.BigInteger(), nullable=True),
        sa.Column("professorCode", sa.Text(), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("family", sa.Text(), nullable=True),
        sa.Column("mobile", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("city", sa.Text(), nullable=True),
        sa.Column("nationalcode", code_text(), nullable=False),
        sa.Column("personelid", sa.Text(), nullable=True),
        sa.Column("field", sa.Text(), nullable=True),
        sa.Column("scope", sa.Text(), nullable=True),
        sa.Column("scope_ID", sa.Text(), nullable=True),
        sa.Column("code_Markaz", sa.Text(), nullable=True),
        sa.Column("markaz", sa.Text(), nullable=True),
        sa.Column("sex", sa.BigInteger(), nullable=True),
        sa.Column("employ_state", sa.Text(), nullable=True),
        sa.Column("employtype", sa.Text(), nullable=True),
        sa.Column("employtype_title", sa.Text(), nullable=True),
        sa.Column("estekhdamtype", sa.Text(), nullable=True),
        sa.Column("estekhdamtype_title", sa.Text(), nullable=True),
        sa.Column("province_code", sa.BigInteger(), nullable=True),
        sa.Column("missing_since", UtcDateTime(), nullable=True),
        sa.Column("first_run", sa.Integer(), nullable=False),
        sa.Column("last_run", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("nationalcode"),
    )
    with op.batch_alter_table("faculty", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_faculty_last_run"), ["last_run"], unique=False)

    op.create_table(
        "pardis",
        sa.Column("pardis_code", code_text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("province_code", sa.Integer(), nullable=True),
        sa.Column("type", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("pardis_code"),
    )
    province = op.create_table(
        "province",
        sa.Column("province_code", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("province_code"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "rejected_rows",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=50), nullable=False),
        sa.Column("unit", code_text(100), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("record", sa.JSON(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("rejected_rows", schema=None) as batch_op:
        batch_op.create_index("rejected_rows_run", ["run_id", "source"], unique=False)

    op.create_table(
        "row_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=50), nullable=False),
        sa.Column("key", code_text(), nullable=False),
        sa.Column("column", sa.String(length=50), nullable=True),
        sa.Column("old", sa.Text(), nullable=True),
        sa.Column("new", sa.Text(), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("row_changes", schema=None) as batch_op:
        batch_op.create_index("row_changes_key", ["source", "key"], unique=False)
        batch_op.create_index("row_changes_run", ["run_id", "source"], unique=False)

    op.create_table(
        "source_fence",
        sa.Column("source", sa.String(length=50), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("raised_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("source"),
    )
    op.create_table(
        "unit_members",
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("key", code_text(), nullable=False),
        sa.Column("digest", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("unit_id", "key"),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("unit_members", schema=None) as batch_op:
        batch_op.create_index("unit_members_key", ["key", "unit_id"], unique=False)

    op.create_table(
        "unit_runs",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("error_class", sa.String(length=20), nullable=True),
        sa.Column("error_message", sa.String(length=500), nullable=True),
        sa.Column("duration_s", sa.Float(), nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=False),
        sa.Column("fetched", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("inserted", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("updated", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("unchanged", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("stale", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("duplicates", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("rejected", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "unit_id"),
    )
    op.create_table(
        "unit_state",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=50), nullable=False),
        sa.Column("unit", code_text(100), nullable=False),
        sa.Column("rank", code_text(100), nullable=False),
        sa.Column("in_plan", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=True),
        sa.Column("error_class", sa.String(length=20), nullable=True),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("success_at", UtcDateTime(), nullable=True),
        sa.Column("rows", sa.Integer(), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.Column("mapping_version", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("source", "unit"),
    )
    op.bulk_insert(
        province,
        [{"province_code": code, "name": name} for code, name in enumerate(PROVINCES)],
    )
