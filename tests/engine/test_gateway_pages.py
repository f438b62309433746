"""Whole units from the demo gateway, in pages of every size that the settings allow."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from fetch_data import students_main
from fetch_data.gateway import connect
from sync_core.engine.source import Unit
from tests.engine.gateway_calls import settings
from tests.engine.gateway_process import GatewayProcess, running_gateway

UNIT = Unit("4041/1110", "", {"term": "4041", "campus": "1110"})


@pytest.fixture(scope="module", params=[True, False], ids=["tells totals", "tells none"])
def gateway(request: pytest.FixtureRequest) -> Iterator[GatewayProcess]:
    options: dict[str, Any] = {"total_pages": request.param, "page_cap": 7}
    with running_gateway(records=3_000, campuses=1, **options) as process:
        yield process


@pytest.fixture(scope="module")
def generous_gateway() -> Iterator[GatewayProcess]:
    with running_gateway(records=3_000, campuses=1) as process:
        yield process


def pages_of(process: GatewayProcess, page_size: int) -> list[list[dict[str, Any]]]:
    wanted = settings(process.url, page_size=page_size)
    wanted = replace(wanted, gateway_user=process.user, gateway_password=process.password)
    with connect(wanted) as connection:
        pages = students_main.fetch(connection, UNIT)
        return [json.loads(page.data) for page in pages]


def sent(process: GatewayProcess) -> list[dict[str, Any]]:
    asked = {"codePardis": "1110", "term": "4041", "Filter": {}}
    asked["paging"] = {"pageNumber": 1, "pageSize": 1_000_000}
    answer = process.call("POST", "/API/Golestan/Students_2", asked, process.login())
    return list(answer[1]["data"])


@pytest.mark.parametrize("page_size", [10, 1_000_000])
def test_it_reads_a_unit_whole_when_the_gateway_caps_its_pages(
    gateway: GatewayProcess, generous_gateway: GatewayProcess, page_size: int
) -> None:
    pages = pages_of(gateway, page_size)
    whole = sent(generous_gateway)
    assert {len(page) for page in pages[:-1]} == {7}
    assert [record for page in pages for record in page] == whole


@pytest.mark.parametrize("page_size", [10, 1_000, 1_000_000])
def test_it_reads_a_unit_whole_when_any_size_is_honoured(
    generous_gateway: GatewayProcess, page_size: int
) -> None:
    pages = pages_of(generous_gateway, page_size)
    whole = sent(generous_gateway)
    assert len(pages) == -(-len(whole) // page_size)
    assert [record for page in pages for record in page] == whole
