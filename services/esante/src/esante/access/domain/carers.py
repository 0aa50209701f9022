"""What is open to carers and legal representatives: people whose account is linked to a
RelatedPerson of the patient.

A carer sees what care at home needs, and what the patient opens to them by name. A representative
sees what the patient sees.

https://hl7.org/fhir/R4/relatedperson.html
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Literal

from esante.access.domain.consent_effects import (
    ALWAYS,
    NEVER,
    Condition,
    OnData,
    Reader,
    effects_of,
    every,
    merge_effects,
    opposite,
    some,
)
from esante.access.domain.consent_provision import (
    DataConditions,
    Provision,
    period_of,
    read_provision,
)
from esante.access.domain.open_records import (
    REPRESENTATIVE,
    ConditionalRecords,
    OpenRecords,
    closed_records,
)
from esante.access.domain.record_openings import patient_in
from esante.access.domain.security_labels import MASKED_FROM_REPRESENTATIVES
from esante.core.domain.json_values import objects_in
from esante.core.domain.permissions import Author
from esante.search.domain.ranges import Instants

CarerRole = Literal["carer", "representative"]

RELATED_PERSON: Final = "RelatedPerson"
CARER_TYPES: Final = (
    "Appointment",
    "CarePlan",
    "CareTeam",
    "Communication",
    "Patient",
    "Task",
)
"""What care at home needs: who comes, when, and what was written in the notebook. Alerts and
announcements of emergency accesses are masked (`record_criteria`). Medication is left out, since it
tells the illness; the patient can open it by a Consent."""
_GUARDIAN: Final = "GUARD"


@dataclass(frozen=True, slots=True)
class RelatedLink:
    """What a RelatedPerson states of the access of an account that is linked to it."""

    patient: str
    """The id of the Patient."""
    period: Instants | None
    is_guardian: bool
    """Whether its relationship is that of a legal representative (`GUARD`)."""

    @property
    def can_represent(self) -> bool:
        """Whether it can be that of a legal representative: for a time that ends."""
        return self.is_guardian and self.period is not None and self.period[1] is not None

    def has_ended(self, now: datetime) -> bool:
        """Whether its period is over; one that begins later is not."""
        end = None if self.period is None else self.period[1]
        return end is not None and end <= now


def related_link(person: Mapping[str, Any], base: str) -> RelatedLink | None:
    """What a RelatedPerson opens to a linked account; None if it has ended, or names no patient."""
    patient = patient_in(person.get("patient"), base)
    if patient is None or person.get("active") is False:
        return None
    return RelatedLink(patient, period_of(person.get("period")), _is_guardian(person))


def _is_guardian(person: Mapping[str, Any]) -> bool:
    return any(
        coding.get("code") == _GUARDIAN
        for each in objects_in(person.get("relationship"))
        for coding in objects_in(each.get("coding"))
    )


def evaluate_carer(
    others: Mapping[int, int],
    provisions: Mapping[int, Sequence[Provision]],
    *,
    author: Author,
    now: datetime,
) -> OpenRecords:
    """The record that is open to a carer or a representative now.

    `others`: the reasons of the openings of their account, by element. `provisions`: of the
    Consents of those records.
    """
    reader = Reader(frozenset(filter(None, [author.fhir_user])), now, is_professional=False)
    represented = frozenset(e for e, reasons in others.items() if reasons & REPRESENTATIVE)
    plain, conditional = set[int](), list[ConditionalRecords]()
    for element in others:
        condition_of = _represented if element in represented else _needed
        visible = condition_of(provisions.get(element, ()), reader)
        if visible == ALWAYS:
            plain.add(element)
        elif visible != NEVER:
            conditional.append(ConditionalRecords(frozenset([element]), visible, NEVER))
    closed = closed_records(author)
    return replace(
        closed,
        plain=frozenset(plain),
        conditional=tuple(conditional),
        represented=represented,
        # A link names one RelatedPerson, who is of one patient: no other record is open with it.
        masks=MASKED_FROM_REPRESENTATIVES if represented else closed.masks,
        criteria={},
    )


def denies_by_name(consent: Mapping[str, Any], related_person: str) -> bool:
    """Whether a Consent names that RelatedPerson (`RelatedPerson/1`) and denies something, maybe to
    everybody but them: with it, a representative sees less than the patient."""
    root = read_provision(consent)
    return _names(root, related_person) and any(e.effect == "deny" for e in root.with_inner())


def _names(provision: Provision, reference: str) -> bool:
    """Whether it names that actor, also by an absolute address or with a version."""
    actors = (actor for each in provision.with_inner() for actor in each.actors or ())
    return any(f"/{reference}/" in f"/{actor}/" for actor in actors)


def _needed(provisions: Sequence[Provision], reader: Reader) -> Condition:
    effects = merge_effects(effects_of(each, reader) for each in provisions)
    own = [(RELATED_PERSON, each.partition("/")[2]) for each in reader.references]
    needed = DataConditions(types=CARER_TYPES), DataConditions(resources=tuple(own))
    opened = [OnData(each, in_doubt=False) for each in needed]
    return every([some([*opened, effects.named]), opposite(effects.denied)])


def _represented(provisions: Sequence[Provision], reader: Reader) -> Condition:
    """As the patient, whom denials to everybody do not concern; those by name do."""
    naming = [each for each in provisions if any(_names(each, of) for of in reader.references)]
    denied = merge_effects(effects_of(each, reader) for each in naming).denied
    return opposite(denied)
