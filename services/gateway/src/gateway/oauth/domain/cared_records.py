"""The records that a person can choose from when an application requests one: their own, and those
of people they care for or represent (a RelatedPerson of the patient)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal

from gateway.callers.domain.identity import Identity

RecordRole = Literal["own", "carer", "representative"]
RELATED_PERSON: Final = "RelatedPerson"


@dataclass(frozen=True, slots=True)
class CaredRecord:
    """A record of somebody else that the FHIR server opens to a person."""

    related_person: str
    """The id of the RelatedPerson that the person is to the patient."""
    patient: str
    """The id of the patient."""
    name: str
    """Of the patient; empty if it is not known."""
    kind: RecordRole
    until: datetime | None = None
    """When it ends, if that is stated."""


@dataclass(frozen=True, slots=True)
class RecordChoice:
    """A record that a person can choose on the consent page."""

    value: str
    """The FHIR resource that the person is in it: `Patient/1`, `RelatedPerson/1`."""
    patient: str
    """The id of the patient."""
    name: str
    kind: RecordRole


def record_choices(identity: Identity, cared: Iterable[CaredRecord]) -> tuple[RecordChoice, ...]:
    """What a person chooses from: empty unless a record of somebody else is open to them."""
    others = tuple(
        RecordChoice(f"{RELATED_PERSON}/{each.related_person}", each.patient, each.name, each.kind)
        for each in cared
    )
    return (*_own(identity), *others) if others else ()


def _own(identity: Identity) -> Iterator[RecordChoice]:
    if identity.patient is not None:
        yield RecordChoice(f"Patient/{identity.patient}", identity.patient, "", "own")


def identity_in(choice: RecordChoice, identity: Identity) -> Identity:
    """The person as they act in the record that they chose: a carer is not the patient."""
    if choice.kind == "own":
        return identity
    related = choice.value.partition("/")[2]
    return replace(identity, role="carer", patient=choice.patient, related_person=related)
