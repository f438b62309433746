"""A run of a thousand parts: a hundred at a time, those that failed first."""

import re

from streamlit.testing.v1 import AppTest

from sync_core.base.clock import utc_now
from sync_core.store.control import FAILED, SUCCESS, RunUnit
from sync_core.store.engines import Databases
from tests import seed
from tests.pages.screen import Open, words

UNITS = [f"{term}/{campus}" for term in ("4051", "4043") for campus in range(1_000, 1_120)]
BAD = {"4043/1003", "4043/1004"}


def add_long_run(databases: Databases) -> int:
    run_id = seed.add_failure(databases, "students", "partial", units_total=len(UNITS))
    with databases.control.write() as session:
        session.add_all(
            RunUnit(
                run_id=run_id,
                unit=unit,
                status=FAILED if unit in BAD else SUCCESS,
                error_class="gateway" if unit in BAD else None,
                duration_s=1.5,
                finished_at=utc_now(),
            )
            for unit in UNITS
        )
    return run_id


def parts(app: AppTest) -> list[str]:
    """The names in the tables of parts, in their order."""
    rows = re.findall(r"<tr><td[^>]*>(.*?)</td>", words(app))
    found = (re.search(r"(\d{4})\D+(\d{4})", re.sub("<[^>]*>", "", row)) for row in rows)
    return [f"{unit[1]}/{unit[2]}" for unit in found if unit]


def test_it_shows_a_hundred_parts_at_a_time_the_failed_ones_first(
    databases: Databases, open_page: Open
) -> None:
    run_id = add_long_run(databases)
    pages = [parts(open_page("run", id=str(run_id), page=str(page))) for page in (1, 2, 3)]
    assert [len(page) for page in pages] == [100, 100, 40]
    assert set(pages[0][:2]) == BAD
    assert sorted(pages[0] + pages[1] + pages[2]) == sorted(UNITS)


def test_it_shows_a_short_run_whole_whatever_page_is_asked_for(
    databases: Databases, open_page: Open
) -> None:
    run_id = seed.add_success(databases, "students")
    seed.add_units(databases, run_id)
    assert len(parts(open_page("run", id=str(run_id), page="7"))) == 12
