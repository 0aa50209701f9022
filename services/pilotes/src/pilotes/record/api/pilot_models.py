"""Pilots, members and evidence in requests and responses."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from pilotes.http.api.text_fields import Line, Name, NonEmptyText, RequestBody, Text
from pilotes.record.domain import pilot as record
from pilotes.record.domain.evidence import EvidenceType, GivenEvidenceType, Opinion
from pilotes.record.domain.pilot import Description, Pilot, Processing
from pilotes.record.domain.roles import ROLES, Member, Role
from pilotes.record.domain.stages import LABELS, Stage, State
from pilotes.record.flows.actor import Actor
from pilotes.record.flows.create_pilot import PilotContent

Lines = Annotated[tuple[Line, ...], Field(max_length=30)]


class DescriptionBody(RequestBody):
    """The description for participants and the public."""

    summary: NonEmptyText = Field(
        description="Ce qu’on essaie", examples=["Une alerte avant le départ des bus du marché."]
    )
    owner: Line = Field(description="Qui porte le pilote", examples=["Ville de Bourges"])
    problem: Text = ""
    hypothesis: Text = ""
    audience: Text = Field(default="", description="Avec qui")
    taking_part: Text = Field(default="", description="Comment participer, ou commenter")
    ethics: Text = ""
    follows: Name | None = Field(default=None, description="Le pilote dont celui-ci est la suite")


class ProcessingBody(RequestBody):
    """An entry of the register of processing activities (GDPR art. 30 §1)."""

    controller: Annotated[Text, Field(max_length=200)] = ""
    contact: Annotated[Text, Field(max_length=200)] = ""
    purposes: Lines = ()
    legal_basis: Annotated[Text, Field(max_length=200)] = ""
    people: Lines = ()
    data: Lines = ()
    recipients: Lines = ()
    retention_days: int = Field(default=0, ge=0, le=3650)
    security: Text = ""

    def processing(self) -> Processing:
        """The entry for the flows."""
        return Processing(**self.model_dump())


class PilotDraft(RequestBody):
    """The fields of a pilot that its team writes."""

    title: Line = Field(examples=["Les bus du marché"])
    field: record.Field = Field(examples=["mobilite"])
    description: DescriptionBody
    processing: ProcessingBody = ProcessingBody()

    def content(self) -> PilotContent:
        """The content for the flows."""
        return PilotContent(
            self.title,
            self.field,
            Description(**self.description.model_dump()),
            self.processing.processing(),
        )


class NewPilot(PilotDraft):
    """A pilot to create. `id`: its name, which never changes."""

    id: Name = Field(examples=["bus-du-marche"])


class ShownProcessing(BaseModel):
    """An entry of the register of processing activities."""

    controller: str
    contact: str
    purposes: tuple[str, ...]
    legal_basis: str
    people: tuple[str, ...]
    data: tuple[str, ...]
    recipients: tuple[str, ...]
    retention_days: int
    security: str

    @classmethod
    def of(cls, processing: Processing) -> "ShownProcessing":
        """The body of a processing entry."""
        return cls(**asdict(processing))


class WaysBody(BaseModel):
    """The addresses on the platform where anybody can take part in a pilot or comment on it.

    `take_part`: the page to enrol; null unless the pilot is running.
    `comment`: the page to write an opinion; null once the pilot is closed.
    `contributions`: published opinions and the answers to them.
    """

    take_part: str | None
    comment: str | None
    contributions: str

    @classmethod
    def of(cls, pilot: Pilot) -> "WaysBody":
        """The addresses of a published pilot."""
        comment = f"/participer/pilotes/{pilot.id}/avis"
        return cls(
            take_part="/participer" if pilot.state == "running" else None,
            comment=None if pilot.stage == "closed" else comment,
            contributions=f"/pilotes/v1/pilots/{pilot.id}/contributions",
        )


class PilotBody(BaseModel):
    """A pilot as the caller sees it; fields that they do not see are null.

    `ways`: null before the pilot is published. `your_roles`: the caller's roles in it.
    """

    id: str
    revision: int
    title: str
    field: record.Field
    stage: Stage
    stage_label: str
    state: State = Field(description="closed dès la fin de l'essai, pendant son évaluation aussi")
    pause_reason: str | None = Field(description="Pourquoi il est en pause ; sinon null")
    summary: str
    owner: str
    audience: str
    taking_part: str
    ways: WaysBody | None
    follows: str | None
    problem: str | None
    hypothesis: str | None
    ethics: str | None
    processing: ShownProcessing | None
    protocol_version: int | None
    created_at: datetime
    changed_at: datetime
    trial_at: datetime | None
    closed_at: datetime | None = Field(
        description="Depuis quand state vaut closed : la fin de l'essai, ou l'arrêt avant lui"
    )
    your_roles: list[Role]

    @classmethod
    def of(cls, pilot: Pilot, actor: Actor) -> "PilotBody":
        """The pilot as that caller sees it."""
        content, inside = pilot.description, actor.can_see("project")
        processing = ShownProcessing.of(pilot.processing) if actor.can_see("processing") else None
        return cls(
            id=pilot.id,
            revision=pilot.revision,
            title=pilot.title,
            field=pilot.field,
            stage=pilot.stage,
            stage_label=LABELS[pilot.stage],
            state=pilot.state,
            pause_reason=pilot.pause_reason or None,
            summary=content.summary,
            owner=content.owner,
            audience=content.audience,
            taking_part=content.taking_part,
            ways=WaysBody.of(pilot) if pilot.published else None,
            follows=content.follows,
            problem=content.problem if inside else None,
            hypothesis=content.hypothesis if inside else None,
            ethics=content.ethics if inside else None,
            processing=processing,
            protocol_version=pilot.protocol_version,
            created_at=pilot.created_at,
            changed_at=pilot.changed_at,
            trial_at=pilot.trial_at,
            closed_at=pilot.finished_at,
            your_roles=[role for role in ROLES if role in actor.roles],
        )


class PilotsBody(BaseModel):
    """Pilots in the order of their ids. `next`: the cursor of the next page; null on the last."""

    pilots: list[PilotBody]
    next: str | None


class MemberDraft(RequestBody):
    """A role given in a pilot."""

    role: Member
    name: Line = Field(description="Comment les autres l’appellent", examples=["Camille"])


class MemberBody(BaseModel):
    """A person with a role in a pilot."""

    subject: str
    role: Member
    name: str
    given_at: datetime


class MembersBody(BaseModel):
    """The people with a role in a pilot."""

    members: list[MemberBody]


class EvidenceDraft(RequestBody):
    """A document that a gate requires."""

    kind: GivenEvidenceType
    reference: Line = Field(
        description="Où le trouver : une adresse, une cote", examples=["https://exemple.fr/atelier"]
    )
    note: Text = ""


class OpinionDraft(RequestBody):
    """The opinion of the Cr'Num on the protocol in force."""

    opinion: Opinion
    motives: NonEmptyText = Field(examples=["Le protocole protège les participants."])


class EvidenceBody(BaseModel):
    """A piece of evidence. `given_as`: the role of the person who gave it."""

    id: int
    kind: EvidenceType
    label: str
    protocol_version: int | None
    content: dict[str, object]
    digest: str
    given_at: datetime
    given_as: str


class EvidencesBody(BaseModel):
    """All pieces of evidence of a pilot, the oldest first."""

    evidence: list[EvidenceBody]


class StepDraft(RequestBody):
    """A step of a pilot to another stage."""

    to: Stage = Field(examples=["iterate"])
    reason: Text = ""


class ReasonDraft(RequestBody):
    """The reason for a pause, or for its end."""

    reason: NonEmptyText = Field(examples=["Un incident est à l’étude."])
