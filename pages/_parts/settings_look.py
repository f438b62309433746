"""The look of the screens: language and digits for all, light or dark for each person."""

import streamlit as st

from pages._parts import setting_fields, setting_words
from pages._parts.context import Context
from sync_core.access.permissions import Actor
from sync_core.base.i18n import N_, _
from sync_core.base.settable import LOOK
from sync_core.ops.stored import SettingView

SAVED = N_("Saved. Whoever opens or reloads a page sees it so.")


def show_look(_here: Context, actor: Actor) -> None:
    view = setting_fields.begin(actor, LOOK)
    setting_fields.show_troubles(view)
    with st.container(border=True), st.form("look_form", enter_to_submit=False, border=False):
        lang, digits = st.columns(2, gap="medium")
        with lang:
            given = {"lang": _choice(view["lang"])}
        with digits:
            given["digits"] = _choice(view["digits"])
        if st.form_submit_button(
            _("Save"), key="save_look", type="primary", icon=":material/save:"
        ):
            setting_fields.save(actor, LOOK, given, SAVED)
    setting_fields.show_outcome(LOOK)
    setting_fields.show_last_change(view)
    st.info(
        _(
            "Light or dark is each person's own choice: it follows the computer's setting until "
            "somebody chooses in the menu ⋮ at the top of the page. That browser remembers it."
        ),
        icon=":material/contrast:",
    )


def _choice(view: SettingView) -> str:
    one = view.setting
    given = st.radio(
        setting_words.label(one),
        one.choices,
        index=one.choices.index(view.value),
        format_func=lambda name: _(setting_words.CHOICES[name]),
        key=setting_fields.key(LOOK, one.key),
        disabled=view.is_fixed,
    )
    if view.is_fixed:
        told = _("Set as {variable} in the environment or in .env; it can only be changed there.")
        st.caption(told.format(variable=f"`{one.variable}`"))
    return given or one.default
