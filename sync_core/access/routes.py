"""The web routes of our own: login, logout, health, assets. The gate stands before them."""

from dataclasses import dataclass
from pathlib import Path

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from sync_core.access import login_page
from sync_core.access.cookies import FORM_COOKIE, SESSION_COOKIE, Seal, new_nonce, set_cookie
from sync_core.access.forms import local_target, read_form
from sync_core.access.permissions import Actor
from sync_core.access.sessions import (
    close_session_by_id,
    find_actor_by_id,
    open_session,
    session_id,
)
from sync_core.access.users import check_password
from sync_core.base.errors import Denied
from sync_core.base.i18n import _
from sync_core.store import accounts
from sync_core.store.engines import Databases


@dataclass
class Door:
    """The handlers. Databases and password hashing run in threads, off the event loop."""

    databases: Databases
    seal: Seal

    def __post_init__(self) -> None:
        # One password at a time: each takes 64 MiB, and two at once could outrun the lock's count.
        self._one_at_a_time = CapacityLimiter(1)

    async def show_login(self, request: Request) -> Response:
        target = local_target(request.query_params.get("next", "/"))
        if await self._is_logged_in(request):
            return _go(target)
        return self._form(request, target)

    async def log_in(self, request: Request) -> Response:
        form = await read_form(request)
        target, name = local_target(form.get("next", "/")), form.get("name", "")
        if not self.seal.form_is_ours(request, form.get("form", "")):
            return self._form(request, target, name, _("This form was too old. Try again."), 403)
        try:
            actor = await self._check(request, name, form.get("password", ""))
        except Denied:
            words = _("Too many failed attempts. Wait 15 minutes, then try again.")
            return self._form(request, target, name, words, 429)
        if actor is None:
            return self._form(request, target, name, _("Wrong user name or password."), 401)
        return await self._welcome(request, actor, target)

    async def show_logout(self, request: Request) -> Response:
        """The link in the sidebar carries a proof that only our pages can make.

        Without it, as from a link or an image elsewhere, a person is asked first.
        """
        known = self._session_id(request)
        if known is None:
            return _go("/login")
        if self.seal.proves_logout(known, request.query_params.get("proof", "")):
            return await self._log_out(request, known)
        proof = self.seal.logout_proof(known)
        return HTMLResponse(login_page.logout_page(proof=proof), headers=_UNCACHED)

    async def log_out(self, request: Request) -> Response:
        form = await read_form(request)
        known = self._session_id(request)
        if known and self.seal.proves_logout(known, form.get("proof", "")):
            return await self._log_out(request, known)
        return _go("/logout" if known else "/login")

    async def show_health(self, request: Request) -> Response:
        """Raises DatabaseError, which the gate answers with 503."""
        await to_thread.run_sync(self._ask_database)
        return JSONResponse({"status": "ok"}, headers=_UNCACHED)

    async def show_session(self, request: Request) -> Response:
        """Nobody comes here without a session: an open tab asks whether it still has one."""
        return Response(status_code=204, headers=_UNCACHED)

    async def go_home(self, request: Request) -> Response:
        return _go("/")

    def _ask_database(self) -> None:
        with self.databases.control.read() as session:
            accounts.find_user(session, "")

    async def _check(self, request: Request, name: str, password: str) -> Actor | None:
        return await to_thread.run_sync(
            check_password,
            self.databases,
            name,
            password,
            _address(request),
            limiter=self._one_at_a_time,
        )

    async def _welcome(self, request: Request, actor: Actor, target: str) -> Response:
        """A new session at each login; the one that the browser had is closed."""
        if known := self._session_id(request):
            await to_thread.run_sync(close_session_by_id, self.databases, known)
        token = await to_thread.run_sync(open_session, self.databases, actor)
        response = _go(target)
        set_cookie(response, request, SESSION_COOKIE, self.seal.session_value(token))
        response.delete_cookie(FORM_COOKIE, path="/login")
        return response

    async def _log_out(self, request: Request, known: str) -> Response:
        await to_thread.run_sync(close_session_by_id, self.databases, known, _address(request))
        response = _go("/login")
        response.delete_cookie(SESSION_COOKIE, path="/")
        return response

    async def _is_logged_in(self, request: Request) -> bool:
        known = self._session_id(request)
        if known is None:
            return False
        return await to_thread.run_sync(find_actor_by_id, self.databases, known) is not None

    def _session_id(self, request: Request) -> str | None:
        token = self.seal.session_token(request)
        return session_id(token) if token else None

    def _form(
        self, request: Request, target: str, name: str = "", notice: str = "", status: int = 200
    ) -> Response:
        nonce = new_nonce()
        page = login_page.login_page(
            form=self.seal.form_value(nonce), target=target, name=name, notice=notice
        )
        response = HTMLResponse(page, status_code=status, headers=_UNCACHED)
        set_cookie(response, request, FORM_COOKIE, nonce)
        return response


_UNCACHED = {"Cache-Control": "no-store"}


def web_routes(databases: Databases, seal: Seal, assets: Path) -> list[BaseRoute]:
    door = Door(databases, seal)
    return [
        Route("/login", door.show_login, methods=["GET"]),
        Route("/login", door.log_in, methods=["POST"]),
        Route("/logout", door.show_logout, methods=["GET"]),
        Route("/logout", door.log_out, methods=["POST"]),
        Route("/healthz", door.show_health, methods=["GET"]),
        Route("/session", door.show_session, methods=["GET"]),
        Route("/admin", door.go_home, methods=["GET"]),  # where the old panel's guide sends people
        Mount("/assets", StaticFiles(directory=assets)),
    ]


def _go(target: str) -> Response:
    return RedirectResponse(target, status_code=303, headers=_UNCACHED)


def _address(request: Request) -> str | None:
    return request.client.host if request.client else None
