"""The names of the provinces, by the code that stands in the rows."""

from collections.abc import Mapping

from sync_core.access.permissions import SEE, Actor, require
from sync_core.store import campuses
from sync_core.store.engines import Databases


def province_names(databases: Databases, actor: Actor) -> Mapping[str, str]:
    """Code as text → name."""
    require(actor, SEE)
    with databases.data.read() as session:
        return {str(code): name for name, code in campuses.province_names(session).items()}
