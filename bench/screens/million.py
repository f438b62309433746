"""The lists of people before a million students: pages, orders, facets, names, each in turn with
the plain way to look for a name on the same table. It opens no page: it calls what pages call.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from statistics import median
from time import perf_counter
from typing import Any

from sqlalchemy import text

from bench.report import Goal
from sync_core.access.permissions import ADMIN, Actor
from sync_core.base.clock import utc_now
from sync_core.base.settings import Settings, load
from sync_core.engine.source import Source, find_source
from sync_core.inspect.facets import facet_counts
from sync_core.inspect.people import PER_PAGE, PeopleFilter, people_page
from sync_core.store import data, fence, merging
from sync_core.store.engines import Databases, open_databases
from sync_core.store.migrate import prepare

PEOPLE = 1_000_000
TOGETHER = 5_000
TURNS = 7
VISITOR = Actor("person-000", ADMIN, 1)
PAGE_MS, FACETS_MS, NAME_MS = Goal(20), Goal(100), Goal(30)
COMMON, RARE, SHORT = "رضا", "نمونهزاده", "هم"
LIKE = 'SELECT count(*) FROM "Students" WHERE familyname LIKE :name OR firstname LIKE :name'
PARTS = (
    *("رضا", "حسن", "حسین", "علی", "محمد", "نمونه", "پور", "زاده", "نژاد", "فرضی", "آزما", "خیال"),
    *(
        "ساخت",
        "به",
        "ار",
        "سا",
        "دا",
        "مان",
        "آر",
        "پو",
        "یا",
        "تر",
        "انه",
        "ثم",
        "ین",
        "جا",
        "وید",
    ),
    *(
        "کر",
        "یم",
        "گل",
        "لی",
        "نا",
        "در",
        "هم",
        "تی",
        "سف",
        "شی",
        "طا",
        "هر",
        "غف",
        "قا",
        "سم",
        "مه",
    ),
    *("دی", "زه", "را", "بی", "تا"),
)
"""Of them names are made: given names of two, family names of three."""


@dataclass
class Asked:
    """`times_ms`: the first one is cold."""

    title: str
    ask: Callable[[], Any]
    goal: Goal | None = None
    times_ms: list[float] = field(default_factory=list)

    def take_turn(self) -> None:
        began = perf_counter()
        self.ask()
        self.times_ms.append(1_000 * (perf_counter() - began))

    @property
    def warm(self) -> float:
        return median(self.times_ms[1:])


def measure_people(folder: Path, people: int = PEOPLE, turns: int = TURNS) -> list[Asked]:
    home = str(folder / "people")
    settings = load(
        {
            "HAMGAM_HOME": home,
            "HAMGAM_DATABASE_URL": f"sqlite:///{home}/hamgam.db",
            "HAMGAM_DATA_URL": f"sqlite:///{home}/data.db",
        }
    )
    databases = open_databases(settings)
    prepare(settings, databases)
    fill(databases, people)
    asked = list(_asked(settings, databases, find_source(settings, "students"), people))
    for _ in range(turns):
        for each in asked:
            each.take_turn()
    databases.dispose()
    return asked


def fill(databases: Databases, people: int) -> None:
    """By the merge's own statements."""
    of = merging.people("students", "Students", "studentnum", data.STUDENTS)
    draw, now = Random(7), utc_now()  # noqa: S311 - made-up people
    for begin in range(0, people, TOGETHER):
        rows = [_student(number, draw) for number in range(begin, min(people, begin + TOGETHER))]
        with databases.data.write() as session:
            if not begin:
                fence.raise_fence(session, "students", 1, now)
            merging.insert_people(session, of, 1, rows, now)


