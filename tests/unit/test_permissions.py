"""Roles: each allows what it should and nothing else."""

import pytest

from sync_core.access.permissions import (
    ADMIN,
    ALLOWED,
    ANONYMOUS,
    COMMAND_LINE,
    MEANINGS,
    OPERATOR,
    OWN,
    ROLES,
    RUN,
    SEE,
    VIEWER,
    Actor,
    allows,
    command_line_actor,
    require,
)
from sync_core.base.errors import Denied

VIEWERS = {"own", "see"}
OPERATORS = VIEWERS | {"run", "reveal"}
ADMINS = OPERATORS | {"configure", "manage_users", "audit", "export_unmasked"}


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        (VIEWER, VIEWERS),
        (OPERATOR, OPERATORS),
        (ADMIN, ADMINS),
        (COMMAND_LINE, set(MEANINGS)),
        ("a role of tomorrow", set()),
    ],
)
def test_it_allows_what_the_role_has_and_nothing_else(role: str, allowed: set[str]) -> None:
    actor = Actor("m.karimi", role, 1)
    assert {permission for permission in MEANINGS if allows(actor, permission)} == allowed


def test_it_raises_when_the_role_is_too_small() -> None:
    with pytest.raises(Denied, match="viewer"):
        require(Actor("m.karimi", VIEWER, 1), RUN)


def test_it_allows_a_stranger_nothing() -> None:
    assert not any(allows(ANONYMOUS, permission) for permission in MEANINGS)


@pytest.mark.parametrize("role", ROLES)
def test_it_allows_only_their_own_when_the_password_must_be_changed(role: str) -> None:
    actor = Actor("m.karimi", role, 1, must_change=True)
    assert {permission for permission in MEANINGS if allows(actor, permission)} == {OWN}
    with pytest.raises(Denied, match="once"):
        require(actor, SEE)


def test_it_explains_every_permission() -> None:
    assert set().union(*ALLOWED.values()) == set(MEANINGS)


def test_it_names_the_os_user_when_the_command_line_acts() -> None:
    actor = command_line_actor()
    assert actor.name.startswith("cli:")
    assert len(actor.name) > len("cli:")
    assert actor.role not in ROLES
