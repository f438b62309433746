"""The units that every subject reads, and their answers over plain HTTP; merges nothing.

A child of the bench finds the gateway in its environment, as Hamgam does.
"""

import csv
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import requests

URL, USER, PASSWORD = "HAMGAM_GATEWAY_URL", "HAMGAM_GATEWAY_USER", "HAMGAM_GATEWAY_PASSWORD"
CAMPUSES = 60
TERMS = tuple(f"{year}{part}" for year in range(400, 406) for part in (1, 2, 3))[:16]
UNITS = CAMPUSES * len(TERMS)
PAGE_SIZE = 1_000_000
CALL_TIMEOUT_S = 120


@dataclass(frozen=True, slots=True)
class Answer:
    term: str
    campus: str
    response: requests.Response

    @property
    def records(self) -> list[dict[str, Any]]:
        return list(self.response.json()["data"])


def answers(*, newest_first: bool = False) -> Iterator[Answer]:
    """One call a unit, one after the other; lowest rank first: what comes later wins."""
    with requests.Session() as session:
        session.trust_env = False  # no proxy may stand before a gateway on this machine
        session.headers["Authorization"] = f"Bearer {_token(session)}"
        codes = sorted(_campuses(session), key=int, reverse=newest_first)
        for term in sorted(TERMS, reverse=newest_first):
            for campus in codes:
                yield Answer(term, campus, _ask(session, term, campus))


def _token(session: requests.Session) -> str:
    given = {"userName": os.environ[USER], "password": os.environ[PASSWORD]}
    response = session.post(f"{os.environ[URL]}/Login", json=given, timeout=CALL_TIMEOUT_S)
    response.raise_for_status()
    return str(response.json()["data"]["token"])


def _campuses(session: requests.Session) -> list[str]:
    response = session.get(f"{os.environ[URL]}/demo/campuses.csv", timeout=CALL_TIMEOUT_S)
    response.raise_for_status()
    lines = response.content.decode().splitlines()
    return [row["pardis_code"] for row in csv.DictReader(lines)]


def _ask(session: requests.Session, term: str, campus: str) -> requests.Response:
    paging = {"pageNumber": 1, "pageSize": PAGE_SIZE}
    wanted = {"codePardis": campus, "term": term, "paging": paging, "Filter": {}}
    response = session.post(
        f"{os.environ[URL]}/API/Golestan/Students_2", json=wanted, timeout=CALL_TIMEOUT_S
    )
    response.raise_for_status()
    return response
