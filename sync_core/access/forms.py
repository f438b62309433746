"""Reads small URL-encoded forms and local addresses. Anything else is taken as empty."""

from urllib.parse import parse_qsl, urlsplit

from starlette.requests import Request

LARGEST_FORM = 16 * 1024
LONGEST_PATH = 1_000
NOT_A_TARGET = ("/login", "/logout")


async def read_form(request: Request) -> dict[str, str]:
    """The fields of the form; none where it is too large or no text."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_FORM:
            return {}
    try:
        return dict(parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=20))
    except ValueError:
        return {}


def local_target(given: str) -> str:
    """`given` where it is a path of ours, else `/`: a login must not lead to a foreign host."""
    try:
        parts = urlsplit(given)
    except ValueError:
        return "/"
    strange = "\\" in given or not given.isprintable() or len(given) > LONGEST_PATH
    local = given.startswith("/") and not given.startswith("//")
    if strange or not local or parts.scheme or parts.netloc or parts.path in NOT_A_TARGET:
        return "/"
    return given
