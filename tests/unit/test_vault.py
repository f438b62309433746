"""The vault: a secret comes out only for the origin it went in with, and only with its key."""

import os
import stat

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from sync_core.access.keys import VAULT, secret_key
from sync_core.access.vault import OtherOrigin, origin_of, seal, unseal
from sync_core.base.errors import ConfigError
from sync_core.base.redact import redact
from sync_core.base.settings import Settings, load

HERE = "https://api.example.ac.ir:443"
SECRET = "plover-quartz-9 ‌ی"


@pytest.fixture
def settings() -> Settings:
    return load()


def test_it_opens_a_secret_for_the_origin_it_was_sealed_for(settings: Settings) -> None:
    token = seal(settings, SECRET, HERE)
    assert unseal(settings, token).open_for(HERE) == SECRET
    assert SECRET not in token
    assert "example" not in token


@pytest.mark.parametrize(
    "other",
    [
        "http://api.example.ac.ir:443",
        "https://api.example.ac.ir:8443",
        "https://api.example.ac.ir.:443",
        "https://api.example.ac.ir.example.com:443",
        "https://example.ac.ir:443",
        "",
    ],
)
def test_it_opens_a_secret_for_no_other_origin(settings: Settings, other: str) -> None:
    sealed = unseal(settings, seal(settings, SECRET, HERE))
    with pytest.raises(OtherOrigin, match="Enter the password again") as refused:
        sealed.open_for(other)
    assert HERE in refused.value.message


def test_it_shows_no_secret_when_it_is_printed(settings: Settings) -> None:
    sealed = unseal(settings, seal(settings, SECRET, HERE))
    assert SECRET not in repr(sealed)


def test_it_hides_a_secret_once_it_was_sealed(settings: Settings) -> None:
    seal(settings, "jackdaw-and-sphinx", HERE)
    assert redact("sent jackdaw-and-sphinx") == "sent ***"


def test_it_hides_a_secret_that_another_process_sealed(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("sync_core.access.vault.keep_secret", lambda *_: None)
        token = seal(settings, "vixen-jumps-quickly", HERE)
    assert redact("vixen-jumps-quickly") == "vixen-jumps-quickly"
    unseal(settings, token)
    assert redact("vixen-jumps-quickly") == "***"


@pytest.mark.parametrize("damage", ["", "x", "not a token", "gAAAA\x00", "…", "a" * 300])
def test_it_refuses_a_token_that_is_damaged(settings: Settings, damage: str) -> None:
    seal(settings, SECRET, HERE)
    with pytest.raises(ConfigError, match="Enter the password again"):
        unseal(settings, damage)


def test_it_refuses_a_token_of_which_one_letter_was_changed(settings: Settings) -> None:
    token = seal(settings, SECRET, HERE)
    for at in range(0, len(token) - 2, 7):  # the last letters hold bits that nobody reads
        other = "A" if token[at] != "A" else "B"
        with pytest.raises(ConfigError, match="cannot be opened"):
            unseal(settings, token[:at] + other + token[at + 1 :])


def test_it_refuses_a_token_when_the_key_is_not_the_same(settings: Settings) -> None:
    token = seal(settings, SECRET, HERE)
    (settings.home / "keys" / VAULT).unlink()
    secret_key(settings, VAULT)
    with pytest.raises(ConfigError, match="Enter the password again"):
        unseal(settings, token)


def test_it_makes_no_new_key_when_the_key_is_gone(settings: Settings) -> None:
    token, path = seal(settings, SECRET, HERE), settings.home / "keys" / VAULT
    path.unlink()
    with pytest.raises(ConfigError, match=r"key .* is gone.*Enter the password again"):
        unseal(settings, token)
    assert not path.exists()


def test_it_says_what_a_damaged_key_costs(settings: Settings) -> None:
    token, path = seal(settings, SECRET, HERE), settings.home / "keys" / VAULT
    path.write_text("short", encoding="ascii")
    with pytest.raises(ConfigError, match=r"damaged.*password and .* again, on the settings page"):
        unseal(settings, token)


@pytest.mark.skipif(os.name == "nt", reason="file modes are POSIX")
def test_it_keeps_its_key_in_a_file_of_its_owner(settings: Settings) -> None:
    seal(settings, SECRET, HERE)
    path = settings.home / "keys" / VAULT
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@given(secret=st.text(min_size=1, max_size=50), origin=st.sampled_from([HERE, "http://[::1]:80"]))
@hypothesis_settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_it_gives_back_any_secret_as_it_was(settings: Settings, secret: str, origin: str) -> None:
    assert unseal(settings, seal(settings, secret, origin)).open_for(origin) == secret


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://api.example.ac.ir", HERE),
        ("HTTPS://API.Example.AC.ir/", HERE),
        ("https://api.example.ac.ir:443/base/path", HERE),
        ("http://api.example.ac.ir", "http://api.example.ac.ir:80"),
        ("http://api.example.ac.ir:8080", "http://api.example.ac.ir:8080"),
        ("http://10.0.0.7", "http://10.0.0.7:80"),
        ("https://[2001:DB8::1]:8443", "https://[2001:db8::1]:8443"),
        ("https://xn--mgba.example", "https://xn--mgba.example:443"),
    ],
)
def test_it_fills_in_what_an_address_leaves_out(url: str, origin: str) -> None:
    assert origin_of(url) == origin


@pytest.mark.parametrize(
    "url",
    [
        "",
        "api.example.ac.ir",
        "ftp://api.example.ac.ir",
        "https://",
        "https://api.example.ac.ir:port",
        "https://api.example.ac.ir:99999",
        "https://api.example\\.evil.example",
        "https://api.example.ac.ir\\.evil.example",
        "https://api.exa\tmple.ac.ir",
        "https://api.example.ac.ir\n.evil.example",
        "https://api.example.ac.ir .evil.example",
        "https://api%2eexample.ac.ir",
        "https://api.ΑΣ.example",
        "https://\uff41pi.example.ac.ir",
        "https://[::1",
    ],
)
def test_it_knows_no_origin_of_what_others_may_read_otherwise(url: str) -> None:
    with pytest.raises(ConfigError, match="plain letters"):
        origin_of(url)
