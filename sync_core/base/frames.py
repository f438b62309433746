"""Lets go of what an error holds besides its words."""

from typing import TypeVar

E = TypeVar("E", bound=BaseException)


def without_frames(exc: E) -> E:
    """For an error that outlives its call: its frames and its causes may hold a whole answer."""
    exc.__cause__ = exc.__context__ = None
    return exc.with_traceback(None)
