"""What the guards refuse is not applied: the rows stay, and an operator may accept it."""

import pytest

from sync_core.base.errors import TooManyMissing
from sync_core.engine.guards import Guards
from sync_core.engine.order import REJECTS, SHRINK, Acceptance
from sync_core.store import ledger
from sync_core.store.data import rejected_rows
from sync_core.store.ledger import Refused
from tests.engine.merge.cases import HIGH, LOW, NO_KEY, TOP, everything
from tests.engine.units_by_hand import ByHand, Records, student
from tests.postgres import BOTH

pytestmark = pytest.mark.parametrize("own_databases", BOTH, indirect=True)
ELSEWHERE: Records = [student(f"9{number:04}") for number in range(400)]
"""People of another unit, so that few of the table are missing."""


def people(count: int, first: int = 0) -> Records:
    return [student(f"1{number:04}") for number in range(first, first + count)]


@pytest.fixture
def guarded(gateway: ByHand) -> ByHand:
    gateway.guards = Guards(run_id=7)
    return gateway


def ended(gateway: ByHand, unit: str = TOP) -> tuple[str, str | None]:
    outcome = next(each for each in gateway.outcomes if each.unit == unit)
    return outcome.status, outcome.error_class


def accept(gateway: ByHand, *kinds: str, missing: int = 0) -> None:
    """Everything that the last run refused."""
    with gateway.databases.data.read() as session:
        refused = ledger.refused_in(session, gateway.runs)
        states = ledger.unit_states(session, "students")
    acceptance = Acceptance(gateway.runs, kinds, missing)
    gateway.guards = Guards.of(8, acceptance, refused, states)


@pytest.mark.parametrize(
    ("before", "now", "applied"),
    [
        (100, 80, True),  # a fifth, no more
        (100, 79, False),
        (99, 79, False),  # 20 people, more than a fifth
        (50, 31, True),  # 19 people
        (50, 30, False),
        (3, 1, True),
        (3, 0, False),
        (1, 0, False),
        (0, 0, True),
        (0, 50, True),
        (50, 500, True),
    ],
)
def test_it_lets_a_unit_shrink_only_so_far(
    guarded: ByHand, before: int, now: int, applied: bool
) -> None:
    guarded.sync({TOP: people(before), LOW: ELSEWHERE})
    rows = guarded.rows()

    guarded.sync({TOP: people(now), LOW: ELSEWHERE}, full=False)

    assert ended(guarded) == (("success", None) if applied else ("failed", "shrink"))
    assert guarded.rows().keys() == rows.keys() | {row["studentnum"] for row in people(now)}


def test_it_leaves_everything_of_a_unit_that_shrank_as_it_was(guarded: ByHand) -> None:
    guarded.sync({TOP: people(100), LOW: people(100)})
    before = everything(guarded)

    guarded.sync({TOP: [], LOW: people(100)}, full=False)

    assert everything(guarded) == before
    assert guarded.outcomes[0].refused == Refused(before=100, people=0, rejects=0)
    assert TOP in (guarded.outcomes[0].error_message or "")


def test_it_applies_the_other_units(guarded: ByHand) -> None:
    guarded.sync({TOP: people(100), LOW: people(100, first=500)})

    counts = guarded.sync({TOP: [], LOW: people(110, first=500)}, full=False)

    assert (ended(guarded, TOP)[0], ended(guarded, LOW)[0]) == ("failed", "success")
    assert counts["inserted"] == 10


def test_it_refuses_again_until_it_is_accepted(guarded: ByHand) -> None:
    guarded.sync({TOP: people(100), LOW: ELSEWHERE})
    guarded.sync({TOP: people(40), LOW: ELSEWHERE}, full=False)
    guarded.sync({TOP: people(40), LOW: ELSEWHERE}, full=False)
    assert ended(guarded) == ("failed", "shrink")
    accept(guarded, SHRINK)

    guarded.sync({TOP: people(40), LOW: ELSEWHERE})

    assert ended(guarded) == ("success", None)
    assert guarded.outcomes[0].counts["unchanged"] == 40


