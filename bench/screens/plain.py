"""What our polling is compared with: one page of Streamlit as it comes, polling the same row."""

import os
import sqlite3
from contextlib import closing

import pandas as pd
import streamlit as st

POLL_S = 2
NEWEST = "SELECT units_done, units_total, fetched, rate FROM sync_runs ORDER BY id DESC LIMIT 1"


@st.fragment(run_every=POLL_S)
def progress() -> None:
    with closing(sqlite3.connect(os.environ["BENCH_DATABASE"])) as connection:
        done, total, fetched, rate = connection.execute(NEWEST).fetchone()
    st.progress(done / total, text=f"{done:,} of {total:,} parts")
    st.metric("Records", f"{fetched:,}", f"{rate or 0:,.0f} a second")


st.title(f"Running, with pandas {pd.__version__}")
progress()
