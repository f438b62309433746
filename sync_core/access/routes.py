"""The web routes of our own. The gate stands before them and asks who may come to which."""

from dataclasses import dataclass
from pathlib import Path

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from sync_core.access.cookies import Seal
from sync_core.access.door import UNCACHED, Door
from sync_core.access.password_desk import PasswordDesk
from sync_core.store import accounts
from sync_core.store.engines import Databases


@dataclass
class Signs:
    """What is only asked: is the server well, is my session."""

    databases: Databases

    async def show_health(self, request: Request) -> Response:
        """Raises DatabaseError, which the gate answers with 503."""
        await to_thread.run_sync(self._ask_database)
        return JSONResponse({"status": "ok"}, headers=UNCACHED)

    async def show_session(self, request: Request) -> Response:
        """Nobody comes here without a session: an open tab asks whether it still has one."""
        return Response(status_code=204, headers=UNCACHED)

    async def go_home(self, request: Request) -> Response:
        return RedirectResponse("/", status_code=303, headers=UNCACHED)

    def _ask_database(self) -> None:
        with self.databases.control.read() as session:
            accounts.find_user(session, "")


def web_routes(databases: Databases, seal: Seal, assets: Path) -> list[BaseRoute]:
    door, signs = Door(databases, seal), Signs(databases)
    desk = PasswordDesk(door)
    return [
        Route("/login", door.show_login, methods=["GET"]),
        Route("/login", door.log_in, methods=["POST"]),
        Route("/logout", door.show_logout, methods=["GET"]),
        Route("/logout", door.log_out, methods=["POST"]),
        Route("/password", desk.show_form, methods=["GET"]),
        Route("/password", desk.change, methods=["POST"]),
        Route("/healthz", signs.show_health, methods=["GET"]),
        Route("/session", signs.show_session, methods=["GET"]),
        Route("/admin", signs.go_home, methods=["GET"]),  # where the old panel's guide sends people
        Mount("/assets", StaticFiles(directory=assets)),
    ]
