"""Refusals rendered as OperationOutcome; the only place that chooses the HTTP status of a refusal.
https://hl7.org/fhir/R4/http.html#Status-Codes
"""

from collections.abc import Mapping
from typing import Final

import orjson

from esante.core.api.formats import FHIR_JSON, FHIR_XML, format_of_scope
from esante.core.domain.outcome import Rule, issues_of, operation_outcome
from esante.core.domain.xml.writer import xml_of_json
from socle.http import Problem, Scope
from socle.http.problems import Headers

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


def render_negotiated(
    problem: Problem, request_id: str | None, scope: Scope
) -> tuple[int, Headers, bytes]:
    """The status, headers and body of a refusal, in the format that the request asks for.

    Implements `socle.http.problems.Rendering`."""
    status, headers, body = render_problem(problem, request_id)
    if format_of_scope(scope) == "json":
        return status, headers, body
    body = xml_of_json(body)
    own = {b"content-type": FHIR_XML, b"content-length": str(len(body)).encode()}
    others = [(name, value) for name, value in headers if name not in own]
    return status, [*own.items(), *others], body


def render_problem(problem: Problem, request_id: str | None) -> tuple[int, Headers, bytes]:
    """The status, headers and body of a refusal, in JSON."""
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
