"""Evidence that gates rest on. A piece never changes; a later one of the same kind replaces it."""

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
"""Documents, given by reference; the others are made by the service."""

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
    """One piece of evidence. `content`: JSON-ready."""

    id: int
    kind: EvidenceType
    protocol_version: int | None
    """The version it concerns; None for none."""
    content: Mapping[str, object]
    digest: str
    """SHA-256 of kind, version and content, in hexadecimal."""
    given_at: datetime
    given_by: str
    given_as: str
