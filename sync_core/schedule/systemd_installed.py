"""Whether systemd has our units, and as they should be. It reads files and asks no systemd."""

from dataclasses import dataclass
from pathlib import Path

from sync_core.access.permissions import SEE, Actor, require
from sync_core.base.errors import ConfigError, SyncError
from sync_core.base.settings import Settings
from sync_core.schedule.systemd_units import systemd_units, unit_folder, unit_name


@dataclass(frozen=True, slots=True)
class UnitsState:
    """`found` and `differing` are names of files; comments do not count."""

    folder: Path
    found: tuple[str, ...] = ()
    differing: tuple[str, ...] = ()
    enabled: bool = False
    trouble: SyncError | None = None

    @property
    def installed(self) -> bool:
        return bool(self.found)

    @property
    def as_wanted(self) -> bool:
        return len(self.found) > 1 and self.enabled and not self.differing


def units_state(settings: Settings, actor: Actor, scope: str) -> UnitsState:
    require(actor, SEE)
    folder = unit_folder(scope)
    try:
        wanted = systemd_units(settings, scope)
        there = {name: text for name in wanted if (text := _text(folder / name)) is not None}
    except (ConfigError, OSError) as exc:
        return UnitsState(folder, trouble=_told(exc))
    differing = [name for name in there if _active(there[name]) != _active(wanted[name])]
    link = folder / "timers.target.wants" / f"{unit_name(settings)}.timer"
    return UnitsState(folder, tuple(there), tuple(differing), link.is_symlink())


def _text(file: Path) -> str | None:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, NotADirectoryError):
        return None


def _active(text: str) -> list[str]:
    return [line for line in text.split("\n") if line.strip() and not line.startswith(("#", ";"))]


def _told(exc: ConfigError | OSError) -> SyncError:
    if isinstance(exc, SyncError):
        return exc
    return ConfigError(f"{exc.filename} cannot be read: {exc.strerror}.")
