"""Reads that are worth keeping, each keyed by what makes it stale.

What is kept is the same for all who may see it; the mark is read, and the role asked, each time.
"""

from dataclasses import replace
from datetime import date

import streamlit as st

from pages._parts.context import Context
from sync_core.access.permissions import Actor
from sync_core.engine.source import Source
from sync_core.inspect import changes, facets, people
from sync_core.inspect import run_stats as stats
from sync_core.inspect.changes import Changes
from sync_core.inspect.facets import Facet
from sync_core.inspect.history import HistoryFilter
from sync_core.inspect.people import PeopleCount
from sync_core.inspect.people_filter import PeopleFilter
from sync_core.inspect.periods import Period
from sync_core.inspect.run_stats import RunStats
from sync_core.inspect.trends import Trends, read_trends
from sync_core.store.engines import Databases

Outcomes = dict[date, tuple[int, int]]


def run_stats(here: Context, actor: Actor, which: HistoryFilter) -> RunStats:
    mark = stats.stats_mark(here.databases, actor)
    return _run_stats(here.databases, actor, which, mark)


def outcomes_by_day(here: Context, actor: Actor, which: HistoryFilter) -> Outcomes:
    """Day in Tehran → runs that succeeded, and that failed."""
    mark = stats.stats_mark(here.databases, actor)
    return _outcomes_by_day(here.databases, actor, which, mark)


def trends(here: Context, actor: Actor) -> Trends:
    mark = stats.stats_mark(here.databases, actor)
    return _trends(here.databases, actor, tuple(here.sources), mark)


def changes_of_run(here: Context, actor: Actor, source: Source, run_id: int) -> Changes:
    mark = people.people_mark(here.databases, actor, source)
    return _changes_of_run(here.databases, actor, source, source.name, run_id, mark)


def changes_between(here: Context, actor: Actor, source: Source, period: Period) -> Changes:
    mark = (
        stats.stats_mark(here.databases, actor),
        people.people_mark(here.databases, actor, source),
    )
    return _changes_between(here.databases, actor, source, source.name, period, mark)


def count_people(here: Context, actor: Actor, source: Source) -> PeopleCount:
    """Each committed unit may change them, and a run's end, which tells who is missing."""
    mark = (
        stats.stats_mark(here.databases, actor),
        people.people_mark(here.databases, actor, source),
    )
    return _count_people(here.databases, actor, source, source.name, mark)


def facet_counts(
    here: Context, actor: Actor, source: Source, which: PeopleFilter
) -> tuple[Facet, ...]:
    """In whatever order the rows are shown, and whichever page of them."""
    if which.text:  # what somebody looked for is kept nowhere
        return facets.facet_counts(here.databases, actor, source, which)
    mark = people.people_mark(here.databases, actor, source)
    plain = replace(which, sort=None, descending=False)
    return _facet_counts(here.databases, actor, source, source.name, plain, mark)


@st.cache_data(show_spinner=False, max_entries=64)
def _facet_counts(
    _databases: Databases,
    _actor: Actor,
    _source: Source,
    name: str,
    which: PeopleFilter,
    mark: tuple[object, ...],
) -> tuple[Facet, ...]:
    return facets.facet_counts(_databases, _actor, _source, which)


@st.cache_data(show_spinner=False, max_entries=32)
def _run_stats(
    _databases: Databases, _actor: Actor, which: HistoryFilter, mark: tuple[object, ...]
) -> RunStats:
    return stats.run_stats(_databases, _actor, which)


@st.cache_data(show_spinner=False, max_entries=32)
def _outcomes_by_day(
    _databases: Databases, _actor: Actor, which: HistoryFilter, mark: tuple[object, ...]
) -> Outcomes:
    return stats.outcomes_by_day(_databases, _actor, which)


@st.cache_data(show_spinner=False, max_entries=4)
def _trends(
    _databases: Databases, _actor: Actor, sources: tuple[str, ...], mark: tuple[object, ...]
) -> Trends:
    return read_trends(_databases, _actor, sources)


@st.cache_data(show_spinner=False, max_entries=32)
def _count_people(
    _databases: Databases,
    _actor: Actor,
    _source: Source,
    name: str,
    mark: tuple[object, ...],
) -> PeopleCount:
    return people.count_people(_databases, _actor, _source)


@st.cache_data(show_spinner=False, max_entries=32)
def _changes_of_run(
    _databases: Databases,
    _actor: Actor,
    _source: Source,
    name: str,
    run_id: int,
    mark: tuple[object, ...],
) -> Changes:
    return changes.changes_of_run(_databases, _actor, _source, run_id)


@st.cache_data(show_spinner=False, max_entries=16)
def _changes_between(
    _databases: Databases,
    _actor: Actor,
    _source: Source,
    name: str,
    period: Period,
    mark: tuple[object, ...],
) -> Changes:
    return changes.changes_between(_databases, _actor, _source, period)
