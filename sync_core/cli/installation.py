"""What most commands need: the settings and both databases, ready to use."""

from collections.abc import Iterator
from contextlib import contextmanager

from sync_core.base.settings import Settings, load
from sync_core.store.engines import Databases, open_databases
from sync_core.store.migrate import prepare


@contextmanager
def installation(*, data: bool = True) -> Iterator[tuple[Settings, Databases]]:
    """Settings as they are now and databases at this code's version. Raises ConfigError.

    Commands that look at runs, or end them, do without the data database: it may be the trouble.
    """
    settings = load()
    databases = open_databases(settings)
    try:
        prepare(settings, databases, data=data)
        yield settings, databases
    finally:
        databases.dispose()
