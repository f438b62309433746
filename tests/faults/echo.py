"""A gateway that gives back every secret that it was given, and people whom nobody can store."""

import json
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.engine.raw_server import Asked, answer, token
from tests.faults.canaries import CODE, ENCODINGS, PASSWORD, PERSON, TOKEN, URL_PASSWORD

MODES: Mapping[str, str | None] = {
    "answers": None,
    "refuses the login": "auth",
    "fails": "gateway",
    "forbids": "gateway",
    "redirects": "gateway",
    "reports errors": "payload",
    "sends a page": "payload",
    "sends what cannot be stored": None,
}
"""What the gateway does after a login, and the class of the run's error."""


@dataclass
class Gateway:
    """Gives back what it was given. Each login turns it to the next of `modes`."""

    modes: deque[str] = field(default_factory=deque)
    mode: str = "answers"
    given: list[str] = field(default_factory=list)

    def play(self, asked: Asked) -> bytes:
        given = json.dumps([asked.headers, asked.body], ensure_ascii=False)
        self.given.append(given)
        if asked.path == "/Login":
            self.mode = self.modes.popleft() if self.modes else self.mode
            if self.mode != "refuses the login":
                return token(TOKEN)
        return _answer(self.mode, " ".join(encode(given) for encode in ENCODINGS.values()))


def _answer(mode: str, echo: str) -> bytes:
    good = {"nationalcode": "0012345679", "name": "n"}
    echoes = {"message": echo, "errors": {"password": PASSWORD, "token": [TOKEN]}}
    if mode == "answers":
        return answer({"data": [good], "totalPages": 1})
    if mode == "sends what cannot be stored":
        return answer({"data": [good, *unstorable()], "totalPages": 1})
    if mode == "redirects":
        away = f"https://user:{URL_PASSWORD}@elsewhere.example/?token={TOKEN}"
        return answer(b"", 302, Location=away)
    if mode == "sends a page":
        return answer(f"<html><b>{echo} {PERSON}</b></html>".encode())
    status = {"refuses the login": 401, "fails": 500, "forbids": 403}.get(mode, 200)
    headers = {"X_Echo": TOKEN, "WWW_Authenticate": f'Basic realm="{TOKEN}"'}
    return answer(echoes, status, Set_Cookie=f"t={TOKEN}", **headers)


def unstorable() -> list[dict[str, object]]:
    """A person's records that are refused, each for another reason."""
    return [
        {"nationalcode": CODE, "name": {"nested": PERSON}},
        {"nationalcode": CODE, "id": PERSON},
        {"nationalcode": f"{CODE}{CODE}", "name": PERSON},
        {"nationalcode": None, "name": PERSON},
        {"nationalcode": [CODE], "name": PERSON},
    ]
