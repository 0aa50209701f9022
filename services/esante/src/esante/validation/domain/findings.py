"""Where findings stand, and how they are gathered.

A finding is an `Issue` of `domain.outcome`; its place is told as the simple FHIRPath that
OperationOutcome asks for. https://hl7.org/fhir/R4/operationoutcome.html
"""

from collections.abc import Iterable
from typing import Final, Literal

from esante.core.domain.outcome import Issue

# https://hl7.org/fhir/R4/valueset-issue-type.html, those that validation gives
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
    "informational",
]

# (place above, element, position in a list or None). Told only once something is wrong.
Place = tuple["Place | None", str, int | None]


def root(name: str) -> Place:
    """The place of a whole resource."""
    return (None, name, None)


def tell(place: Place) -> str:
    """`Patient.contact[0].name.family` for a place."""
    steps: list[str] = []
    at: Place | None = place
    while at is not None:
        above, name, index = at
        steps.append(name if index is None else f"{name}[{index}]")
        at = above
    return ".".join(reversed(steps))


def errors(found: Iterable[Issue]) -> list[Issue]:
    """Those for which a resource is refused."""
    return [issue for issue in found if issue.severity in ("fatal", "error")]


MOST: Final = 1000
"""As many mistakes are enough to stop at."""


class Enough(Exception):
    """So much is wrong that going on would help nobody."""


class Findings:
    """Gathers what is found during one examination. Raises Enough past `MOST` mistakes, those
    that somebody else will tell (`odd`) included."""

    __slots__ = ("_mistakes", "issues")

    def __init__(self) -> None:
        self.issues: list[Issue] = []
        self._mistakes = 0

    def error(self, code: Code, place: Place, diagnostics: str) -> None:
        self.issues.append(Issue("error", code, diagnostics, (tell(place),)))
        self.odd()

    def odd(self) -> None:
        """Count a mistake without telling it."""
        self._mistakes += 1
        if self._mistakes > MOST:
            raise Enough

    def warning(self, code: Code, place: Place, diagnostics: str) -> None:
        self.issues.append(Issue("warning", code, diagnostics, (tell(place),)))

    def note(self, code: Code, place: Place, diagnostics: str) -> None:
        self.issues.append(Issue("information", code, diagnostics, (tell(place),)))
