"""The route by which an administrator takes away a caller's file. It writes nothing."""

from dataclasses import dataclass

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from sync_core.base.errors import ConfigError, Denied
from sync_core.base.settings import Settings
from sync_core.inspect.downloads import asking, file_headers
from sync_core.schedule.caller_files import KINDS, caller_files
from sync_core.store.engines import Databases

PATH = "/download/caller"


@dataclass
class CallerDownloads:
    settings: Settings
    databases: Databases

    async def file(self, request: Request) -> Response:
        given = request.query_params
        try:
            files = await to_thread.run_sync(self._files, request, given.get("kind", ""))
        except Denied:
            return PlainTextResponse("Only an administrator may do this.", 403)
        except ConfigError as error:
            return PlainTextResponse(str(error), 409)
        name = given.get("name", "")
        if name not in files:
            return PlainTextResponse("There is no such file.", 404)
        return Response(files[name], headers=file_headers(name, "application/octet-stream"))

    def _files(self, request: Request, kind: str) -> dict[str, bytes]:
        actor = asking(self.databases, request)
        return caller_files(self.settings, actor, kind) if kind in KINDS else {}


def caller_routes(settings: Settings, databases: Databases) -> list[BaseRoute]:
    return [Route(PATH, CallerDownloads(settings, databases).file, methods=["GET"])]
