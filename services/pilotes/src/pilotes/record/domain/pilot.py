"""A pilot of the record."""

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Final, Literal, NewType

from pilotes.record.domain.decisions import json_digest
from pilotes.record.domain.stages import Stage, State, state_of

PilotId = NewType("PilotId", str)
_OTHER_BASES: Final = (
    "intérêt légitime",
    "intérêts légitimes",
    "intérêt public",
    "obligation légale",
    "contrat",
    "intérêts vitaux",
)
"""The other legal bases of article 6 of the GDPR, as people write them."""
Field = Literal["esante", "mobilite", "both"]
"""The field that a pilot concerns; the disclosure threshold depends on it."""


@dataclass(frozen=True, slots=True)
class Description:
    """The description of a pilot, in French. Summary, owner, audience and how to take part are
    public; the rest is for its team."""

    summary: str
    """What is tried."""
    owner: str
    """The organisation that runs the pilot."""
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
    """How long participants' facts are stored after the end of the pilot; 0: not written yet."""
    security: str = ""

    @property
    def digest(self) -> str:
        """SHA-256 of the entry, in hexadecimal. Decisions contain it."""
        return json_digest(asdict(self))

    @property
    def terms_digest(self) -> str:
        """The same, without the contact: of what the Cr'Num judges and people agree to."""
        return replace(self, contact="").digest

    @property
    def rests_on_consent(self) -> bool:
        """Whether its legal basis is consent, and no other, as the notice and the receipt state."""
        basis = self.legal_basis.casefold()
        return "consentement" in basis and not any(each in basis for each in _OTHER_BASES)

    def missing(self) -> tuple[str, ...]:
        """The parts that article 30 requires and that are not written, in French."""
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
    """The revision of its record; incremented by each change."""
    stage: Stage
    paused: bool
    """Whether it is paused at its current stage."""
    field: Field
    title: str
    description: Description
    processing: Processing
    protocol_version: int | None
    """The version of the protocol in force, a draft or frozen; None before the first draft."""
    salted: bool
    """Whether its salt still exists."""
    created_at: datetime
    changed_at: datetime
    changed_by: str
    """The subject of the person who changed it last."""
    trial_at: datetime | None = None
    """When its trial was opened; None before."""
    finished_at: datetime | None = None
    """When its state became `closed`: at the end of its trial, or when it was stopped before one.
    None before."""
    closed_at: datetime | None = None
    """When it reached the stage `closed`; None before."""
    pause_reason: str = ""
    """Why it is paused, for everybody; empty while it is not."""

    @property
    def state(self) -> State:
        """The state that is announced to the gateway."""
        return state_of(self.stage, paused=self.paused)

    @property
    def published(self) -> bool:
        """Whether it is public: from the opening of its trial on."""
        return self.trial_at is not None
