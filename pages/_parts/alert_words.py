"""The words of channels: how an alert went through one, and why it did not."""

from pages._parts import html
from sync_core.alerts import mouth, schemes
from sync_core.alerts.claims import LOST
from sync_core.alerts.inbox import Way
from sync_core.alerts.kinds import ERROR, INFO, WARNING
from sync_core.alerts.words import severity_word
from sync_core.base.i18n import N_, _
from sync_core.store.control import FAILED, RUNNING

LOOKS = {
    INFO: (RUNNING, "info"),
    WARNING: ("attention", "warning"),
    ERROR: (FAILED, "error"),
}
STATES = {
    "waiting": N_("{channel}: waits"),
    "sending": N_("{channel}: is being sent"),
    "sent": N_("{channel}: sent"),
    "given_up": N_("{channel}: given up"),
}
ERRORS = {
    mouth.UNREACHABLE: N_("The server could not be reached."),
    mouth.REFUSED: N_("The server refused the message."),
    mouth.TIMEOUT: N_("The server did not answer in time."),
    mouth.UNREADABLE: N_("The address is not what this service needs."),
    mouth.FAILED: N_("The message could not be sent."),
    mouth.UNSEALED: N_("The stored address can no longer be opened. Enter it again."),
    LOST: N_("The sender died each time before the message was sent."),
}
REFUSALS = {
    schemes.EMPTY: N_("Give the channel's address, such as mailtos://user:password@host?to=…"),
    schemes.UNKNOWN: N_("Alerts cannot be sent by such an address. Choose one of the services."),
    schemes.LETTERS: N_(
        "The address is too long, or has blanks or hidden letters. Write a blank as %20."
    ),
    schemes.OPTION: N_("The address holds an option that may not be used here."),
    schemes.HOST: N_("The address names no host, or one that alerts are not sent to."),
    schemes.UNREADABLE: N_("The address is not what this service needs."),
    schemes.TAKEN: N_("Another channel has this name."),
    schemes.NAME: N_("Give the channel a name of 1 to 60 characters."),
    schemes.STALE: N_("Somebody changed this channel after you opened it. Look at it again."),
    schemes.GONE: N_("This channel is gone."),
}


def badge(severity: int) -> str:
    tone, symbol = LOOKS.get(severity, LOOKS[WARNING])
    word = html.text(severity_word(severity))
    return f'<span class="hg-badge hg-{tone}">{html.icon(symbol)}{word}</span>'


def way(of: Way) -> str:
    """How an alert went through a channel, as HTML."""
    told = html.text(_(STATES.get(of.state, "{channel}"))).format(
        channel=html.own_direction(of.channel)
    )
    when = f" {html.moment(of.sent_at)}" if of.sent_at else ""
    why = f" ({html.text(error_word(of.error))})" if of.error else ""
    return f"{told}{when}{why}"


def error_word(error: str | None) -> str:
    """With the number that a server gave."""
    kind, _blank, number = (error or "").partition(" ")
    words = _(ERRORS.get(kind, ERRORS[mouth.FAILED]))
    return f"{words} ({number})" if number else words


def refusal(refused: schemes.ChannelRefused) -> str:
    return _(REFUSALS.get(refused.reason, REFUSALS[schemes.UNREADABLE]))
