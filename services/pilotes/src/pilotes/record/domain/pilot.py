"""A pilot as its record has it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NewType

from pilotes.record.domain.stages import Stage, State, state_of

PilotId = NewType("PilotId", str)
Field = Literal["esante", "mobilite", "both"]


@dataclass(frozen=True, slots=True)
class Description:
    """What people are told of it, in French. `summary`: what is tried; `audience`: with whom;
    `taking_part`: how to take part or comment; `follows`: the pilot it iterates on."""

    summary: str
    owner: str
    problem: str = ""
    hypothesis: str = ""
    audience: str = ""
    taking_part: str = ""
    ethics: str = ""
    follows: str | None = None


@dataclass(frozen=True, slots=True)
class Processing:
    """One line of the register of processing activities (GDPR art. 30 §1).

    `retention_days`: of people's facts, after the pilot's end; 0: not said yet.
    """

    controller: str = ""
    contact: str = ""
    purposes: tuple[str, ...] = ()
    legal_basis: str = ""
    people: tuple[str, ...] = ()
    data: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    retention_days: int = 0
    security: str = ""

    def missing(self) -> tuple[str, ...]:
        """What article 30 asks for and is not there, in French."""
        asked = {
            "le responsable du traitement": self.controller,
            "un contact pour exercer ses droits": self.contact,
            "les finalités": self.purposes,
            "la base légale": self.legal_basis,
            "les personnes concernées": self.people,
            "les données": self.data,
            "les destinataires": self.recipients,
            "la durée de conservation": self.retention_days,
            "les mesures de sécurité": self.security,
        }
        return tuple(name for name, told in asked.items() if not told)


@dataclass(frozen=True, slots=True)
class Pilot:
    """One pilot. `revision`: of its record, one more at each change; `protocol_version`: the one
    in force; `salted`: whether its salt still exists; `trial_at`: when its trial was opened."""

    id: PilotId
    revision: int
    stage: Stage
    paused: bool
    field: Field
    title: str
    description: Description
    processing: Processing
    protocol_version: int | None
    salted: bool
    created_at: datetime
    changed_at: datetime
    changed_by: str
    trial_at: datetime | None = None
    closed_at: datetime | None = None

    @property
    def state(self) -> State:
        """What the gateway is told."""
        return state_of(self.stage, paused=self.paused)

    @property
    def published(self) -> bool:
        """Whether everybody may know of it: from the opening of its trial on."""
        return self.trial_at is not None
