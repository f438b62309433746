"""The columns of the people's tables: headings, which of them come first, how values look."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from pages._parts import html
from sync_core.base.i18n import N_, _

LEADING = ("nationalcode", "studentnum", "name", "family", "firstname", "familyname")

HEADINGS = {
    "id": N_("Row id"),
    "professorCode": N_("Professor code"),
    "code": N_("Code"),
    "name": N_("First name"),
    "family": N_("Family name"),
    "mobile": N_("Mobile"),
    "email": N_("E-mail"),
    "city": N_("City"),
    "nationalcode": N_("National code"),
    "personelid": N_("Personnel number"),
    "field": N_("Field"),
    "scope": N_("Department"),
    "scope_ID": N_("Department code"),
    "code_Markaz": N_("Centre code"),
    "markaz": N_("Centre"),
    "sex": N_("Sex"),
    "employ_state": N_("Employment state"),
    "employtype": N_("Employment type code"),
    "employtype_title": N_("Employment type"),
    "estekhdamtype": N_("Contract type code"),
    "estekhdamtype_title": N_("Contract type"),
    "province_code": N_("Province code"),
    "studentnum": N_("Student number"),
    "firstname": N_("First name"),
    "familyname": N_("Family name"),
    "firstnameeng": N_("First name (Latin)"),
    "familynameeng": N_("Family name (Latin)"),
    "fathername": N_("Father's name"),
    "birthdate": N_("Birth date"),
    "birthplace": N_("Birth place"),
    "address": N_("Address"),
    "phonenum": N_("Phone"),
    "codvaziayat": N_("Status code"),
    "vazeiyat": N_("Status"),
    "course": N_("Course code"),
    "course_name": N_("Course"),
    "grade": N_("Degree level"),
    "gradname": N_("Degree level name"),
    "degsdate": N_("Degree date"),
    "last_degree": N_("Previous degree"),
    "uniname": N_("University"),
    "sub_uniname": N_("Campus"),
    "sub_num": N_("Campus code"),
    "province": N_("Province"),
    "term": N_("Term"),
    "entrance_year": N_("Entrance year"),
    "missing_since": N_("Reported"),
    "first_run": N_("First seen in run"),
    "last_run": N_("Last changed in run"),
}

SEXES = {"1": N_("Male"), "2": N_("Female")}
PROVINCE = "province_code"


def heading(column: str) -> str:
    """The column's own name where we have no word for it."""
    return _(HEADINGS.get(column, column))


def ordered(columns: Sequence[str]) -> list[str]:
    """Who the person is first, then the table's own order."""
    first = [name for name in LEADING if name in columns]
    return first + [name for name in columns if name not in first]


def full_name(names: Sequence[str]) -> str:
    """Of what people are sorted by: the family name, which stands first there, comes last."""
    return " ".join(reversed(names))


def value_word(column: str, value: str | None, provinces: Mapping[str, str]) -> str:
    """A value that people are counted by; a code in words. `provinces`: code → name."""
    if value is None or value == "":
        return _("No value")
    if column == "sex" and value in SEXES:
        return _(SEXES[value])
    if column == "entrance_year":
        return f"1{value}" if value.isdigit() else value
    return provinces.get(value, value) if column == PROVINCE else value


def cell(value: object) -> str:
    """HTML."""
    return html.NOTHING if value is None or value == "" else html.own_direction(value)


def reported(missing_since: datetime | None) -> str:
    """HTML."""
    if missing_since is None:
        return html.text(_("Yes"))
    word = html.text(_("Not since"))
    return f"{word} {html.moment(missing_since)}"
