"""One fictional student's record in one term; knows no cohort and no unit."""

from dataclasses import dataclass
from typing import Any

from fetch_data.demo.draws import Draws, draw_mobile, draw_person, in_arabic_letters
from fetch_data.demo.names import (
    CITIES,
    COURSES,
    GRADES,
    GUEST,
    LAST_DEGREES,
    ON_LEAVE,
    STREETS,
    STUDYING,
)
from fetch_data.demo.stays import Status, term_text

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Campus:
    code: str
    name: str
    province_code: int
    province: str
    type: str


_STUDY = (len(COURSES), len(GRADES), len(CITIES), 6, 12, 29, len(STREETS), 250)


def student_record(
    draws: Draws, studentnum: str, campus: Campus, count: int, status: Status
) -> Record:
    """The flawless record; `draws` are the student's own after his stay, so all but campus, term
    and status is the same in every term."""
    person = draw_person(draws)
    study, grade, city, age, month, day, street, house = draws.each_below(_STUDY)
    course, course_name = COURSES[study]
    home = CITIES[city]
    entrance = 1000 + int(studentnum[:3])
    return {
        "studentnum": studentnum,
        "firstname": person.name,
        "familyname": person.family,
        "firstnameeng": person.name_latin,
        "familynameeng": person.family_latin,
        "fathername": person.father,
        "birthdate": f"{entrance - 18 - age}/{1 + month:02d}/{1 + day:02d}",
        "birthplace": home,
        "city": home,
        "address": f"{home}، خیابان {STREETS[street]}، پلاک {1 + house}",
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
