"""What a gate rests on: given once, never changed; a later one of the same kind takes its place."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

EvidenceKind = Literal[
    "codesign_report",
    "impact_assessment",
    "smallest_effects",
    "crnum_opinion",
    "evaluation_report",
    "generalisation_plan",
    "adoption_follow_up",
]

GivenKind = Literal[
    "codesign_report",
    "impact_assessment",
    "evaluation_report",
    "generalisation_plan",
    "adoption_follow_up",
]
"""Those that are a document somewhere, named by its reference; the others are made here."""

LABELS: Final[Mapping[EvidenceKind, str]] = {
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
    """One piece. `content`: JSON-ready; `protocol_version`: the one it is about, None for none;
    `digest`: of kind, version and content (SHA-256, hexadecimal)."""

    id: int
    kind: EvidenceKind
    protocol_version: int | None
    content: Mapping[str, object]
    digest: str
    given_at: datetime
    given_by: str
    given_as: str
