"""OperationOutcome: the issues of a request.
https://hl7.org/fhir/R4/operationoutcome.html
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from socle.errors import Category
from socle.wording import curve_apostrophes

Severity = Literal["fatal", "error", "warning", "information"]

Rule = Literal[
    "stale",
    "version-required",
    "exists",
    "several-matches",
    "unprocessable",
    "not-acceptable",
    "method",
]
"""Refusals whose HTTP status differs from that of their category: `Refusal(…, rule="stale")`."""

# https://hl7.org/fhir/R4/valueset-issue-type.html
_ISSUE_CODES: Final[Mapping[Category, str]] = {
    "invalid": "invalid",
    "unauthenticated": "login",
    "forbidden": "forbidden",
    "not_found": "not-found",
    "conflict": "conflict",
    "gone": "deleted",
    "too_large": "too-long",
    "too_many": "throttled",
    "unsupported": "not-supported",
    "unavailable": "transient",
}


@dataclass(frozen=True, slots=True)
class Issue:
    """OperationOutcome.issue."""

    severity: Severity
    code: str
    """Of https://hl7.org/fhir/R4/valueset-issue-type.html."""
    diagnostics: str
    """A French sentence."""
    expression: tuple[str, ...] = ()
    """FHIRPaths of the elements."""
    topic: str = "other"
    """What a warning is about, for the metric that counts them; not rendered."""

    def to_json(self) -> dict[str, Any]:
        """The JSON of OperationOutcome.issue."""
        issue: dict[str, Any] = {
            "severity": self.severity,
            "code": self.code,
            "diagnostics": curve_apostrophes(self.diagnostics),
        }
        return issue | ({"expression": list(self.expression)} if self.expression else {})


def operation_outcome(issues: Iterable[Issue]) -> dict[str, Any]:
    """An OperationOutcome with those issues."""
    return {"resourceType": "OperationOutcome", "issue": [each.to_json() for each in issues]}


def issues_of(category: str, message: str, details: Mapping[str, Any]) -> tuple[Issue, ...]:
    """The issues of a refusal: `issues` of its details, else one made of its message.

    `details`: `issue` is the code of that one, `expression` its FHIRPaths.
    """
    if found := details.get("issues"):
        return tuple(found)
    code = details.get("issue") or _ISSUE_CODES.get(category, "exception")  # type: ignore[call-overload]
    return (Issue("error", str(code), message, tuple(details.get("expression", ()))),)
