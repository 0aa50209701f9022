"""Problems under `/fhir` as OperationOutcome resources.

https://hl7.org/fhir/R4/operationoutcome.html
"""

from collections.abc import Mapping
from typing import Any, Final

import orjson

from gateway.http.api.problem_translator import ProblemTranslator, Translation
from socle.http import Send

# The last word of a problem's type → https://hl7.org/fhir/R4/valueset-issue-type.html
_CODES: Final = {
    "invalid": "invalid",
    "unauthenticated": "login",
    "forbidden": "forbidden",
    "not_found": "not-found",
    "conflict": "conflict",
    "gone": "deleted",
    "too_large": "too-long",
    "too_many": "throttled",
    "unsupported": "not-supported",
    "method_not_allowed": "not-supported",
    "not_acceptable": "not-supported",
    "target_too_long": "too-long",
    "headers_too_large": "too-long",
    "unavailable": "transient",
    "timeout": "timeout",
    "request_timeout": "timeout",
}
_HEADERS: Final = ((b"content-type", b"application/fhir+json; charset=utf-8"),)


def as_operation_outcomes(send: Send) -> ProblemTranslator:
    """An ASGI `send` that renders problems as OperationOutcome resources."""
    return ProblemTranslator(send, _outcome)


def _outcome(problem: Mapping[str, Any]) -> Translation:
    code = _CODES.get(str(problem["type"]).rpartition(":")[2], "exception")
    issue = {"severity": "error", "code": code, "diagnostics": problem["detail"]}
    return orjson.dumps({"resourceType": "OperationOutcome", "issue": [issue]}), _HEADERS
