"""Key files: made once, read by their owner alone."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sync_core.access.keys import secret_key
from sync_core.base.errors import ConfigError
from sync_core.base.settings import Settings, load


@pytest.fixture
def settings() -> Settings:
    return load()


def test_it_gives_the_same_key_when_asked_again(settings: Settings) -> None:
    assert secret_key(settings, "web") == secret_key(settings, "web")
    assert secret_key(settings, "web") != secret_key(settings, "streamlit")


@pytest.mark.skipif(os.name == "nt", reason="file modes are POSIX")
def test_it_lets_only_the_owner_read_the_key(settings: Settings) -> None:
    secret_key(settings, "web")
    folder = settings.home / "keys"
    assert stat.S_IMODE((folder / "web").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_it_makes_one_key_when_many_ask_at_once(settings: Settings) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: secret_key(settings, "web"), range(32)))
    assert len(keys) == 1
    assert [path.name for path in (settings.home / "keys").iterdir()] == ["web"]


def test_it_refuses_a_key_when_its_file_is_damaged(settings: Settings) -> None:
    path: Path = settings.home / "keys" / "web"
    path.parent.mkdir(parents=True)
    path.write_text("short")
    with pytest.raises(ConfigError, match="damaged"):
        secret_key(settings, "web")
