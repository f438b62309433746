"""Roles: each allows what it should and nothing else."""

import pytest

from sync_core.access.permissions import (
    CONFIGURE,
    MANAGE_PEOPLE,
    RUN,
    SEE,
    Actor,
    allows,
    command_line_actor,
    require,
)
from sync_core.base.errors import Denied

EVERYTHING = {SEE, RUN, CONFIGURE, MANAGE_PEOPLE}


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        ("viewer", {SEE}),
        ("operator", {SEE, RUN}),
        ("admin", EVERYTHING),
        ("a role of tomorrow", set()),
    ],
)
def test_it_allows_what_the_role_has_and_nothing_else(role: str, allowed: set[str]) -> None:
    actor = Actor("m.karimi", role, 1)
    assert {permission for permission in EVERYTHING if allows(actor, permission)} == allowed


def test_it_raises_when_the_role_is_too_small() -> None:
    with pytest.raises(Denied, match="viewer"):
        require(Actor("m.karimi", "viewer", 1), RUN)


def test_it_names_the_os_user_when_the_command_line_acts() -> None:
    actor = command_line_actor()
    assert actor.name.startswith("cli:")
    assert len(actor.name) > len("cli:")
    require(actor, MANAGE_PEOPLE)
