"""What a run went by, as it was then."""

from collections.abc import Iterator, Mapping
from typing import Any

from pages._parts import frame, html
from pages._parts.html import Heading
from pages._parts.setting_words import LABELS
from sync_core.base import jalali
from sync_core.base.i18n import N_, _

MIB = 1024 * 1024
NAMES = LABELS | {
    "gateway_url": N_("Gateway"),
    "campuses": N_("Campuses"),
    "terms": N_("Terms"),
    "first_year": N_("First year"),
    "answer_max_bytes": N_("Largest answer"),
    "shrink_percent": N_("A part may lose, in per cent"),
    "shrink_least": N_("A part may always lose fewer than"),
    "rejects_percent": N_("Records that may be rejected, in per cent"),
    "rejects_least": N_("Records that may always be rejected"),
    "missing_percent": N_("People who may be missing, in per cent"),
    "lease_s": N_("Lease"),
}


def show_settings(settings: Mapping[str, Any]) -> None:
    if not settings:
        frame.empty("tune", _("Of this run no settings are kept."), _("Newer runs keep them."))
        return
    headings = [Heading(_("Setting")), Heading(_("Value"), "wide")]
    frame.show(html.table(headings, _rows(settings), _("Settings of the run")))


def _rows(settings: Mapping[str, Any]) -> Iterator[list[str]]:
    for name, value in settings.items():
        yield [html.text(_(NAMES.get(name, name))), _value(name, value)]


def _value(name: str, value: Any) -> str:
    if value is None or value in ("", []):
        return html.text(_("by the tables and the source"))
    if name.endswith("_s") and name != "requests_per_s":
        return html.text(jalali.duration(value))
    if name == "answer_max_bytes":
        return html.ltr(f"{value // MIB} MB")
    if name == "requests_per_s" and not value:
        return html.text(_("no limit"))
    return html.ltr(", ".join(map(str, value)) if isinstance(value, list) else value)
