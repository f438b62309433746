"""One fictional student: his stay, and his record in one term; knows no cohort and no unit.

A term is counted as `year * 3 + (0, 1 or 2)`, so that terms can be compared and added to.
"""

from dataclasses import dataclass
from typing import Any

from fetch_data.demo.draws import Draws, draw_mobile, draw_person, in_arabic_letters
from fetch_data.demo.names import (
    CITIES,
    COURSES,
    GRADES,
    GRADUATED,
    GUEST,
    LAST_DEGREES,
    ON_LEAVE,
    STREETS,
    STUDYING,
    WITHDREW,
)

Record = dict[str, Any]
Status = tuple[int, str]

LONGEST_STAY_YEARS = 5


@dataclass(frozen=True, slots=True)
class Campus:
    code: str
    name: str
    province_code: int
    province: str
    type: str


@dataclass(frozen=True, slots=True)
class Stay:
    """The counted terms in which a student is reported, and how it ends."""

    first: int
    last: int
    leave_at: int
    summers: bool
    end: Status

    def covers(self, count: int) -> bool:
        return self.first <= count <= self.last and (self.summers or count % 3 != 2)

    def status(self, count: int) -> Status:
        if count == self.last:
            return self.end
        return ON_LEAVE if count == self.leave_at else STUDYING


def draw_stay(draws: Draws, year: int) -> Stay:
    """A stay of one to five years that begins in the first or second term and ends in neither
    summer, for the end must be reported."""
    first = year * 3 + (draws.below(5) == 0)
    length = 2 + draws.below(12)
    last = first + length
    last -= last % 3 == 2
    leave_at = first + 3 if draws.below(15) == 0 else 0
    end = GRADUATED if length > 5 else WITHDREW
    return Stay(first, last, leave_at, draws.below(4) == 0, end)


def term_text(count: int) -> str:
    return f"{count // 3 % 1000:03d}{count % 3 + 1}"


def student_record(
    draws: Draws, studentnum: str, campus: Campus, count: int, status: Status
) -> Record:
    """The flawless record; `draws` are the student's own, so all but campus, term and status
    is the same in every term."""
    person = draw_person(draws)
    course, course_name = draws.pick(COURSES)
    grade = draws.below(len(GRADES))
    home = draws.pick(CITIES)
    entrance = 1000 + int(studentnum[:3])
    return {
        "studentnum": studentnum,
        "firstname": person.name,
        "familyname": person.family,
        "firstnameeng": person.name_latin,
        "familynameeng": person.family_latin,
        "fathername": person.father,
        "birthdate": f"{entrance - 18 - draws.below(6)}/{1 + draws.below(12):02d}"
        f"/{1 + draws.below(29):02d}",
        "birthplace": home,
        "city": home,
        "address": f"{home}، خیابان {draws.pick(STREETS)}، پلاک {1 + draws.below(250)}",
        "phonenum": person.mobile,
        "email": f"s{studentnum}@example.ac.ir",
        "sex": person.sex,
        "codvaziayat": status[0],
        "vazeiyat": status[1],
        "course": course,
        "course_name": course_name,
        "grade": "2" if grade == 3 else "1",
        "gradname": GRADES[grade],
        "degsdate": f"{entrance}/07/01",
        "last_degree": LAST_DEGREES[grade],
        "uniname": "دانشگاه نمونه",
        "sub_uniname": campus.name,
        "sub_num": campus.code,
        "provinceCode": campus.province_code,
        "code_Markaz": int(campus.code),
        "province": campus.province,
        "term": term_text(count),
    }


def revise(record: Record, seed: int, revision: int) -> None:
    """What the given revision of the world changes in a student's record: phone and status."""
    draws = Draws(f"{seed}:{record['studentnum']}:{revision}")
    record["phonenum"] = draw_mobile(draws)
    if record["codvaziayat"] == STUDYING[0]:
        record["codvaziayat"], record["vazeiyat"] = draws.pick((ON_LEAVE, GUEST))


def spoil(record: Record, draws: Draws, count: int) -> None:
    """The flaws of one record, from draws of its own."""
    flaw = draws.below(500)
    if flaw < 12:
        for field in ("firstname", "familyname", "fathername", "vazeiyat"):
            record[field] = in_arabic_letters(record[field])
    elif flaw < 22:
        record.update(address=None, email=None)
    elif flaw < 27:
        record["term"] = draws.pick((None, "", term_text(count - 3)))
    elif flaw < 30:
        record["course"] = int(record["course"])
    elif flaw < 31:
        record["studentnum"] = int(record["studentnum"])
