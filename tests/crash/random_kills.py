"""Kills at random moments, one after the other, in one installation that has to live with them."""

import os
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.crash import invariants
from tests.crash.stage import SUPERVISOR, UNITS, Stage
from tests.runs.installation import wait_until

LONGEST_LIFE_S = 1.2
LONGEST_UNIT_S = 0.03
WHOLE_EVERY = 10
MOST_STUCK_S = 75


@dataclass
class Tally:
    """Kills that hit a live process, ends of runs, the longest time from a kill to its end."""

    kills: int = 0
    missed: int = 0
    longest_s: float = 0.0
    ends: dict[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        ends = ", ".join(f"{count} {name}" for name, count in sorted(self.ends.items()))
        return (
            f"{self.kills} kills hit, {self.missed} came after the end; runs ended: {ends};"
            f" the longest was ended {self.longest_s:.1f} s after its kill"
        )


def kill_at_random(stage: Stage, victim: str, kills: int) -> Tally:
    """Raises AssertionError with the seed of a kill after which something did not hold."""
    tally = Tally()
    seed = int(os.environ.get("TEST_CRASH_SEED") or random.SystemRandom().randrange(10**9))
    moments = random.Random(seed)
    while tally.kills < kills:
        try:
            _kill_once(stage, victim, moments, tally)
            if tally.kills % WHOLE_EVERY == 0:
                _run_whole(stage)
        except AssertionError as exc:
            exc.add_note(f"TEST_CRASH_SEED={seed}, after {tally}")
            raise
    invariants.check_secrets(stage)
    return tally


def _kill_once(stage: Stage, victim: str, moments: random.Random, tally: Tally) -> None:
    stage.change_people()
    run_id = stage.start()
    _wait_for_the_moment(stage, run_id, victim, moments)
    hit = stage.kill(run_id, victim)
    tally.kills += bool(hit)
    tally.missed += not hit
    tally.longest_s = max(tally.longest_s, stage.sweep_until_ended(run_id))
    assert tally.longest_s < MOST_STUCK_S
    end = stage.here.run_row(run_id)["error_class"] or "success"
    tally.ends[end] = tally.ends.get(end, 0) + 1
    invariants.check(stage, run_id)


def _wait_for_the_moment(stage: Stage, run_id: int, victim: str, moments: random.Random) -> None:
    """Any time from the victim's start on; or, every other time, around the commit of a unit."""
    who = "supervisor_pid" if victim == SUPERVISOR else "child_pid"
    _wait_while_active(stage, run_id, lambda: stage.here.run_row(run_id)[who], who)
    if moments.random() < 0.5:
        time.sleep(moments.uniform(0, LONGEST_LIFE_S))
        return
    units = moments.randrange(len(UNITS))
    _wait_while_active(stage, run_id, lambda: stage.units_done(run_id) >= units, "a unit's commit")
    time.sleep(moments.uniform(0, LONGEST_UNIT_S))


def _wait_while_active(stage: Stage, run_id: int, true: Callable[[], object], what: str) -> None:
    wait_until(lambda: true() or not stage.is_active(run_id), what)


def _run_whole(stage: Stage) -> None:
    """The next run needs nobody's hand."""
    run_id = stage.start()
    stage.sweep_until_ended(run_id)
    invariants.check_whole(stage, run_id)
