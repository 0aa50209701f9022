"""A pilot of the record."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NewType

from pilotes.record.domain.stages import Stage, State, state_of

PilotId = NewType("PilotId", str)
Field = Literal["esante", "mobilite", "both"]


@dataclass(frozen=True, slots=True)
class Description:
    """What people read of the pilot, in French."""

    summary: str
    """What is tried."""
    owner: str
    problem: str = ""
    hypothesis: str = ""
    audience: str = ""
    """With whom."""
    taking_part: str = ""
    """How to take part or comment."""
    ethics: str = ""
    follows: str | None = None
    """The pilot that this one iterates on."""


@dataclass(frozen=True, slots=True)
class Processing:
    """An entry of the register of processing activities (GDPR art. 30 §1)."""

    controller: str = ""
    contact: str = ""
    purposes: tuple[str, ...] = ()
    legal_basis: str = ""
    people: tuple[str, ...] = ()
    data: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    retention_days: int = 0
    """Of participants' facts, after the end of the pilot; 0: not written yet."""
    security: str = ""

    def missing(self) -> tuple[str, ...]:
        """What article 30 requires and is not written, in French."""
        required = {
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
        return tuple(name for name, value in required.items() if not value)


@dataclass(frozen=True, slots=True)
class Pilot:
    """One pilot."""

    id: PilotId
    revision: int
    """Of its record; incremented by each change."""
    stage: Stage
    paused: bool
    field: Field
    title: str
    description: Description
    processing: Processing
    protocol_version: int | None
    """The version in force."""
    salted: bool
    """Whether its salt still exists."""
    created_at: datetime
    changed_at: datetime
    changed_by: str
    trial_at: datetime | None = None
    """When its trial was opened."""
    closed_at: datetime | None = None

    @property
    def state(self) -> State:
        """The state that the gateway is given."""
        return state_of(self.stage, paused=self.paused)

    @property
    def published(self) -> bool:
        """Whether it is public: from the opening of its trial on."""
        return self.trial_at is not None
