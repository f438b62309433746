"""Measures Hamgam beside a floor and its peers: `python3 manage.py bench`; nothing needs it."""


class BenchFailed(Exception):
    """A run failed or its result is wrong: none of its figures may be shown."""
