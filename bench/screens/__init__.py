"""Measures the dashboard before a long history: `python3 manage.py bench --screens`."""
