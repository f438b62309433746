"""What most commands need: the settings and both databases, ready to use."""

from collections.abc import Iterator
from contextlib import contextmanager

from sync_core.base.settings import Settings, load
from sync_core.store.engines import Databases, open_databases
from sync_core.store.meanings import disk_full
from sync_core.store.migrate import prepare


@contextmanager
def installation(*, data: bool = True) -> Iterator[tuple[Settings, Databases]]:
    """Settings as they are now and databases at this code's version. Raises ConfigError.

    Commands that look at runs, or end them, do without the data database: it may be the trouble.
    """
    with opened() as (settings, databases):
        prepare(settings, databases, data=data)
        yield settings, databases


@contextmanager
def opened() -> Iterator[tuple[Settings, Databases]]:
    """The databases as they are, or are not. A full disk is told as one, whoever finds it."""
    settings = load()
    databases = open_databases(settings)
    try:
        yield settings, databases
    except OSError as exc:
        full = disk_full(exc)
        if full is None:
            raise
        raise full from exc
    finally:
        databases.dispose()
