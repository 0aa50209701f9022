"""The findings of a validation: issues and the paths of the elements they are about.

OperationOutcome.issue.expression is a simple FHIRPath. https://hl7.org/fhir/R4/operationoutcome.html
"""

from collections.abc import Iterable
from typing import Final, Literal

from esante.core.domain.outcome import Issue

# The codes of https://hl7.org/fhir/R4/valueset-issue-type.html that validation uses.
Code = Literal[
    "structure",
    "required",
    "value",
    "invariant",
    "code-invalid",
    "business-rule",
    "not-found",
    "not-supported",
    "security",
    "too-costly",
    "informational",
]

Topic = Literal[
    "display",
    "code",
    "unit",
    "system",
    "identifier",
    "profile",
    "extension",
    "bundle",
    "reference",
    "attachment",
    "narrative",
    "definition",
    "questionnaire",
    "time",
    "subscription",
    "consent",
    "other",
]
"""What a warning is about: the label of the metric that counts warnings (decision 96)."""

Place = tuple["Place | None", str, int | None]
"""(parent, element name, index in a list or None) of an element; rendered as FHIRPath on demand."""


def root_place(name: str) -> Place:
    """The place of the resource itself."""
    return (None, name, None)


def fhirpath_of(place: Place) -> str:
    """The FHIRPath of a place: `Patient.contact[0].name.family`."""
    steps: list[str] = []
    at: Place | None = place
    while at is not None:
        above, name, index = at
        steps.append(name if index is None else f"{name}[{index}]")
        at = above
    return ".".join(reversed(steps))


def only_errors(found: Iterable[Issue]) -> list[Issue]:
    """The issues because of which a resource is refused."""
    return [issue for issue in found if issue.severity in ("fatal", "error")]


MAX_ERRORS: Final = 1000
"""Number of errors after which validation stops."""


MAX_WARNINGS: Final = 500
"""Number of warnings after which further ones are left out."""


class TooManyErrors(Exception):
    """More than `MAX_ERRORS` errors were found; validation stops."""


class Findings:
    """Collects the issues of one validation; `diagnostics` are French sentences.

    `error` and `count_error` raise TooManyErrors past `MAX_ERRORS`.
    """

    __slots__ = ("_errors", "_warnings", "issues")

    def __init__(self) -> None:
        self.issues: list[Issue] = []
        self._errors = 0
        self._warnings = 0

    def error(self, code: Code, place: Place, diagnostics: str) -> None:
        self.issues.append(Issue("error", code, diagnostics, (fhirpath_of(place),)))
        self.count_error()

    def count_error(self) -> None:
        """Count an error that StructureValidator reports."""
        self._errors += 1
        if self._errors > MAX_ERRORS:
            raise TooManyErrors

    def warning(self, code: Code, place: Place, diagnostics: str, topic: Topic = "other") -> None:
        self._warnings += 1
        if self._warnings <= MAX_WARNINGS:
            self.issues.append(Issue("warning", code, diagnostics, (fhirpath_of(place),), topic))

    def information(self, code: Code, place: Place, diagnostics: str) -> None:
        self.issues.append(Issue("information", code, diagnostics, (fhirpath_of(place),)))
