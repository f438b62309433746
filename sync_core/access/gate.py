"""The gate: no request and no websocket passes without a session, but for a few open paths.

It runs before Streamlit, so that a stranger's websocket is refused before any script runs. Which
path needs what stands in `matrix`.
"""

from collections.abc import Collection
from typing import Any
from urllib.parse import quote

from anyio import to_thread
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from sync_core.access import login_page
from sync_core.access.cookies import Seal
from sync_core.access.headers import new_nonce, security_headers
from sync_core.access.matrix import CLOSED, OPEN, route_needs
from sync_core.access.origin import is_our_host, is_same_origin
from sync_core.access.permissions import Actor, allows
from sync_core.access.sessions import find_actor, session_id
from sync_core.access.shell import ShellSender
from sync_core.base.errors import DatabaseError
from sync_core.base.i18n import _
from sync_core.store.engines import Databases

CHANGE_FIRST = "/password"
OUR_HEADERS = b"x-hamgam-"
IDENTITY_HEADER = b"x-hamgam-session"
"""Named in `server.trustedUserHeaders`; what a client sends under such a name is dropped."""
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
UNCACHED = {"Cache-Control": "no-store"}


class Gate:
    def __init__(
        self, app: ASGIApp, databases: Databases, seal: Seal, trusted_hosts: Collection[str] = ()
    ) -> None:
        self.app = app
        self.databases = databases
        self.seal = seal
        self.trusted_hosts = trusted_hosts

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
            refusal, known = await self._judge(scope)
        except DatabaseError:
            refusal, known = _out_of_order(scope), None
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        try:
            await self._pass(_identified(scope, known), receive, send, nonce)
        except DatabaseError:
            await _out_of_order(scope)(scope, receive, send)

    async def _judge(self, scope: Scope) -> tuple[Response | None, str | None]:
        """Why the request goes no further; and the id of its session, where it does."""
        needed = route_needs(scope["path"])
        if (wrong := self._wrong_place(scope)) is not None:
            return wrong, None
        if needed == OPEN:
            return None, None
        known, actor = await self._session(scope, seen=_is_navigation(scope))
        if actor is None:
            return _refusal(scope), None
        if needed == CLOSED:
            return PlainTextResponse("Not found", 404), None
        if not allows(actor, needed):
            return _denial(scope, actor), None
        return None, known

    def _wrong_place(self, scope: Scope) -> Response | None:
        if not is_our_host(scope, self.trusted_hosts):
            words = "This server is not known by that name: HAMGAM_TRUSTED_HOSTS must hold it."
            return PlainTextResponse(words, 400, headers=UNCACHED)
        if ".." in scope["path"].split("/"):
            return PlainTextResponse("Not found", 404)
        if scope["method"] not in SAFE_METHODS and not is_same_origin(scope):
            return PlainTextResponse("This form was sent from another site.", 403)
        return None

    async def _pass(self, scope: Scope, receive: Receive, send: Send, nonce: str) -> None:
        if _is_navigation(scope) and route_needs(scope["path"]) != OPEN:
            await self.app(_uncached(scope), receive, ShellSender(send, nonce))
        else:
            await self.app(scope, receive, send)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        known = None
        if is_our_host(scope, self.trusted_hosts) and is_same_origin(scope):
            known = await self._let_in(scope)
        if known is None:
            await receive()  # the connect message
            await send({"type": "websocket.close", "code": 1008})
        else:
            await self.app(_identified(scope, known), receive, send)

    async def _let_in(self, scope: Scope) -> str | None:
        """A tab that connects again by itself is nobody's activity."""
        try:
            known, actor = await self._session(scope, seen=False)
        except DatabaseError:
            return None
        return known if actor and allows(actor, route_needs(scope["path"])) else None

    async def _session(self, scope: Scope, *, seen: bool) -> tuple[str | None, Actor | None]:
        """The id of the request's session, and who has it, where it is a good one."""
        token = self.seal.session_token(HTTPConnection(scope))
        if token is None:
            return None, None
        known = session_id(token)
        actor = await to_thread.run_sync(lambda: find_actor(self.databases, known, seen=seen))
        return known, actor


def _refusal(scope: Scope) -> Response:
    """A person is sent to the login; a program is told no: it must not fetch a login form."""
    if not _is_navigation(scope):
        return PlainTextResponse("Log in first.", 401, headers=UNCACHED)
    query = scope.get("query_string", b"").decode("latin-1")
    wanted = quote(scope["path"], safe="/") + (f"?{query}" if query else "")
    address = "/login" if wanted == "/" else f"/login?next={quote(wanted, safe='/')}"
    return RedirectResponse(address, 303, headers=UNCACHED)


def _denial(scope: Scope, actor: Actor) -> Response:
    if not _is_navigation(scope):
        return PlainTextResponse("This is not allowed.", 403, headers=UNCACHED)
    if actor.must_change:
        return RedirectResponse(CHANGE_FIRST, 303, headers=UNCACHED)
    words = _("Your role does not allow this.")
    return HTMLResponse(login_page.notice_page(_("Not allowed"), words), 403, headers=UNCACHED)


def _out_of_order(scope: Scope) -> Response:
    if not _is_navigation(scope):
        return PlainTextResponse("The database does not answer.", 503)
    words = _("The database does not answer. Try again in a minute; if it lasts, run doctor.")
    return HTMLResponse(login_page.notice_page(_("Out of order"), words), 503)


def _is_navigation(scope: Scope) -> bool:
    return scope["method"] == "GET" and "text/html" in Headers(scope=scope).get("accept", "")


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
