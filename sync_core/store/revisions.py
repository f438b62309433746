"""Which version of the databases this code needs. SQLAlchemy is not imported here."""

from pathlib import Path

CONTROL, DATA = "control", "data"
MIGRATIONS = Path(__file__).parent / "migrations"


def head(plane: str) -> str:
    """The newest revision: scripts are named by number."""
    return max(path.stem.split("_")[0] for path in (MIGRATIONS / plane).glob("[0-9]*.py"))
