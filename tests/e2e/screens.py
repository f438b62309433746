"""Every page of ours by its address, and the screens on which each of them is looked at."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.e2e.browser import DESKTOP, OURS, PHONE, Theme, Visitor

Screen = tuple[tuple[int, int], Theme]

PAGES = {
    "overview": "/",
    "runs": "/runs",
    "run": "/run?id=1",
    "inbox": "/inbox",
    "faculty": "/faculty",
    "students": "/students",
    "changes": "/changes?run=1",
    "quality": "/quality",
    "schedule": "/schedule",
    "settings": "/settings",
    "users": "/users",
    "audit": "/audit",
    "account": "/account",
}
SCREENS: Mapping[str, Screen] = {
    "light": (DESKTOP, "light"),
    "dark": (DESKTOP, "dark"),
    "phone": (PHONE, "light"),
    "phone_dark": (PHONE, "dark"),
}
USUAL = ("light", "dark", "phone")


def take_pictures(
    visitor: Visitor, folder: Path, name: str, screens: Iterable[str] = USUAL
) -> None:
    """Of the page that is open, on each screen; none is wider than it, no other host was asked."""
    for screen in screens:
        size, theme = SCREENS[screen]
        visitor.look_as(size, theme)
        width = visitor.picture(folder / f"{name}_{screen}.png")
        assert width <= size[0], f"{name} is cut on the screen {screen}"
    assert visitor.hosts == OURS
    visitor.look_as(*SCREENS["light"])
