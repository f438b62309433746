"""Adding, changing and removing one campus. What is wrong is said, and nothing is changed."""

import streamlit as st

from pages._parts import html
from pages._parts.context import context
from pages._parts.fragments import ask
from sync_core.access.permissions import Actor
from sync_core.base.i18n import N_, _
from sync_core.ops import campus_file
from sync_core.ops.campus_file import LONGEST_CODE, LONGEST_NAME, CampusRefused
from sync_core.ops.campuses import Campus, CampusList, remove_campus, save_campus

OUTCOME = "campus_outcome"
REFUSALS = {
    campus_file.EMPTY: N_("The list names no campus."),
    campus_file.ENCODING: N_("This is not text that can be read."),
    campus_file.HEADING: N_(
        "The first line must be the header: pardis_code, name and, if there are any, "
        "province_code and type."
    ),
    campus_file.CELLS: N_("There are more or fewer cells than in the header."),
    campus_file.NO_CSV: N_("Quotation marks are opened and not closed."),
    campus_file.TWICE: N_("This code is there twice."),
    campus_file.CODE: N_("A code has 1 to 12 digits and nothing else."),
    campus_file.NAME: N_(
        "Name and type have at most 200 characters and begin with none of = + - @."
    ),
    campus_file.PROVINCE: N_("No province has this code."),
    campus_file.STALE: N_("Somebody changed the campuses after you looked: look again."),
}


def ask_to_change(known: CampusList, campus: Campus | None) -> None:
    """None: a new one."""
    title = _("Change a campus") if campus else _("Add a campus")
    ask(title, "domain", _change, known, campus)


def ask_to_remove(campus: Campus | None) -> None:
    if campus is not None:
        ask(_("Remove the campus?"), "delete", _remove, campus)


def refusal(refused: CampusRefused) -> str:
    told = " ".join((_(REFUSALS[refused.reason]), _("Nothing was changed.")))
    if not refused.line:
        return told
    return _("Line {line}: {what}").format(line=refused.line, what=told)


def done(sentence: str) -> None:
    st.session_state[OUTCOME] = sentence
    st.rerun()


def show_outcome() -> None:
    if sentence := st.session_state.pop(OUTCOME, ""):
        st.success(sentence, icon=":material/check_circle:")


def _change(actor: Actor, known: CampusList, campus: Campus | None) -> None:
    of = campus.pardis_code if campus else "new"
    code = of
    if campus is None:
        code = st.text_input(_("Code"), key="campus_code", max_chars=LONGEST_CODE) or ""
    else:
        st.markdown(_("Code: {code}").format(code=f"`{of}`"))
    name = st.text_input(
        _("Name"),
        value=campus.name if campus else "",
        key=f"campus_name_{of}",
        max_chars=LONGEST_NAME,
    )
    given = {
        "pardis_code": code,
        "name": name or "",
        "province_code": _province(known, campus, of),
        "type": st.text_input(
            _("Type"),
            value=(campus.type or "") if campus else "",
            key=f"campus_type_{of}",
            max_chars=LONGEST_NAME,
        )
        or "",
    }
    if st.button(_("Save"), type="primary", key="dialog_save_campus", icon=":material/save:"):
        try:
            new = save_campus(context().databases, actor, given, campus)
        except CampusRefused as refused:
            st.error(refusal(refused), icon=":material/error:")
        else:
            done(_("Saved: {name}").format(name=html.in_markdown(new.name)))


def _province(known: CampusList, campus: Campus | None, of: str) -> str:
    codes = sorted(known.provinces, key=lambda code: known.provinces[code])
    present = campus.province_code if campus else None
    chosen = st.selectbox(
        _("Province"),
        codes,
        index=codes.index(present) if present in codes else None,
        format_func=lambda code: known.provinces[code],
        placeholder=_("None"),
        key=f"campus_province_{of}",
    )
    return "" if chosen is None else str(chosen)


def _remove(actor: Actor, campus: Campus) -> None:
    told = _(
        "The next sync of everything no longer asks for {name}. Its people keep their rows; who is "
        "reported by no other campus is marked as no longer reported."
    )
    st.markdown(told.format(name=f"**{html.in_markdown(campus.name)}**"))
    if st.button(_("Remove it"), type="primary", key="dialog_remove", icon=":material/delete:"):
        try:
            remove_campus(context().databases, actor, campus)
        except CampusRefused as refused:
            st.error(refusal(refused), icon=":material/error:")
        else:
            done(_("Removed: {name}").format(name=html.in_markdown(campus.name)))
