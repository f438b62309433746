"""`python -m bench`: the order of the runs, the table on stdout, the raw figures in var/bench.

A goal that is missed is printed as NOT MET and changes no exit code; 1 means a failed run or a
wrong result, which ends the bench: what was measured before is printed.
"""

import json
import sys
from argparse import ArgumentParser, BooleanOptionalAction, Namespace
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from subprocess import TimeoutExpired
from tempfile import TemporaryDirectory
from time import monotonic

from bench import BenchFailed
from bench.gateway import ROOT, running_gateway
from bench.report import Line, machine, table
from bench.sampling import record_profile
from bench.small_runs import SmallRuns
from bench.whole_sync import WholeSync

FIGURES = ROOT / "var" / "bench"
QUICK_RECORDS = 20


def main(arguments: Sequence[str]) -> int:
    options = _options(arguments)
    FIGURES.mkdir(parents=True, exist_ok=True)
    stem = FIGURES / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    if options.screens:
        return _screens(options, stem)
    if options.tick:
        return _tick(options, stem)
    with (
        TemporaryDirectory(prefix="hamgam-bench-") as folder,
        running_gateway(options.records * 1000) as large,
        running_gateway(options.peer_records * 1000) as small,
    ):
        whole = WholeSync(large, Path(folder) / "whole", options.records * 1000)
        runs = SmallRuns(
            small, Path(folder) / "small", options.peer_records * 1000, peers=options.peers
        )
        if options.profile:
            return record_profile(whole, stem)
        failure = _carry_out(whole, runs, options.repeats)
    _tell(whole, runs, stem.with_suffix(".json"), failure)
    return 1 if failure else 0


def _options(arguments: Sequence[str]) -> Namespace:
    parser = ArgumentParser(prog="python3 manage.py bench", description=__doc__)
    add = parser.add_argument
    add("--records", type=int, default=1_000, help="thousands of records in the large world")
    add("--peer-records", type=int, default=100, help="the same in the small world, the peers'")
    add("--repeats", type=int, default=3)
    add("--peers", action=BooleanOptionalAction, default=True)
    add("--quick", action="store_true", help=f"{QUICK_RECORDS},000 records and one repeat")
    add("--screens", action="store_true", help="only the dashboard, before a long history")
    add("--tick", action="store_true", help="only a tick with nothing due, beside an import")
    add("--profile", action="store_true", help="only one first sync, under py-spy")
    options = parser.parse_args(arguments)
    if options.quick:
        options.records = options.peer_records = QUICK_RECORDS
        options.repeats = 1
    return options


def _screens(options: Namespace, stem: Path) -> int:
    # Streamlit is a second of imports, which no other part of the bench needs.
    from bench.screens.measure import measure_screens
    from bench.screens.report import page_of
    from bench.screens.world import SMALL, Size

    facts = machine()
    try:
        figures = measure_screens(SMALL if options.quick else Size(), options.repeats)
    except BenchFailed as exc:
        _say(f"STOPPED: {exc}")
        return 1
    sys.stdout.write(f"{page_of(facts, figures)}\n")
    stem.with_suffix(".json").write_text(
        json.dumps({"machine": facts, **figures.raw()}, indent=1), encoding="utf-8"
    )
    return 0


def _tick(options: Namespace, stem: Path) -> int:
    # SQLAlchemy is no part of what the other subjects need.
    from bench.quiet_tick import measure_ticks, page_of

    facts = machine()
    try:
        seconds = measure_ticks(2 if options.quick else 5 * options.repeats)
    except BenchFailed as exc:
        _say(f"STOPPED: {exc}")
        return 1
    sys.stdout.write(f"{page_of(facts, seconds)}\n")
    stem.with_suffix(".json").write_text(
        json.dumps({"machine": facts, "seconds": seconds}, indent=1), encoding="utf-8"
    )
    return 0


def _carry_out(whole: WholeSync, runs: SmallRuns, repeats: int) -> str:
    """Every subject's repeat before anyone's next one; why it stopped, or nothing."""
    began = monotonic()
    try:
        for repeat in range(1, repeats + 1):
            for world in (whole, runs):
                for step in world.repeat(repeat):
                    _say(f"{monotonic() - began:6.0f} s  {repeat}/{repeats}  {world.size}: {step}")
    except (BenchFailed, TimeoutExpired) as exc:
        return str(exc)
    except KeyboardInterrupt:
        return "interrupted"
    return ""


def _tell(whole: WholeSync, runs: SmallRuns, file: Path, failure: str) -> None:
    lines = sorted([*whole.lines(), *runs.lines()], key=lambda line: line.name[0])
    facts = machine()
    raw = {
        "machine": facts,
        "failure": failure,
        "lines": [asdict(line) | {"verdict": line.verdict} for line in lines],
        "whole": {name: [asdict(each) for each in all_] for name, all_ in whole.measures.items()},
        "small": {name: [asdict(each) for each in all_] for name, all_ in runs.measures.items()},
    }
    file.write_text(json.dumps(raw, indent=1), encoding="utf-8")
    sys.stdout.write("\n".join(_page(facts, lines, failure)) + "\n")
    _say(f"The raw figures: {file}")


def _page(facts: dict[str, str], lines: Sequence[Line], failure: str) -> Iterator[str]:
    yield from (f"{name:<10} {value}" for name, value in facts.items())
    yield ""
    yield table(lines)
    if failure:
        yield f"\nSTOPPED: {failure}"


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
