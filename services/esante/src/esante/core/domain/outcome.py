"""OperationOutcome: what went wrong, or well, as FHIR tells it.
https://hl7.org/fhir/R4/operationoutcome.html
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from socle.errors import Category

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
"""Refusals whose HTTP status is not their category's: `Refusal(…, rule="stale")`."""

# https://hl7.org/fhir/R4/valueset-issue-type.html
_CODES: Final[Mapping[Category, str]] = {
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
    """One finding. `code`: of FHIR's issue types; `expression`: FHIRPaths of the elements."""

    severity: Severity
    code: str
    diagnostics: str
    expression: tuple[str, ...] = ()

    def told(self) -> dict[str, Any]:
        """As an `issue` of an OperationOutcome."""
        said: dict[str, Any] = {
            "severity": self.severity,
            "code": self.code,
            "diagnostics": self.diagnostics,
        }
        return said | ({"expression": list(self.expression)} if self.expression else {})


def outcome(issues: Iterable[Issue]) -> dict[str, Any]:
    """The resource that tells them."""
    return {"resourceType": "OperationOutcome", "issue": [each.told() for each in issues]}


def issues_of(category: str, message: str, details: Mapping[str, Any]) -> tuple[Issue, ...]:
    """What a refusal says: its `issues` where it has some, else one from its sentence, with the
    `issue` code and the `expression` of its details."""
    if found := details.get("issues"):
        return tuple(found)
    code = details.get("issue") or _CODES.get(category, "exception")  # type: ignore[call-overload]
    return (Issue("error", str(code), message, tuple(details.get("expression", ()))),)