def _student(number: int, draw: Random) -> merging.Sent:
    province = int(31 * draw.random() ** 2)
    values = {
        "studentnum": f"{4_010_000_000 + number * 7_919 % 10_000_000}",
        "firstname": "".join(draw.choices(PARTS, k=2)),
        "familyname": "".join(draw.choices(PARTS, k=3)),
        "firstnameeng": "Armin",
        "familynameeng": "Nemoonehpour",
        "fathername": draw.choice(PARTS),
        "birthdate": f"138{number % 10}/01/01",
        "birthplace": f"شهر نمونهٔ {number % 400}",
        "city": f"شهر نمونهٔ {number % 400}",
        "address": f"استان نمونه، خیابان آزمایشی، کوچهٔ {number}، پلاک 1، واحد 2",
        "phonenum": f"0900{number:07}",
        "email": f"person{number}@example.ac.ir",
        "sex": draw.choice("12"),
        "codvaziayat": "1",
        "vazeiyat": f"وضعیت {int(8 * draw.random() ** 3)}",
        "course": f"{number % 300}",
        "course_name": f"رشتهٔ نمونهٔ {int(300 * draw.random() ** 2)}",
        "grade": "1",
        "gradname": draw.choice(("کاردانی", "کارشناسی", "کارشناسی ارشد")),
        "last_degree": "دیپلم",
        "uniname": "دانشگاه نمونه",
        "sub_uniname": f"پردیس نمونهٔ {2 * province + number % 2}",
        "sub_num": f"{province}",
        "province_code": province,
        "code_Markaz": 1_110 + province,
        "province": f"استان نمونهٔ {province}",
        "term": f"{400 + number % 6}{1 + number % 3}",
    }
    return merging.Sent(str(values["studentnum"]), tuple(map(values.get, data.STUDENTS)), 1)


def _asked(
    settings: Settings, databases: Databases, source: Source, people: int
) -> Iterator[Asked]:
    def page(number: int = 1, **wanted: Any) -> Callable[[], Any]:
        which = PeopleFilter(**wanted)
        return lambda: people_page(settings, databases, VISITOR, source, which, number)

    def facets(**wanted: Any) -> Callable[[], Any]:
        which = PeopleFilter(**wanted)
        return lambda: facet_counts(databases, VISITOR, source, which)

    def like(name: str) -> Callable[[], Any]:
        def ask() -> Any:
            with databases.data.read() as session:
                return session.scalar(text(LIKE), {"name": f"%{name}%"})

        return ask

    last, some = people // PER_PAGE, (("sex", "1"),)
    three = (*some, ("province", "استان نمونهٔ 3"), ("vazeiyat", "وضعیت 0"))
    yield Asked(f"plain: LIKE '%{RARE}%'", like(RARE))
    yield Asked(f"plain: LIKE '%{COMMON}%'", like(COMMON))
    yield Asked("first page", page(), PAGE_MS)
    yield Asked("a page in the middle", page(last // 2), PAGE_MS)
    yield Asked("the last page", page(last), PAGE_MS)
    yield Asked("sorted by family name", page(sort="familyname"), PAGE_MS)
    yield Asked("the same, its middle", page(last // 2, sort="familyname"), PAGE_MS)
    yield Asked(
        "of one sex, by term, its middle", page(last // 4, facets=some, sort="term"), PAGE_MS
    )
    yield Asked("facets of all", facets(), FACETS_MS)
    yield Asked("facets of one sex", facets(facets=some), FACETS_MS)
    yield Asked("facets of three filters", facets(facets=three), FACETS_MS)
    yield Asked(f"a rare name: {RARE}", page(text=RARE), NAME_MS)
    yield Asked("two words: نمونهپور رضاعلی", page(text="نمونهپور رضاعلی"), NAME_MS)
    yield Asked(f"a part that many have: {COMMON}", page(text=COMMON), NAME_MS)
    yield Asked(f"two letters: {SHORT}", page(text=SHORT), NAME_MS)
    yield Asked("a whole student number", page(text="4010007919"), NAME_MS)
    yield Asked("a whole phone number", page(text="09000000007"))
