"""Both databases for every test of the merge that asks for them, and one without a gateway."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sync_core.engine.decode import Decoder
from tests.engine.units_by_hand import ByHand
from tests.postgres import use_new_database


@pytest.fixture
def own_databases(
    own_databases: None, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    if request.param == "postgresql":
        use_new_database(request, monkeypatch)


@pytest.fixture
def gateway() -> Iterator[ByHand]:
    by_hand = ByHand()
    yield by_hand
    by_hand.databases.dispose()


@pytest.fixture
def twin(
    gateway: ByHand, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[ByHand]:
    """One with a database of its own, which verifies where `gateway` skips."""
    if gateway.databases.data.engine.dialect.name == "postgresql":
        use_new_database(request, monkeypatch)
    else:
        monkeypatch.setenv("HAMGAM_DATA_URL", f"sqlite:///{tmp_path / 'twin.db'}")
    by_hand = ByHand()
    yield by_hand
    by_hand.databases.dispose()


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many records each call decoded."""
    counts: list[int] = []
    real = Decoder.decode

    def count(self: Decoder, raws: Any, **options: Any) -> Any:
        counts.append(len(raws))
        return real(self, raws, **options)

    monkeypatch.setattr(Decoder, "decode", count)
    return counts
