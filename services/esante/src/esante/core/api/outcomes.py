"""Refusals rendered as OperationOutcome; the only place that chooses the HTTP status of a refusal.
https://hl7.org/fhir/R4/http.html#Status-Codes
"""

from collections.abc import Mapping
from typing import Final

import orjson

from esante.core.domain.outcome import Rule, issues_of, operation_outcome
from socle.http import Problem
from socle.http.problems import Headers

FHIR_JSON: Final = b"application/fhir+json; charset=utf-8"

_STATUS_BY_RULE: Final[Mapping[Rule, int]] = {
    "stale": 412,
    "exists": 412,
    "several-matches": 412,
    "version-required": 428,
    "unprocessable": 422,
    "not-acceptable": 406,
    "method": 405,
}
# The issue codes of problems that `socle.http.Edge` raises, by name of the problem.
_ISSUE_CODES: Final[Mapping[str, str]] = {
    "timeout": "timeout",
    "target_too_long": "too-long",
    "internal": "exception",
}


def render_problem(problem: Problem, request_id: str | None) -> tuple[int, Headers, bytes]:
    """The status, headers and body of a refusal. Implements `socle.http.problems.Rendering`."""
    details = problem.details
    if code := _ISSUE_CODES.get(problem.type.name):
        details = {"issue": code} | dict(details)
    status = _STATUS_BY_RULE.get(details.get("rule", ""), problem.type.status)
    issues = issues_of(problem.type.name, problem.detail, details)
    body = orjson.dumps(operation_outcome(issues))
    headers = [
        (b"content-type", FHIR_JSON),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        *problem.headers,
    ]
    if allow := details.get("allow"):
        headers.append((b"allow", str(allow).encode()))
    return status, headers, body
