"""Reads that are worth keeping, each keyed by what makes it stale."""

import streamlit as st

from pages._parts.context import Context
from sync_core.engine.source import Source
from sync_core.inspect import history, people
from sync_core.inspect.history import Day, HistoryFilter
from sync_core.inspect.people import PeopleCount
from sync_core.store.engines import Databases

CHART_DAYS = 30


def runs_by_day(here: Context, which: HistoryFilter) -> list[Day]:
    """The last 30 days in Tehran, oldest first."""
    return _runs_by_day(here.databases, which, history.history_mark(here.databases))


def count_people(here: Context, source: Source) -> PeopleCount:
    mark = (
        history.history_mark(here.databases),
        people.people_mark(here.databases, source),
    )
    return _count_people(here.databases, source, source.name, mark)


@st.cache_data(show_spinner=False, max_entries=32)
def _runs_by_day(
    _databases: Databases, which: HistoryFilter, mark: tuple[object, ...]
) -> list[Day]:
    return history.runs_by_day(_databases, which, CHART_DAYS)


@st.cache_data(show_spinner=False, max_entries=32)
def _count_people(
    _databases: Databases, _source: Source, name: str, mark: tuple[object, ...]
) -> PeopleCount:
    return people.count_people(_databases, _source)
