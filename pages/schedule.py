"""When each source syncs by itself, and who calls the schedule. It installs nothing."""

import streamlit as st

from pages._parts import frame
from pages._parts.caller import show_caller
from pages._parts.context import context
from pages._parts.schedule_form import show_form
from pages._session import current_actor
from sync_core.access.permissions import CONFIGURE, allows
from sync_core.base.i18n import _
from sync_core.schedule.plans import read_schedules


def main() -> None:
    actor, here = current_actor(), context()
    frame.begin(_("Schedule"), _("When each source syncs by itself."))
    may_change = allows(actor, CONFIGURE)
    if not may_change:
        st.info(_("Only an administrator may change the schedule."), icon=":material/lock:")
    plans = {plan.source: plan for plan in read_schedules(here.databases, actor)}
    columns = st.columns(2, gap="medium")
    for place, source in enumerate(here.sources):
        with columns[place % 2], st.container(border=True, height="stretch", key=f"plan_{source}"):
            show_form(actor, source, plans.get(source))
    show_caller(here, actor)


main()
