"""The page on which people change their own password. It needs the old one."""

from dataclasses import dataclass

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response

from sync_core.access import login_page, passwords
from sync_core.access.door import Door, go
from sync_core.access.forms import read_form
from sync_core.access.own_password import SamePassword, change_password
from sync_core.access.permissions import Actor
from sync_core.base.errors import ConfigError, Denied
from sync_core.base.i18n import _


@dataclass
class PasswordDesk:
    door: Door

    async def show_form(self, request: Request) -> Response:
        actor = await self.door.actor(request)
        return self._form(request, actor) if actor else go("/login")

    async def change(self, request: Request) -> Response:
        """Every session of the person ends; this browser gets a new one."""
        form = await read_form(request)
        actor = await self.door.actor(request)
        if actor is None:
            return go("/login")
        if not self.door.seal.form_is_ours(request, form.get("form", "")):
            return self._form(request, actor, _("This form was too old. Try again."), 403)
        if form.get("new", "") != form.get("again", ""):
            return self._form(request, actor, _("The two new passwords differ."), 400)
        attempt = self.door.attempt(request, actor.name, form.get("password", ""))
        try:
            changed = await to_thread.run_sync(
                change_password,
                self.door.databases,
                actor,
                attempt,
                form.get("new", ""),
                limiter=self.door.one_at_a_time,
            )
        except (Denied, ConfigError) as error:
            return self._form(request, actor, *_told(error))
        if not changed:
            return self._form(request, actor, _("The present password is wrong."), 401)
        return await self._begin_anew(request, actor)

    async def _begin_anew(self, request: Request, actor: Actor) -> Response:
        renewed = Actor(actor.name, actor.role, actor.user_id)
        return await self.door.welcome(request, renewed, "/")

    def _form(
        self, request: Request, actor: Actor, notice: str = "", status: int = 200
    ) -> Response:
        def page(form: str) -> str:
            return login_page.password_page(
                form=form, name=actor.name, first=actor.must_change, notice=notice
            )

        return self.door.form(request, page, status)


def _told(error: Denied | ConfigError) -> tuple[str, int]:
    if isinstance(error, Denied):
        return _("Too many failed attempts. Wait 15 minutes, then try again."), 429
    if isinstance(error, SamePassword):
        return _("The new password is the old one, or your name. Choose another."), 400
    shortest, longest = passwords.SHORTEST, passwords.LONGEST
    words = _("A password has {shortest} to {longest} characters. Four words make a good one.")
    return words.format(shortest=shortest, longest=f"{longest:,}"), 400
