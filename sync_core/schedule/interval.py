"""The length of an interval. Knows no database and no clock."""

from datetime import timedelta

from sync_core.base.errors import ConfigError

UNITS = {
    "minutes": timedelta(minutes=1),
    "hours": timedelta(hours=1),
    "days": timedelta(days=1),
}
LONGEST = timedelta(days=365)


def interval(value: int, unit: str) -> timedelta:
    """Raises ConfigError for anything but one minute up to 365 days."""
    length = UNITS[unit] * value if unit in UNITS and 1 <= value <= 525_600 else timedelta()
    if timedelta() < length <= LONGEST:
        return length
    raise ConfigError(
        f"A source cannot be synced every {value} {unit[:20]}.",
        hint="Give 1 minute up to 365 days, in minutes, hours or days.",
    )
