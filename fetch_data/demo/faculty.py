"""One fictional faculty member as the gateway's record; decides no paging and no order.

Which member has which flaw follows from his place in the list, so that 200 members show them all.
"""

from typing import Any

from fetch_data.demo.draws import (
    Draws,
    Person,
    draw_mobile,
    draw_person,
    in_arabic_letters,
    in_persian_digits,
    national_code,
    with_wrong_check_digit,
)
from fetch_data.demo.names import CITIES, COURSES, EMPLOY_STATES, EMPLOYMENTS, PROVINCES

Record = dict[str, Any]

_BODIES = 10**9
# Coprime to the number of bodies, so that no two members share a code.
_STRIDE = 387_420_489


def code_of(seed: int, index: int) -> str:
    """The ten-digit national code of the member, canonical, without any flaw of how it is sent."""
    return national_code((Draws(f"{seed}:bodies").below(_BODIES) + index * _STRIDE) % _BODIES)


def sent_code(code: str, index: int) -> str | int | None:
    """The code with the member's flaw: missing, a number, padded, Persian digits, wrong check."""
    if index % 200 == 17:
        return None
    if index % 100 == 33:
        return with_wrong_check_digit(code)
    if code.startswith("0") and index % 2:
        return int(code)
    if index % 200 == 60:
        return f" {code} "
    return in_persian_digits(code) if index % 200 == 90 else code


def faculty_record(seed: int, index: int, *, flaws: bool, revision: int) -> Record:
    """The record of the member at `index`; `revision` is the last one that touched him, or 0."""
    draws = Draws(f"{seed}:faculty:{index}")
    record = _clean(draw_person(draws), draws, code_of(seed, index), index)
    if flaws:
        _spoil(record, index)
    if revision:
        again = Draws(f"{seed}:faculty:{index}:{revision}")
        record["mobile"] = draw_mobile(again)
        record["employ_state"] = again.pick(EMPLOY_STATES)
    return record


def _clean(person: Person, draws: Draws, code: str, index: int) -> Record:
    province = draws.below(len(PROVINCES))
    kind, kind_title, hire, hire_title = draws.pick(EMPLOYMENTS)
    return {
        "id": 5_000 + index,
        "professorCode": f"{70_000 + index}",
        "code": f"{10_000 + index}",
        "name": person.name,
        "family": person.family,
        "mobile": person.mobile,
        "email": f"f{10_000 + index}@example.ac.ir",
        "city": CITIES[province],
        "nationalcode": code,
        "personelid": f"{30_000_000 + index}",
        "field": draws.pick(COURSES)[1],
        "scope": f"مدیریت امور پردیس‌های استان {PROVINCES[province]}",
        "scope_ID": province,
        "code_Markaz": 1_110 + 10 * province,
        "markaz": f"پردیس {CITIES[province]}",
        "sex": person.sex,
        "employ_state": draws.pick(EMPLOY_STATES),
        "employtype": kind,
        "employtype_title": kind_title,
        "estekhdamtype": hire,
        "estekhdamtype_title": hire_title,
    }


def _spoil(record: Record, index: int) -> None:
    record["nationalcode"] = sent_code(record["nationalcode"], index)
    if index % 400 == 1:
        record["personelid"] = f"{30_000_000 + index - 1}"
    if index % 30 == 4:
        for field in ("name", "family", "scope"):
            record[field] = in_arabic_letters(record[field])
    if index % 40 == 5:
        record["scope"] += "\u200c"
    if index % 40 == 6:
        record.update(mobile=None, city=None, scope=None)
    if index % 50 == 8:
        record["mobile"] = int(record["mobile"])
