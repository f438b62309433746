"""Addresses of channels: which are taken, which are refused and why, and what is shown of one."""

import pytest

from sync_core.alerts import schemes
from sync_core.alerts.schemes import (
    EMPTY,
    HOST,
    LETTERS,
    OPTION,
    SERVICES,
    UNKNOWN,
    ChannelRefused,
    checked_url,
    scheme_of,
    shown,
)
from sync_core.base.i18n import _

REFUSED = {
    "": EMPTY,
    "   ": EMPTY,
    "mail.example.org": UNKNOWN,
    "file:///etc/passwd": UNKNOWN,
    "syslog://": UNKNOWN,
    "rsyslog://127.0.0.1": UNKNOWN,
    "dbus://": UNKNOWN,
    "gnome://": UNKNOWN,
    "windows://": UNKNOWN,
    "exec://sh": UNKNOWN,
    "apprise://127.0.0.1/token": UNKNOWN,
    "https://hooks.example.org/": UNKNOWN,
    "jsonx://hooks.example.org/": UNKNOWN,
    "json:/hooks.example.org": UNKNOWN,
    "json :://hooks.example.org": LETTERS,
    "json://hooks.example.org/a b": LETTERS,
    "json://hooks.example.org/a\nb": LETTERS,
    "json://hooks.example.org/\u202eb": LETTERS,
    "json://hooks.example.org/\x00": LETTERS,
    "json://hooks.example.org/" + "a" * 2_000: LETTERS,
    "json://hooks.example.org/?redirect=yes": OPTION,
    "json://hooks.example.org/?REDIRECT=yes": OPTION,
    "json://hooks.example.org/?%72edirect=yes": OPTION,
    "json://hooks.example.org/?to=a;redirect=yes": OPTION,
    "json://hooks.example.org/?to=a?redirect=yes": OPTION,
    "json://hooks.example.org/?rto=900": OPTION,
    "json://hooks.example.org/?verify=no": OPTION,
    "json://hooks.example.org/?method=DELETE": OPTION,
    "mailto://a:b@mail.example.org?pgpkey=/etc/passwd": OPTION,
    "mailto://a:b@mail.example.org?+X=1": OPTION,
    "slack://a/b/c?template=/etc/passwd": OPTION,
    "matrix://a:b@chat.example.org/#room?template=x": OPTION,
    "json://": HOST,
    "json:///path": HOST,
    "json://[::1": HOST,
    "json://169.254.169.254/latest/meta-data": HOST,
    "json://[fe80::1]/": HOST,
}
"""Address → why not."""


@pytest.mark.parametrize("url", REFUSED)
def test_it_refuses_an_address_and_says_why(url: str) -> None:
    with pytest.raises(ChannelRefused) as refused:
        checked_url(url)
    assert refused.value.reason == REFUSED[url]


def test_it_repeats_no_part_of_an_address_that_may_be_secret() -> None:
    for url in ("hooks://s3cr3t/path", "json://u:s3cr3t@h/?verify=s3cr3t", "json://h/s3cr3t path"):
        with pytest.raises(ChannelRefused) as refused:
            checked_url(url)
        assert "s3cr3t" not in str(refused.value)


@pytest.mark.parametrize("scheme", SERVICES)
def test_it_takes_the_example_of_every_service(scheme: str) -> None:
    example = SERVICES[scheme].example
    assert checked_url(f" {example} ") == example
    assert scheme_of(example) in SERVICES
    assert _(SERVICES[scheme].title)


def test_it_takes_headers_for_web_hooks() -> None:
    url = "jsons://hooks.example.org/in?+X-Key=abc&:source=hamgam&-v=1"
    assert checked_url(url) == url


def test_it_reads_a_scheme_in_any_letters() -> None:
    assert scheme_of(checked_url("JSONS://hooks.example.org/")) == "jsons"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("mailtos://it:s3cr3t@mail.example.org?to=a@b.c", "mailtos://mail.example.org"),
        ("jsons://u:s3cr3t@hooks.example.org:8443/s3cr3t?+k=s3cr3t", "jsons://hooks.example.org"),
        ("tgram://s3cr3t/-100", "tgram://…"),
        ("bale://s3cr3t/1", "bale://…"),
        ("kavenegar://s3cr3t/09120000000", "kavenegar://…"),
        ("ntfy://s3cr3t", "ntfy://…"),
        ("gotify://push.example.org/s3cr3t", "gotify://push.example.org"),
        ("json://u:s3@cr3t@hooks.example.org/", "json://hooks.example.org"),
    ],
)
def test_it_shows_the_scheme_and_a_host_that_is_no_secret(url: str, expected: str) -> None:
    assert shown(url) == expected


def test_it_lets_no_scheme_reach_this_machine_itself() -> None:
    """Those of Apprise that speak to its desktop, log or files, or read other configuration."""
    local = {"dbus", "kde", "qt", "glib", "gnome", "gio", "macosx", "windows", "syslog", "file"}
    assert not local & set(SERVICES)
    assert schemes.OPTIONS.isdisjoint({"verify", "redirect", "rto", "cto", "template", "pgpkey"})
