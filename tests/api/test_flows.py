"""What the editor asks while somebody draws."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from tests.builders import LENET, lenet

pytestmark = pytest.mark.django_db
V1 = "/api/v1"


def test_the_catalogue_is_public_and_complete(visitor: APIClient) -> None:
    from extraction.flow.catalogue import CATALOGUE, catalogue_json

    response = visitor.get(f"{V1}/catalogue/")
    assert response.json() == catalogue_json()
    assert len(CATALOGUE) >= 60
    assert "max-age" in response.headers["Cache-Control"]


def test_checking_tells_shapes_parameters_and_assumptions(api: APIClient) -> None:
    told = api.post(f"{V1}/flows/check/", {"flow": LENET}).data
    assert told["valid"] is True
    assert told["output_shapes"]["c1"][-1] == 6
    assert told["layer_parameters"]["c1"] == 5 * 5 * 6 + 6
    assert told["assumptions"]
    assert {"layer", "parameter", "value", "reason"} <= set(told["assumptions"][0])


def test_checking_names_the_layer_that_does_not_fit(api: APIClient) -> None:
    wrong = lenet(c1={"kernel_size": [64, 64], "padding": "valid"})
    told = api.post(f"{V1}/flows/check/", {"flow": wrong}).data
    assert told["valid"] is False
    assert "c1" in {problem["layer"] for problem in told["problems"]}


@pytest.mark.parametrize("framework", ["keras", "caffe", "pytorch"])
def test_previewing_gives_code_with_the_lines_of_each_layer(api: APIClient, framework: str) -> None:
    told = api.post(f"{V1}/flows/preview/", {"flow": LENET, "framework": framework}).data
    assert told["refusal"] is None
    first, last = told["lines"]["c1"]
    assert 1 <= first <= last <= len(told["source"].splitlines())


def test_previewing_says_what_a_framework_can_not_express(api: APIClient) -> None:
    cycle: dict[str, Any] = {
        **LENET,
        "connections": [*LENET["connections"], {"source": "p1", "target": "c1"}],
    }
    told = api.post(f"{V1}/flows/preview/", {"flow": cycle, "framework": "keras"}).data
    assert told["source"] == ""
    assert told["refusal"]["reason"]


@pytest.mark.parametrize("framework", ["cobol", ""])
def test_an_unknown_framework_is_a_sentence(api: APIClient, framework: str) -> None:
    response = api.post(f"{V1}/flows/preview/", {"flow": LENET, "framework": framework})
    assert response.status_code == 400
    assert response.data["detail"].startswith("framework: ")


@pytest.mark.parametrize("address", ["check", "preview"])
def test_hostile_flows_are_refused_or_checked_but_never_break(api: APIClient, address: str) -> None:
    hostile: list[Any] = [
        None,
        "x" * 100,
        {"layers": [{"id": "a", "type": "Dense", "params": {"units": 1e308}}]},
        {"layers": [{"id": "a", "type": "</script><script>alert(1)</script>", "name": "__import__('os')"}]},
        {"layers": [{"id": "a", "type": "Dense", "params": {"units": {"a": {"b": {"c": {"d": {"e": {"f": 1}}}}}}}}]},
        {"layers": [{"id": "a", "type": "Conv2D", "params": {"filters": -3, "kernel_size": "x"}}]},
        {"layers": [{"id": str(i), "type": "Dense"} for i in range(6000)]},
    ]
    for flow in hostile:
        response = api.post(f"{V1}/flows/{address}/", {"flow": flow, "framework": "keras"})
        assert response.status_code in {200, 400}, flow
        if response.status_code == 400:
            assert response.data["detail"]


def test_json_that_is_none_gets_a_sentence(api: APIClient) -> None:
    response = api.post(f"{V1}/flows/check/", "{nonsense", content_type="application/json")
    assert response.status_code == 400
    assert "JSON" in response.data["detail"]
