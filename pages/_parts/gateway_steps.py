"""The connection test: each step as it ends, in words; what failed, and what to do about it."""

from collections.abc import Sequence

import streamlit as st

from pages._parts import html
from pages._parts.context import Context
from pages._parts.explain import explain
from sync_core.access.permissions import Actor
from sync_core.base import jalali
from sync_core.base.clock import utc_now
from sync_core.base.i18n import N_, _
from sync_core.engine.source import ProbeStep
from sync_core.ops.gateway_account import read_gateway
from sync_core.ops.gateway_test import SETTINGS, steps_to_try, try_gateway
from sync_core.ops.gateway_values import PASSWORD

LAST = "gateway_test_last"
NAMES = {
    SETTINGS: N_("The account is complete"),
    "dns": N_("The server's name is found (DNS)"),
    "tcp": N_("The server can be reached (TCP)"),
    "tls": N_("The connection is encrypted and trusted (TLS)"),
    "login": N_("The user name and the password are accepted"),
    "page": N_("One page of data is answered"),
}
FAILURES = {
    (SETTINGS, "config"): (
        N_("The gateway's account is not complete."),
        N_("Enter what is missing above and save it, then test again."),
    ),
    ("dns", "network"): (
        N_("This server does not know the name in the base URL."),
        N_("Check the base URL; if it is right, the IT team must look at this server's DNS."),
    ),
    ("tcp", "network"): (
        N_("Nobody answers at this address and port."),
        N_("Check the port in the base URL; else the IT team must open the firewall to it."),
    ),
    ("tcp", "timeout"): (
        N_("Nothing came back from this address and port."),
        N_("A firewall seems to swallow the calls: the IT team must open it to the gateway."),
    ),
    ("tls", "network"): (
        N_("The server's certificate is not trusted, or it speaks no TLS."),
        N_("Show the line below to the gateway's team. The check is never switched off."),
    ),
    ("login", "auth"): (
        N_("The gateway refused the user name or the password."),
        N_("Enter both again above and save them, then test again."),
    ),
}
"""By step and error class; any other failure is told by its class alone."""
BY_ACCOUNT = frozenset({(SETTINGS, "config"), ("login", "auth")})
ELSEWHERE = N_(
    "The environment or .env sets the account: correct it there, start Hamgam anew, and test again."
)


def show_test(here: Context, actor: Actor) -> None:
    account = read_gateway(here.settings, here.databases, actor)
    pressed = st.button(
        _("Test connection"),
        key="test_gateway",
        icon=":material/network_check:",
        help=_("With the account that is saved; nothing is stored."),
    )
    place, fixed = st.empty(), account.is_fixed(PASSWORD)
    if pressed:
        st.session_state[LAST] = None
        names = steps_to_try(account.url)
        done: list[ProbeStep] = []
        _draw(place, names, done, fixed=fixed, running=True)
        for step in try_gateway(here.settings, here.databases, actor):
            done.append(step)
            running = step.ok and step.name != names[-1]
            _draw(place, names, done, fixed=fixed, running=running)
        st.session_state[LAST] = (names, done, utc_now())
    if last := st.session_state.get(LAST):
        names, done, at = last
        _draw(place, names, done, fixed=fixed, told=_told(done, jalali.full_time(at)))


def _draw(
    place: st.delta_generator.DeltaGenerator,
    names: Sequence[str],
    done: Sequence[ProbeStep],
    *,
    fixed: bool,
    running: bool = False,
    told: str = "",
) -> None:
    """`fixed`: nobody can change the account on this page."""
    tried = [step.name for step in done]
    left = [name for name in names if name not in tried]
    rows = [_done(step, fixed=fixed) for step in done]
    rows += [_waiting(name, running=running and not place_) for place_, name in enumerate(left)]
    place.html(
        f'<div class="hg" role="status">{told}<ol class="hg-steps">{"".join(rows)}</ol></div>'
    )


def _told(done: Sequence[ProbeStep], time: str) -> str:
    if done[-1].ok:
        tone, symbol, words = "success", "check_circle", _("The connection works.")
    else:
        tone, symbol, words = "failed", "error", _("The connection does not work yet.")
    at = html.text(_("Tested {time}").format(time=time))
    said = f"<span>{html.text(words)} <small>{at}</small></span>"
    return f'<div class="hg-band hg-{tone}">{html.icon(symbol)}{said}</div>'


def _done(step: ProbeStep, *, fixed: bool) -> str:
    word = _("works") if step.ok else _("failed")
    tone, symbol = ("success", "check_circle") if step.ok else ("failed", "error")
    took = html.ltr(f"{step.duration_s:.2f}")
    time = html.text(_("{n} seconds")).format(n=took)
    return _row(step.name, tone, symbol, word, f"{time}{_detail(step, fixed=fixed)}")


def _detail(step: ProbeStep, *, fixed: bool) -> str:
    raw = f'<span class="hg-raw">{html.text(f"{step.detail} {step.hint}".strip())}</span>'
    if step.ok:
        return raw if step.detail else ""
    failure = (step.name, step.error_class)
    known, meaning = FAILURES.get(failure), explain(step.error_class)
    what, todo = (_(known[0]), _(known[1])) if known else (meaning.what, meaning.todo)
    if fixed and failure in BY_ACCOUNT:
        todo = _(ELSEWHERE)
    return (
        f'<div class="hg-error hg-failed"><strong>{html.text(what)}</strong>'
        f"{html.text(todo)}{raw}</div>"
    )


def _waiting(name: str, *, running: bool) -> str:
    if running:
        return _row(name, "running", "sync", _("being tried"), "")
    return _row(name, "pending", "remove", _("not tried"), "")


def _row(name: str, tone: str, symbol: str, word: str, rest: str) -> str:
    badge = f'<span class="hg-badge hg-{tone}">{html.icon(symbol)}{html.text(word)}</span>'
    return f"<li><div><b>{html.text(_(NAMES[name]))}</b>{badge}</div><div>{rest}</div></li>"
