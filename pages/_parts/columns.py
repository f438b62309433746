"""Headings for the columns of the people's tables, and which of them come first."""

from collections.abc import Sequence

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
}


def heading(column: str) -> str:
    """The column's own name where we have no word for it."""
    return _(HEADINGS.get(column, column))


def ordered(columns: Sequence[str]) -> list[str]:
    """Who the person is first, then the table's own order."""
    first = [name for name in LEADING if name in columns]
    return first + [name for name in columns if name not in first]
