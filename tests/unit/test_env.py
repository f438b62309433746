"""Readers of lists of hosts and networks: strict, and clear about what is right."""

import pytest

from sync_core.base.env import Env
from sync_core.base.errors import ConfigError


def env(value: str) -> Env:
    return Env({"HAMGAM_X": value})


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("", ()),
        ("sync.example.ac.ir", ("sync.example.ac.ir",)),
        (" Sync.Example.ac.ir , *.example.ac.ir,", ("sync.example.ac.ir", "*.example.ac.ir")),
        ("10.0.0.7,fd00::7", ("10.0.0.7", "fd00::7")),
    ],
)
def test_it_reads_hosts(given: str, read: tuple[str, ...]) -> None:
    assert env(given).hosts("X") == read


@pytest.mark.parametrize(
    "given",
    ["*", "*.", "https://sync.example.ac.ir", "sync.example.ac.ir:8501", "a b", "a.*.ir", "-a.ir"],
)
def test_it_refuses_what_is_no_host(given: str) -> None:
    with pytest.raises(ConfigError, match="HAMGAM_X"):
        env(given).hosts("X")


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("", ()),
        ("127.0.0.1, 10.0.0.0/24", ("127.0.0.1", "10.0.0.0/24")),
        ("::1,fd00::/8", ("::1", "fd00::/8")),
    ],
)
def test_it_reads_networks(given: str, read: tuple[str, ...]) -> None:
    assert env(given).networks("X") == read


@pytest.mark.parametrize(
    "given", ["*", "proxy.example.ac.ir", "10.0.0.1/24", "10.0.0", "1.2.3.4:80"]
)
def test_it_refuses_what_is_no_network(given: str) -> None:
    with pytest.raises(ConfigError, match="HAMGAM_X"):
        env(given).networks("X")
