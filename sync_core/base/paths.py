"""Where things lie. Relative paths start at the project's root, never at the working directory."""

from pathlib import Path

PACKAGE_ROOT = Path(__file__).resolve().parents[2]


def project_root() -> Path | None:
    """The checkout that this code runs from, or None for an installed wheel."""
    return PACKAGE_ROOT if (PACKAGE_ROOT / "dashboard.py").exists() else None
