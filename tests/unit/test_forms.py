"""Where a login may lead: to a page of ours and nowhere else."""

import pytest

from sync_core.access.forms import local_target


@pytest.mark.parametrize("path", ["/", "/runs", "/runs?id=4&status=failed", "/a%20b", "/یک"])
def test_it_keeps_a_path_of_ours(path: str) -> None:
    assert local_target(path) == path


@pytest.mark.parametrize(
    "given",
    [
        "",
        "runs",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example/",
        "javascript:alert(1)",
        "/runs\r\nSet-Cookie: a=b",
        "/\t/evil.example",
        "//[",
        "/login",
        "/login?next=/login",
        "/logout",
        "/" + "x" * 2_000,
    ],
)
def test_it_goes_home_when_the_target_is_foreign_strange_or_a_loop(given: str) -> None:
    assert local_target(given) == "/"
