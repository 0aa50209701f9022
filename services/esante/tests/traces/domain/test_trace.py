"""The patients that a trace names: those of the query, and those in the answer."""

import pytest

from esante.traces.domain.trace import patients_in, patients_of_trace


@pytest.mark.parametrize(
    ("resource_type", "query", "patients"),
    [
        ("Observation", "", []),
        ("Observation", "code=8867-4&_count=20", []),
        ("Observation", "patient=lucie", ["lucie"]),
        ("Observation", "p%61tient=lucie", ["lucie"]),
        ("Observation", "_count=1&subject=Patient/lucie,marc", ["lucie", "marc"]),
        ("Observation", "patient:Patient=lucie", ["lucie"]),
        ("Observation", "focus=Patient%2Flucie", ["lucie"]),
        ("Observation", "focus=https://r/fhir/Patient/lucie", ["lucie"]),
        ("Observation", "_id=lucie", []),
        ("Patient", "_id=lucie,marc", ["lucie", "marc"]),
        ("Patient", "%5Fid=lucie", ["lucie"]),
    ],
)
def test_a_query_names_patients(resource_type: str, query: str, patients: list[str]) -> None:
    assert patients_of_trace({"type": resource_type, "query": query}) == patients


@pytest.mark.parametrize(
    ("text", "patients"),
    [
        (rb'{"status":"final"}', []),
        (rb'{"reference":"Patient/lucie"}', ["lucie"]),
        (rb'{"reference":"Patient\/lucie"}', ["lucie"]),
        (rb'{"reference":"Pat\u0069ent/lucie"}', ["lucie"]),
        (rb'{"div":"a\nb","reference":"https://r/fhir/Patient/lucie"}', ["lucie"]),
        (rb'["Patient/marc","Patient/lucie","Patient/marc"]', ["marc", "lucie"]),
    ],
)
def test_an_answer_names_patients_however_they_are_written(
    text: bytes, patients: list[str]
) -> None:
    assert patients_in([text, text]) == patients