def test_it_holds_what_was_accepted_as_the_new_baseline(guarded: ByHand) -> None:
    guarded.sync({TOP: people(1000), LOW: ELSEWHERE})
    guarded.sync({TOP: people(100), LOW: ELSEWHERE}, full=False)
    accept(guarded, SHRINK)

    guarded.sync({TOP: people(50), LOW: ELSEWHERE}, full=False)
    assert ended(guarded) == ("failed", "shrink")
    guarded.sync({TOP: people(95), LOW: ELSEWHERE}, full=False)
    assert ended(guarded) == ("success", None)

    guarded.guards = Guards(9)
    guarded.sync({TOP: people(80), LOW: ELSEWHERE}, full=False)
    assert ended(guarded) == ("success", None)


def test_it_accepts_only_the_units_that_were_refused(guarded: ByHand) -> None:
    guarded.sync({TOP: people(100), HIGH: people(100, first=200), LOW: ELSEWHERE})
    guarded.sync({TOP: people(40), HIGH: people(100, first=200), LOW: ELSEWHERE}, full=False)
    accept(guarded, SHRINK)

    guarded.sync({TOP: people(40), HIGH: people(40, first=200), LOW: ELSEWHERE}, full=False)

    assert ended(guarded, TOP) == ("success", None)
    assert ended(guarded, HIGH) == ("failed", "shrink")


@pytest.mark.parametrize(
    ("good", "bad", "applied"),
    [(10, 20, True), (10, 21, False), (2970, 30, True), (2968, 31, False)],
)
def test_it_lets_few_records_be_rejects(
    guarded: ByHand, good: int, bad: int, applied: bool
) -> None:
    guarded.sync({TOP: [*people(good), *[NO_KEY] * bad]})

    assert ended(guarded) == (("success", None) if applied else ("failed", "payload"))
    assert len(guarded.rows()) == (good if applied else 0)
    assert len(everything(guarded)[rejected_rows.name]) == bad


def test_it_bears_the_rejects_that_were_accepted(guarded: ByHand) -> None:
    given = {TOP: [*people(50), *[NO_KEY] * 40]}
    guarded.sync(given)
    accept(guarded, REJECTS)
    guarded.sync(given)
    assert ended(guarded) == ("success", None)
    guarded.guards = Guards(9)

    guarded.sync({TOP: [*people(51), *[NO_KEY] * 40]})
    assert ended(guarded) == ("success", None)
    guarded.sync({TOP: [*people(51), *[NO_KEY] * 41]})
    assert ended(guarded) == ("failed", "payload")


def test_it_does_not_take_one_consent_for_the_other(guarded: ByHand) -> None:
    guarded.sync({TOP: people(100), LOW: ELSEWHERE})
    guarded.sync({TOP: people(40), LOW: ELSEWHERE}, full=False)
    accept(guarded, REJECTS)

    guarded.sync({TOP: people(40), LOW: ELSEWHERE}, full=False)

    assert ended(guarded) == ("failed", "shrink")


def test_it_marks_no_more_than_a_fifth_of_the_table_missing(guarded: ByHand) -> None:
    units = [f"4041/{1000 + number}" for number in range(10)]
    given = {unit: people(50, first=100 * at) for at, unit in enumerate(units)}
    guarded.sync(given)
    fewer = {unit: people(39, first=100 * at) for at, unit in enumerate(units)}

    with pytest.raises(TooManyMissing) as refused:
        guarded.sync(fewer)

    assert refused.value.people == 110
    assert not [row for row in guarded.rows().values() if row["missing_since"]]
    accept(guarded, SHRINK, missing=110)
    assert guarded.sync(fewer)["missing"] == 110
    guarded.guards = Guards(9)
    assert guarded.sync(fewer)["missing"] == 0


def test_it_takes_it_that_whoever_left_an_accepted_unit_is_missing(guarded: ByHand) -> None:
    guarded.sync({TOP: people(100), LOW: people(50, first=500)})
    guarded.sync({TOP: people(40), LOW: people(50, first=500)}, full=False)
    accept(guarded, SHRINK)

    counts = guarded.sync({TOP: people(40), LOW: people(50, first=500)})

    assert counts["missing"] == 60


def test_it_accepts_no_more_missing_people_than_it_had_shown(guarded: ByHand) -> None:
    units = [f"4041/{1000 + number}" for number in range(10)]
    guarded.sync({unit: people(50, first=100 * at) for at, unit in enumerate(units)})
    accept(guarded, SHRINK, missing=110)

    with pytest.raises(TooManyMissing):
        guarded.sync({unit: people(38, first=100 * at) for at, unit in enumerate(units)})
