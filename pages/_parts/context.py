"""The settings and databases of this server, opened once a process."""

from dataclasses import dataclass

import streamlit as st

from sync_core.base.settings import Settings, load
from sync_core.engine.source import Source, load_sources
from sync_core.ops.stored import with_stored
from sync_core.store.engines import Databases, open_databases
from sync_core.store.migrate import prepare


@dataclass(frozen=True)
class Context:
    settings: Settings
    databases: Databases

    @property
    def effective(self) -> Settings:
        """What a run would go by now. Raises DatabaseError, ConfigError."""
        return with_stored(self.settings, self.databases)

    @property
    def sources(self) -> dict[str, Source]:
        return load_sources(self.settings)


@st.cache_resource(show_spinner=False)
def context() -> Context:
    settings = load()
    databases = open_databases(settings)
    prepare(settings, databases)
    return Context(settings, databases)
