"""Logging in and out. Passwords and databases are looked at in threads, off the event loop."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from sync_core.access import login_page
from sync_core.access.cookies import (
    BROWSER_COOKIE,
    FORM_COOKIE,
    SESSION_COOKIE,
    Seal,
    delete_cookie,
    new_nonce,
    set_cookie,
)
from sync_core.access.forms import local_target, read_form
from sync_core.access.login import Attempt, KnownBrowser, log_in
from sync_core.access.permissions import Actor
from sync_core.access.sessions import close_session, find_actor, open_session, session_id
from sync_core.base.errors import Denied
from sync_core.base.i18n import _
from sync_core.store.engines import Databases

UNCACHED = {"Cache-Control": "no-store"}


@dataclass
class Door:
    databases: Databases
    seal: Seal

    def __post_init__(self) -> None:
        # One password at a time: to check one takes 64 MiB.
        self.one_at_a_time = CapacityLimiter(1)

    async def show_login(self, request: Request) -> Response:
        target = local_target(request.query_params.get("next", "/"))
        if await self.actor(request) is not None:
            return go(target)
        return self._form(request, target)

    async def log_in(self, request: Request) -> Response:
        form = await read_form(request)
        target, name = local_target(form.get("next", "/")), form.get("name", "")
        if not self.seal.form_is_ours(request, form.get("form", "")):
            return self._form(request, target, name, _("This form was too old. Try again."), 403)
        attempt = self.attempt(request, name, form.get("password", ""))
        try:
            actor = await to_thread.run_sync(
                log_in, self.databases, attempt, limiter=self.one_at_a_time
            )
        except Denied:
            words = _("Too many failed attempts. Wait 15 minutes, then try again.")
            return self._form(request, target, name, words, 429)
        if actor is None:
            return self._form(request, target, name, _("Wrong user name or password."), 401)
        return await self.welcome(request, actor, target)

    async def show_logout(self, request: Request) -> Response:
        """The link in the sidebar carries a proof that only our pages can make.

        Without it, as from a link or an image elsewhere, a person is asked first.
        """
        known = self._session_id(request)
        if known is None:
            return go("/login")
        if self.seal.proves_logout(known, request.query_params.get("proof", "")):
            return await self._log_out(request, known)
        proof = self.seal.logout_proof(known)
        return HTMLResponse(login_page.logout_page(proof=proof), headers=UNCACHED)

    async def log_out(self, request: Request) -> Response:
        form = await read_form(request)
        known = self._session_id(request)
        if known and self.seal.proves_logout(known, form.get("proof", "")):
            return await self._log_out(request, known)
        return go("/logout" if known else "/login")

    def attempt(self, request: Request, name: str, password: str) -> Attempt:
        return Attempt(name, password, address_of(request), self.seal.browser(request))

    async def actor(self, request: Request) -> Actor | None:
        known = self._session_id(request)
        if known is None:
            return None
        return await to_thread.run_sync(find_actor, self.databases, known)

    async def welcome(self, request: Request, actor: Actor, target: str) -> Response:
        """A new session at each login; the one that the browser had is closed."""
        if known := self._session_id(request):
            await to_thread.run_sync(close_session, self.databases, known)
        here = replace(actor, address=address_of(request))
        agent = request.headers.get("user-agent")
        token = await to_thread.run_sync(open_session, self.databases, here, agent)
        response = go(target)
        set_cookie(response, request, SESSION_COOKIE, self.seal.session_value(token))
        self._remember_browser(request, response, actor)
        delete_cookie(response, request, FORM_COOKIE)
        return response

    def form(self, request: Request, page: Callable[[str], str], status: int = 200) -> HTMLResponse:
        """`page` makes the page from the value of its hidden field, which its cookie answers."""
        nonce = new_nonce()
        response = HTMLResponse(page(self.seal.form_value(nonce)), status, headers=UNCACHED)
        set_cookie(response, request, FORM_COOKIE, nonce)
        return response

    def _form(
        self, request: Request, target: str, name: str = "", notice: str = "", status: int = 200
    ) -> Response:
        def page(form: str) -> str:
            return login_page.login_page(form=form, target=target, name=name, notice=notice)

        return self.form(request, page, status)

    def _remember_browser(self, request: Request, response: Response, actor: Actor) -> None:
        known = self.seal.browser(request)
        if actor.user_id is not None and (known is None or known.user_id != actor.user_id):
            value = self.seal.browser_value(KnownBrowser(actor.user_id, new_nonce()))
            set_cookie(response, request, BROWSER_COOKIE, value)

    async def _log_out(self, request: Request, known: str) -> Response:
        await to_thread.run_sync(close_session, self.databases, known, address_of(request))
        response = go("/login")
        delete_cookie(response, request, SESSION_COOKIE)
        return response

    def _session_id(self, request: Request) -> str | None:
        token = self.seal.session_token(request)
        return session_id(token) if token else None


def go(target: str) -> Response:
    return RedirectResponse(target, status_code=303, headers=UNCACHED)


def address_of(request: Request) -> str | None:
    """Of the client; behind a trusted proxy, what that says."""
    return request.client.host if request.client else None
