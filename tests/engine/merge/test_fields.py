"""A run notes which fields the records have that it looks into."""

import pytest

from sync_core.base.errors import Unreachable
from sync_core.store import fields
from tests.engine.merge.cases import HIGH, LOW, TOP
from tests.engine.units_by_hand import ByHand, student
from tests.postgres import BOTH

pytestmark = pytest.mark.parametrize("own_databases", BOTH, indirect=True)


def came_and_went(gateway: ByHand) -> tuple[tuple[str, ...], tuple[str, ...]]:
    with gateway.databases.data.read() as session:
        return fields.appeared(session, "students"), fields.gone(session, "students")


def test_it_tells_a_field_that_came_and_one_that_went(gateway: ByHand) -> None:
    before = {TOP: [student("1", city="a"), student("2", city="a")], LOW: [student("3", city="b")]}
    gateway.sync(before)
    assert came_and_went(gateway) == ((), ())
    gateway.sync(before)
    assert came_and_went(gateway) == ((), ()), "nothing was looked into"

    gateway.sync({TOP: [student("1", orcid="x"), student("2", orcid="y")], LOW: [student("3")]})
    assert came_and_went(gateway) == (("orcid",), ("city",))

    gateway.sync({TOP: [student("1"), student("2")], LOW: [student("3", city="b")]})
    assert came_and_went(gateway) == (("orcid",), ("orcid",))


def test_it_notes_no_name_that_may_be_somebodys_data(gateway: ByHand) -> None:
    odd = {"0012345679": "x", "آرمان نمونه": "x", "a b": 1, "x" * 51: 1, "<b>": 1}
    gateway.sync({TOP: [student("1", city="a")]})
    gateway.sync({TOP: [student("1", city="b", **odd)]})
    assert came_and_went(gateway) == ((), ())


def test_it_notes_fields_of_one_unit_where_another_fails(gateway: ByHand) -> None:
    gateway.sync({TOP: [student("1")], LOW: [student("2")]})
    gone = Unreachable("The gateway was not there.")
    gateway.sync({TOP: gone, HIGH: [student("3", city="a")], LOW: [student("2")]})
    assert came_and_went(gateway) == (("city",), ())
