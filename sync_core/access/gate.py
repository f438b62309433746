"""The gate: no request and no websocket passes without a session, but for a few open paths.

It runs before Streamlit, so that a stranger's websocket is refused before any script runs.
"""

from typing import Any
from urllib.parse import quote, urlsplit

from anyio import to_thread
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from sync_core.access import login_page
from sync_core.access.cookies import Seal
from sync_core.access.headers import new_nonce, security_headers
from sync_core.access.sessions import find_actor_by_id, session_id
from sync_core.access.shell import ShellSender
from sync_core.base.errors import DatabaseError
from sync_core.base.i18n import _
from sync_core.store.engines import Databases

OPEN = ("/login", "/healthz", "/logout")
OPEN_FOLDER = "/assets/"
CLOSED = ("/_stcore/metrics", "/_stcore/agent")
UNSEEN = "/session"
"""Asked by every open tab each minute: that must not keep an abandoned screen logged in."""
OUR_HEADERS = b"x-hamgam-"
IDENTITY_HEADER = b"x-hamgam-session"
"""Named in `server.trustedUserHeaders`; what a client sends under such a name is dropped."""


class Gate:
    def __init__(self, app: ASGIApp, databases: Databases, seal: Seal) -> None:
        self.app = app
        self.databases = databases
        self.seal = seal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        nonce = new_nonce()
        send = _with_headers(send, security_headers(nonce))
        try:
            known = await self._session(scope)
            if known is None and not _is_open(scope["path"]):
                await _refusal(scope)(scope, receive, send)
            elif _is_closed(scope["path"]):
                await PlainTextResponse("Not found", 404)(scope, receive, send)
            else:
                await self._pass(_identified(scope, known), receive, send, nonce)
        except DatabaseError:
            await _out_of_order(scope)(scope, receive, send)

    async def _pass(self, scope: Scope, receive: Receive, send: Send, nonce: str) -> None:
        if _is_navigation(scope) and not _is_open(scope["path"]):
            await self.app(_uncached(scope), receive, ShellSender(send, nonce))
        else:
            await self.app(scope, receive, send)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            known = await self._session(scope) if _is_same_origin(scope) else None
        except DatabaseError:
            known = None
        if known is None:
            await receive()  # the connect message
            await send({"type": "websocket.close", "code": 1008})
        else:
            await self.app(_identified(scope, known), receive, send)

    async def _session(self, scope: Scope) -> str | None:
        """The id of the request's session, where it is a good one."""
        token = self.seal.session_token(HTTPConnection(scope))
        if token is None or _is_open(scope["path"]):
            return None
        known, seen = session_id(token), scope["path"] != UNSEEN
        actor = await to_thread.run_sync(lambda: find_actor_by_id(self.databases, known, seen=seen))
        return known if actor else None


def _refusal(scope: Scope) -> Response:
    """A person is sent to the login; a program is told no: it must not fetch a login form."""
    if not _is_navigation(scope):
        return PlainTextResponse("Log in first.", 401, headers={"Cache-Control": "no-store"})
    query = scope.get("query_string", b"").decode("latin-1")
    wanted = quote(scope["path"], safe="/") + (f"?{query}" if query else "")
    address = "/login" if wanted == "/" else f"/login?next={quote(wanted, safe='/')}"
    return RedirectResponse(address, 303, headers={"Cache-Control": "no-store"})


def _out_of_order(scope: Scope) -> Response:
    if not _is_navigation(scope):
        return PlainTextResponse("The database does not answer.", 503)
    words = _("The database does not answer. Try again in a minute; if it lasts, run doctor.")
    return HTMLResponse(login_page.notice_page(_("Out of order"), words), 503)


def _is_open(path: str) -> bool:
    return path in OPEN or path.startswith(OPEN_FOLDER)


def _is_closed(path: str) -> bool:
    return any(path == closed or path.startswith(f"{closed}/") for closed in CLOSED)


def _is_navigation(scope: Scope) -> bool:
    return scope["method"] == "GET" and "text/html" in Headers(scope=scope).get("accept", "")


def _is_same_origin(scope: Scope) -> bool:
    """Browsers always say where a websocket comes from; what says nothing is no browser."""
    headers = Headers(scope=scope)
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc.lower() == headers.get("host", "").lower()


def _identified(scope: Scope, known: str | None) -> Scope:
    kept = [(n, v) for n, v in scope["headers"] if not n.lower().startswith(OUR_HEADERS)]
    if known:
        kept.append((IDENTITY_HEADER, known.encode()))
    return {**scope, "headers": kept}


def _uncached(scope: Scope) -> Scope:
    """Whole and plain: each index page carries a nonce of its own."""
    dropped = (b"accept-encoding", b"if-none-match", b"if-modified-since", b"range")
    return {**scope, "headers": [(n, v) for n, v in scope["headers"] if n.lower() not in dropped]}


def _with_headers(send: Send, extra: dict[str, str]) -> Send:
    async def sender(message: Any) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(raw=message.setdefault("headers", [])).update(extra)
        await send(message)

    return sender
