"""The one table of services that a channel may use, and of what its address may say.

Whatever is not named here is refused: other schemes of the library write files, start programs, or
speak to this machine's own services. Of the options, those that name files or switch protection
off are not among `OPTIONS`.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

from sync_core.base.errors import ConfigError
from sync_core.base.i18n import N_

LONGEST = 2_000
UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp", "Zs"}
"""Blanks, control characters, halves of characters, and what changes the direction."""
SCHEME = re.compile(r"([a-z][a-z0-9]{1,19})://", re.ASCII | re.IGNORECASE)

EMPTY, UNKNOWN, LETTERS, OPTION, HOST = "empty", "unknown", "letters", "option", "host"
UNREADABLE, TAKEN, NAME, STALE, GONE = "unreadable", "taken", "name", "stale", "gone"


class ChannelRefused(ConfigError):
    """Nothing was saved or sent. `reason`: one of the words above. The address is not in it."""

    def __init__(self, reason: str, message: str, *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Service:
    """`host`: the address begins with a host, which is no secret; else with a token or a number.

    `short`: each message costs money and is seen on a telephone: it gets the short text.
    """

    title: str
    example: str
    host: bool = False
    short: bool = False


_MAIL = Service(N_("E-mail"), "mailtos://user:password@mail.example.ac.ir?to=it@example.org", True)
_JSON = Service(N_("Web hook (JSON)"), "jsons://hooks.example.ac.ir/path", True)
_FORM = Service(N_("Web hook (form)"), "forms://hooks.example.ac.ir/path", True)
_XML = Service(N_("Web hook (XML)"), "xmls://hooks.example.ac.ir/path", True)
_NTFY = Service("ntfy", "ntfys://ntfy.example.ac.ir/topic")
_GOTIFY = Service("Gotify", "gotifys://push.example.ac.ir/token", True)
_MATRIX = Service("Matrix", "matrixs://user:password@matrix.example.ac.ir/#room", True)
_MATTERMOST = Service("Mattermost", "mmosts://chat.example.ac.ir/token", True)
_ROCKET = Service("Rocket.Chat", "rockets://user:password@chat.example.ac.ir/#room", True)

SERVICES: Mapping[str, Service] = {
    "mailto": _MAIL,
    "mailtos": _MAIL,
    "json": _JSON,
    "jsons": _JSON,
    "form": _FORM,
    "forms": _FORM,
    "xml": _XML,
    "xmls": _XML,
    "bale": Service(N_("Bale messenger"), "bale://bot-token/chat-id"),
    "kavenegar": Service(N_("Kavenegar (SMS)"), "kavenegar://api-key/09120000000", short=True),
    "tgram": Service("Telegram", "tgram://bot-token/chat-id"),
    "slack": Service("Slack", "slack://token-a/token-b/token-c"),
    "discord": Service("Discord", "discord://webhook-id/webhook-token"),
    "ntfy": _NTFY,
    "ntfys": _NTFY,
    "gotify": _GOTIFY,
    "gotifys": _GOTIFY,
    "matrix": _MATRIX,
    "matrixs": _MATRIX,
    "mmost": _MATTERMOST,
    "mmosts": _MATTERMOST,
    "rocket": _ROCKET,
    "rockets": _ROCKET,
}

OPTIONS = frozenset(
    {
        *("to", "from", "name", "cc", "bcc", "reply", "user", "pass", "smtp", "mode"),
        *("silent", "topic", "thread", "priority", "tags", "channel", "token"),
    }
)
HEADERS = "+-:"
"""Before the name of a header, of a part of the query and of the content, for web hooks."""
HOOKS = frozenset({"json", "jsons", "form", "forms", "xml", "xmls"})


def checked_url(given: str) -> str:
    """Raises ChannelRefused. What the address means is for the library to say: see `mouth`."""
    url = given.strip()
    if not url:
        raise ChannelRefused(EMPTY, "No address was given.", hint="Write such as mailtos://….")
    if len(url) > LONGEST or any(unicodedata.category(letter) in UNSEEN for letter in url):
        raise ChannelRefused(
            LETTERS,
            f"The address is longer than {LONGEST} characters, or has blanks or hidden ones.",
            hint="Write blanks as %20.",
        )
    _refuse_scheme(url)
    _refuse_options(url)
    _refuse_host(url)
    return url


def scheme_of(url: str) -> str:
    """Of an address that was checked."""
    return url.split("://", 1)[0].lower()


def service_of(scheme: str) -> Service:
    """An unknown one, of a version to come, is taken for a web hook."""
    return SERVICES.get(scheme, _JSON)


def shown(url: str) -> str:
    """What may be shown of an address: the scheme, and the host where that is no secret."""
    scheme = scheme_of(url)
    if not service_of(scheme).host:
        return f"{scheme}://…"
    return f"{scheme}://{(_host(url) or '…')[:150]}"


def _refuse_scheme(url: str) -> None:
    found = SCHEME.match(url)
    if found is None or found[1].lower() not in SERVICES:
        named = f"{found[1].lower()}:// is" if found else "This is"
        raise ChannelRefused(
            UNKNOWN,
            f"{named} no service that alerts may be sent by.",
            hint=f"Use one of {', '.join(SERVICES)}.",
        )


def _refuse_options(url: str) -> None:
    hooks = scheme_of(url) in HOOKS
    for name in _options(url):
        if name in OPTIONS or (hooks and name[:1] in HEADERS and len(name) > 1):
            continue
        raise ChannelRefused(
            OPTION,
            f"The option {name[:20]!r} may not be used here.",
            hint=f"These may: {', '.join(sorted(OPTIONS))}.",
        )


def _options(url: str) -> list[str]:
    """As generously as any reader could find them: behind every `?`, `&` and `;`."""
    parts = re.split(r"[?&;]", url.partition("?")[2])
    return [unquote(part.split("=", 1)[0]).strip().lower() for part in parts if part]


def _refuse_host(url: str) -> None:
    """Hosts of our own network are wanted; what a cloud tells a machine about itself is not."""
    if not service_of(scheme_of(url)).host:
        return
    host = _host(url)
    if host is None:
        raise ChannelRefused(HOST, "The address names no host.", hint="Write one behind ://.")
    try:
        is_near = ip_address(host).is_link_local
    except ValueError:
        return
    if is_near:
        raise ChannelRefused(HOST, "Alerts are not sent to link-local addresses.")


def _host(url: str) -> str | None:
    try:
        return urlsplit(f"http://{url.split('://', 1)[1]}").hostname
    except ValueError:
        return None
