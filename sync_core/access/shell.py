"""Streamlit's own index page in our language and direction. It changes no other page."""

import html

from starlette.datastructures import MutableHeaders
from starlette.types import Message, Send

from sync_core.base.i18n import _, digits, direction, is_rtl, language
from sync_core.base.settable import LATIN

MARK = b'<div id="root"></div>'
"""Only Streamlit's index page has it."""

_LOCALE_SCRIPT = (
    "Object.defineProperty(navigator,'language',{get:()=>'fa-IR'});"
    "Object.defineProperty(navigator,'languages',{get:()=>['fa-IR','fa','en']});"
)
"""Streamlit asks the browser for its locale: `fa-IR` makes its calendar Jalali."""


class ShellSender:
    """Passes an answer on; Streamlit's index page is rewritten on the way."""

    def __init__(self, send: Send, nonce: str) -> None:
        self.send = send
        self.nonce = nonce
        self.start: Message | None = None
        self.body = bytearray()

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_html(message):
            self.start = message
        elif self.start is None:
            await self.send(message)
        else:
            self.body += message.get("body", b"")
            if not message.get("more_body", False):
                await self._finish(self.start)

    async def _finish(self, start: Message) -> None:
        body = bytes(self.body)
        if is_shell(body):
            body = our_shell(body, self.nonce)
        headers = MutableHeaders(raw=start["headers"])
        headers["Content-Length"] = str(len(body))
        headers["Cache-Control"] = "no-store"
        for name in ("ETag", "Last-Modified"):
            if name in headers:
                del headers[name]
        await self.send(start)
        await self.send({"type": "http.response.body", "body": body})


def is_shell(body: bytes) -> bool:
    return MARK in body


def our_shell(body: bytes, nonce: str) -> bytes:
    """The page with our language, direction, title, icon, style and the nonce of its scripts."""
    page = body.decode("utf-8")
    opening = f'<html lang="{language()}" dir="{direction()}">'
    page = page.replace('<html lang="en">', opening, 1)
    page = _without_tag(page, 'rel="shortcut icon"')
    page = _without_tag(page, 'rel="preload"')  # a font that we do not use
    page = _without_tag(page, 'rel="service-desc"')  # an interface that is closed
    page = page.replace("<title>Streamlit</title>", _head(), 1)
    page = page.replace("<script>", f'<script nonce="{nonce}">')
    page = page.replace("</body>", f"{digits_style()}</body>", 1)
    return _with_noscript(page).encode("utf-8")


def digits_style() -> str:
    """At the end of a page, after every other font; empty where digits are our font's own."""
    if digits() != LATIN:
        return ""
    return '<link rel="stylesheet" href="/assets/latin-digits.css" />'


def _head() -> str:
    script = f"<script>{_LOCALE_SCRIPT}</script>" if is_rtl() else ""
    title = html.escape(_("Hamgam"))
    return (
        f"<title>{title}</title>{script}"
        '<link rel="icon" type="image/svg+xml" href="/assets/icon.svg" />'
        '<link rel="stylesheet" href="/assets/hamgam.css" />'
        '<script src="/assets/session.js" defer></script>'
    )


def _without_tag(page: str, mark: str) -> str:
    """The page without the one `<link …>` that holds `mark`."""
    at = page.find(mark)
    if at < 0:
        return page
    start, end = page.rindex("<", 0, at), page.index(">", at)
    return page[:start] + page[end + 1 :]


def _with_noscript(page: str) -> str:
    start, end = page.find("<noscript>"), page.find("</noscript>")
    if start < 0 or end < start:
        return page
    words = html.escape(_("This page needs JavaScript. Switch it on in your browser."))
    return f"{page[:start]}<noscript><p>{words}</p>{page[end:]}"


def _is_html(start: Message) -> bool:
    content_type = MutableHeaders(raw=start["headers"]).get("content-type", "")
    return start["status"] == 200 and content_type.startswith("text/html")
