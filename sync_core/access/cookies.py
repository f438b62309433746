"""The cookies of the web: what is signed, how, and for how long. It looks nothing up."""

import hmac
import secrets
from dataclasses import dataclass

from itsdangerous import BadSignature, TimestampSigner
from starlette.requests import HTTPConnection
from starlette.responses import Response

from sync_core.access.login import KnownBrowser
from sync_core.access.sessions import LONGEST

SESSION_COOKIE = "hamgam_session"
FORM_COOKIE = "hamgam_form"
BROWSER_COOKIE = "hamgam_browser"
LIVES_S = {
    SESSION_COOKIE: int(LONGEST.total_seconds()),
    FORM_COOKIE: 12 * 3600,  # a login page may stay open over night
    BROWSER_COOKIE: 180 * 24 * 3600,
}


@dataclass(frozen=True)
class Seal:
    """Signs and checks what the browser keeps for us."""

    key: str

    def session_value(self, token: str) -> str:
        return self._signer("session").sign(token).decode()

    def session_token(self, request: HTTPConnection) -> str | None:
        """The token of the request's session cookie, where we signed it."""
        return self._open("session", _given(request, SESSION_COOKIE), LIVES_S[SESSION_COOKIE])

    def form_value(self, nonce: str) -> str:
        return self._signer("form").sign(nonce).decode()

    def form_is_ours(self, request: HTTPConnection, value: str) -> bool:
        """Double submit: the form's signed value and the form cookie hold the same nonce."""
        nonce = self._open("form", value, LIVES_S[FORM_COOKIE])
        cookie = _given(request, FORM_COOKIE)
        return nonce is not None and hmac.compare_digest(nonce.encode(), cookie.encode())

    def browser_value(self, browser: KnownBrowser) -> str:
        return self._signer("browser").sign(f"{browser.user_id}-{browser.mark}").decode()

    def browser(self, request: HTTPConnection) -> KnownBrowser | None:
        """With whom this browser logged in last, where we signed that."""
        value = self._open("browser", _given(request, BROWSER_COOKIE), LIVES_S[BROWSER_COOKIE])
        user_id, _, mark = (value or "").partition("-")
        return KnownBrowser(int(user_id), mark) if user_id and mark else None

    def logout_proof(self, session_id: str) -> str:
        return self._signer("logout").sign(session_id).decode().partition(".")[2]

    def proves_logout(self, session_id: str, proof: str) -> bool:
        opened = self._open("logout", f"{session_id}.{proof}", LIVES_S[SESSION_COOKIE])
        return opened == session_id

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
        cookie_name(request, name),
        value,
        max_age=LIVES_S[name],
        path="/",
        httponly=True,
        samesite="lax",
        secure=is_secure(request),
    )


def delete_cookie(response: Response, request: HTTPConnection, name: str) -> None:
    """Browsers take a change of a `__Host-` cookie only as they took the cookie."""
    response.delete_cookie(
        cookie_name(request, name),
        path="/",
        httponly=True,
        samesite="lax",
        secure=is_secure(request),
    )


def cookie_name(request: HTTPConnection, name: str) -> str:
    """Under https no other host and no plain connection can set a cookie of that name."""
    return f"__Host-{name}" if is_secure(request) else name


def is_secure(request: HTTPConnection) -> bool:
    return request.scope.get("scheme") in {"https", "wss"}


def _given(request: HTTPConnection, name: str) -> str:
    return request.cookies.get(cookie_name(request, name), "")
