"""Refusals as raw answers, and statuses of frameworks as problems."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socle.errors import CATEGORIES, Refusal, Retry
from socle.http import STATUS, of_retry, of_status, problem
from socle.wording import reason


def test_every_category_has_a_status_of_its_own() -> None:
    assert set(STATUS) == set(CATEGORIES)
    assert len(set(STATUS.values())) == len(CATEGORIES)


def test_a_refusal_becomes_bytes() -> None:
    refusal = Refusal("conflict", "La version 3 est en vigueur.", current=3, odd={1: object})
    status, headers, body = problem(refusal, "r1")
    value = json.loads(body)
    assert status == value["status"] == 409
    assert dict(headers)[b"content-type"] == b"application/problem+json"
    assert dict(headers)[b"content-length"] == str(len(body)).encode()
    assert (value["current"], value["request_id"]) == (3, "r1")
    assert value["odd"] == {"1": "<class 'object'>"}


def test_details_do_not_hide_the_standard_members() -> None:
    details = {"type": "x", "title": "x", "status": 1, "detail": "x", "request_id": "x"}
    _, _, body = problem(Refusal("gone", "Supprimé.", **details), None)
    assert "x" not in json.loads(body).values()


@given(st.integers(400, 599))
def test_every_status_of_a_framework_becomes_a_problem(status: int) -> None:
    value, _, body = of_status(status, {"Allow": "GET"}).render("r1")
    assert value == json.loads(body)["status"] == status


@pytest.mark.parametrize(("after", "value"), [(None, b"5"), (0.0, b"1"), (2.2, b"3")])
def test_a_retry_has_a_retry_after(after: float | None, value: bytes) -> None:
    assert (b"retry-after", value) in of_retry(Retry("gone", after=after)).headers


def test_a_finding_without_its_own_sentence_is_readable() -> None:
    unknown = {"type": "callable_type", "loc": ("f",), "msg": "Input", "input": "secret"}
    lacking = {"type": "greater_than", "loc": ("f",), "msg": "Input", "input": 1, "ctx": {}}
    for error in (unknown, lacking):
        assert reason(error) == "valeur refusée"  # type: ignore[arg-type]
