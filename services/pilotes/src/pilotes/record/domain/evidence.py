"""Evidence that gates require. A piece never changes; a later one of the same type replaces it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

EvidenceType = Literal[
    "codesign_report",
    "impact_assessment",
    "smallest_effects",
    "crnum_opinion",
    "evaluation_report",
    "generalisation_plan",
    "adoption_follow_up",
]

GivenEvidenceType = Literal[
    "codesign_report",
    "impact_assessment",
    "evaluation_report",
    "generalisation_plan",
    "adoption_follow_up",
]
"""Documents, given by reference. The other types are recorded by the service itself."""

LABELS: Final[Mapping[EvidenceType, str]] = {
    "codesign_report": "compte rendu de co-conception",
    "impact_assessment": "analyse d'impact (AIPD)",
    "smallest_effects": "plus petits effets détectables, vus",
    "crnum_opinion": "avis du Cr'Num",
    "evaluation_report": "rapport d'évaluation",
    "generalisation_plan": "plan de généralisation",
    "adoption_follow_up": "suivi d'adoption",
}

Opinion = Literal["favorable", "reserved", "unfavorable"]
OPINIONS: Final[Mapping[Opinion, str]] = {
    "favorable": "favorable",
    "reserved": "favorable avec réserves",
    "unfavorable": "défavorable",
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """One piece of evidence."""

    id: int
    kind: EvidenceType
    protocol_version: int | None
    """The version of the protocol that it concerns, if any."""
    content: Mapping[str, object]
    """JSON-ready: the reference of a document, an opinion, or detectable effects."""
    digest: str
    """SHA-256 of kind, version and content, in hexadecimal."""
    given_at: datetime
    given_by: str
    """The subject of the person who gave it."""
    given_as: str
    """The role in which they gave it."""
