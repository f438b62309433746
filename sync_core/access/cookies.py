"""The cookies of the web: what is signed, how, and for how long. It looks nothing up."""

import hmac
import secrets
from dataclasses import dataclass

from itsdangerous import BadSignature, TimestampSigner
from starlette.requests import HTTPConnection
from starlette.responses import Response

from sync_core.access.sessions import LONGEST

SESSION_COOKIE = "hamgam_session"
FORM_COOKIE = "hamgam_form"
SESSION_LIFE_S = int(LONGEST.total_seconds())
FORM_LIFE_S = 12 * 3600
"""A login page may stay open over night."""


@dataclass(frozen=True)
class Seal:
    """Signs and checks what the browser keeps for us."""

    key: str

    def session_value(self, token: str) -> str:
        return self._signer("session").sign(token).decode()

    def session_token(self, request: HTTPConnection) -> str | None:
        """The token of the request's session cookie, where we signed it."""
        return self._open("session", request.cookies.get(SESSION_COOKIE, ""), SESSION_LIFE_S)

    def form_value(self, nonce: str) -> str:
        return self._signer("form").sign(nonce).decode()

    def form_is_ours(self, request: HTTPConnection, value: str) -> bool:
        """Double submit: the form's signed value and the form cookie hold the same nonce."""
        nonce = self._open("form", value, FORM_LIFE_S)
        cookie = request.cookies.get(FORM_COOKIE, "")
        return nonce is not None and hmac.compare_digest(nonce.encode(), cookie.encode())

    def logout_proof(self, session_id: str) -> str:
        return self._signer("logout").sign(session_id).decode().partition(".")[2]

    def proves_logout(self, session_id: str, proof: str) -> bool:
        return self._open("logout", f"{session_id}.{proof}", SESSION_LIFE_S) == session_id

    def _signer(self, purpose: str) -> TimestampSigner:
        return TimestampSigner(self.key, salt=f"hamgam.{purpose}")

    def _open(self, purpose: str, value: str, life_s: int) -> str | None:
        try:
            return self._signer(purpose).unsign(value, max_age=life_s).decode()
        except (BadSignature, UnicodeError):
            return None


def new_nonce() -> str:
    return secrets.token_urlsafe(16)


def set_cookie(response: Response, request: HTTPConnection, name: str, value: str) -> None:
    """Lax: links from elsewhere arrive logged in, posts from elsewhere do not."""
    response.set_cookie(
        name,
        value,
        max_age=SESSION_LIFE_S if name == SESSION_COOKIE else FORM_LIFE_S,
        path="/" if name == SESSION_COOKIE else "/login",
        httponly=True,
        samesite="lax",
        secure=request.url.scheme in {"https", "wss"},
    )
