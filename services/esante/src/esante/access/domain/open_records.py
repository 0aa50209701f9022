"""The records that are open to a professional, a carer or a representative at one instant."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from esante.access.domain.consent_effects import (
    ALWAYS,
    NEVER,
    Condition,
    Effects,
    Reader,
    denied_in_emergency,
    effects_of,
    every,
    merge_effects,
    opposite,
    some,
)
from esante.access.domain.consent_provision import Provision
from esante.access.domain.professions import profession_references
from esante.access.domain.security_labels import (
    MASKED_FROM_CARERS,
    MASKED_FROM_PROFESSIONALS,
    masks_of,
)
from esante.core.domain.permissions import Author, Members
from esante.search.domain.query.criteria import Criterion
from esante.search.domain.query.record_criteria import StoredOpenings
from esante.search.domain.search_extractors.references import cached_self_key
from esante.store.domain.index_keys import author_key, compartment_key, ref_element

CIRCLE, NAMED, CONDITIONAL, EMERGENCY, CARER, REPRESENTATIVE = 1, 2, 4, 8, 16, 32
"""Why a record is open: membership or creation; a Consent that names the person; one that does
under conditions, which its provisions have; emergency access; an account that is linked to a
RelatedPerson, as a carer or as a legal representative (`access.domain.carers`)."""
_PATIENT: Final = "Patient"
_MAX_CLOSED: Final = 64
"""Records that `StoredOpenings.closed` lists."""


@dataclass(frozen=True, slots=True)
class ConditionalRecords:
    """Records of which some resources are visible."""

    elements: frozenset[int]
    visible: Condition
    unmasked: Condition
    """Of which masked ones are visible too."""


@dataclass(frozen=True, slots=True, eq=False)
class OpenRecords:
    """Implements `RecordSet`. Records are elements of `refs`: see `patient_element`."""

    author: int
    """The `author_key` of the person."""
    plain: frozenset[int] = frozenset()
    """Records that are visible but for masked resources."""
    conditional: tuple[ConditionalRecords, ...] = ()
    circle: frozenset[int] = frozenset()
    """Records in whose circle the professional is, or that they created: only there they write who
    else is in it."""
    emergencies: Mapping[int, str] = field(default_factory=dict)
    """Records for which the only reason is an emergency access, with the words that were given for
    it; empty for one from before they were stored."""
    represented: frozenset[int] = frozenset()
    """Records whose patients the person represents by law: they write Consents as the patient."""
    masks: tuple[str, ...] = MASKED_FROM_PROFESSIONALS
    """The security labels that mask resources from the person."""
    openings: StoredOpenings | None = None
    """What opens the records of `plain`; None: many others have openings too, or it has more."""
    criteria: dict[str, Criterion] = field(default_factory=dict, repr=False)
    """Of `records_criterion`, by resource type, once computed."""

    def is_open(self, patient: str) -> bool:
        """Whether that record is open, perhaps in part."""
        element = patient_element(patient)
        return element in self.plain or any(element in each.elements for each in self.conditional)

    def is_plain(self, patient: str) -> bool:
        """Whether that record is open but for masked resources."""
        return patient_element(patient) in self.plain

    def is_circle(self, patient: str) -> bool:
        """Whether the professional writes who is in the circle of that patient."""
        return patient_element(patient) in self.circle

    def is_represented(self, patient: str) -> bool:
        """Whether the person is the legal representative of that patient."""
        return patient_element(patient) in self.represented

    def has_emergencies(self) -> bool:
        """Whether an emergency access opens any."""
        return bool(self.emergencies)

    def is_emergency(self, patient: str) -> bool:
        """Whether an emergency access alone opens that record."""
        return bool(self.emergencies) and patient_element(patient) in self.emergencies

    def emergency_reason(self, patient: str) -> str | None:
        """The words that were given for the emergency access which alone opens that record; None if
        none does."""
        return self.emergencies.get(patient_element(patient)) if self.emergencies else None

    def with_created(self, patients: Iterable[str]) -> "OpenRecords":
        """These records, and those of patients that the professional creates."""
        created = frozenset(map(patient_element, patients))
        plain, circle = self.plain | created, self.circle | created
        return replace(self, plain=plain, circle=circle, openings=None, criteria={})


def patient_element(patient: str) -> int:
    """The element of `refs` of the resources in the compartment of a patient."""
    return ref_element(compartment_key(_PATIENT), cached_self_key(_PATIENT, patient))


def references_of(author: Author) -> tuple[str, ...]:
    """What the openings of a person name: their FHIR resource, organisation, professions, account.

    Only what the gateway has verified: nothing that a resource states. Of a carer or a
    representative, the link of their account to the RelatedPerson, which esante itself has stored.
    """
    if author.is_related:
        return (related_reference(author.account, author.fhir_user or ""),)
    found = [account_reference(author.account)]
    if author.fhir_user is not None:
        found.append(author.fhir_user)
    organisation = None if author.organisation is None else f"Organization/{author.organisation}"
    if organisation is not None:
        found.append(organisation)
    return (*found, *profession_references(author.professions, organisation))


def members_of(person: tuple[str, ...]) -> Members:
    """Those whose changes concern a person (`references_of`): with the empty text, which stands for
    everybody in the table `access_change`, as for openings that name a profession."""
    first, second, third = (*person, "", "")[:3]
    return first, second, third, ""


def account_reference(account: str) -> str:
    """What an opening to an account names. It is no FHIR reference: no resource can state it."""
    return f"account:{account}"


def related_reference(account: str, related_person: str) -> str:
    """What an opening to an account names that is linked to a RelatedPerson (`RelatedPerson/1`). It
    is no FHIR reference: no resource can state it."""
    return f"{related_prefix(account)} {related_person}"


def related_prefix(account: str) -> str:
    """What the references of all links of an account begin with, before a space."""
    return f"related:{account}"


def closed_records(author: Author | None) -> OpenRecords:
    """No record at all."""
    if author is None:
        return OpenRecords(0)
    masks = MASKED_FROM_CARERS if author.is_related else masks_of(author.professions)
    return OpenRecords(author_key(author.account), masks=masks)


def evaluate_openings(
    circle: frozenset[int],
    others: Mapping[int, int],
    provisions: Mapping[int, Sequence[Provision]],
    *,
    author: Author,
    now: datetime,
    emergency_reasons: Mapping[int, str],
) -> OpenRecords:
    """The records that are open, once the provisions of their patients' consents are applied.

    `circle`: elements that are open by membership or creation. `others`: the sum of the other
    reasons, by element. `provisions`: by the element of the record; only of those that have any
    that matters. The cost of records without is that of the sets. `emergency_reasons`: the words
    that were given, by element.
    """
    closed = replace(closed_records(author), circle=circle)
    if not others and not provisions:
        openings = _stored_openings(frozenset(), author, now)
        return replace(closed, plain=circle, openings=openings)
    reader = Reader(frozenset(references_of(author)), now)
    plain = {each for each, reasons in others.items() if reasons & ~CONDITIONAL}
    plain = (plain | circle) - provisions.keys() if provisions else plain | circle
    partial: dict[tuple[Condition, Condition], set[int]] = {}
    for element, found in provisions.items():
        reasons = others.get(element, 0) | (CIRCLE if element in circle else 0)
        visible, unmasked = _conditions(reasons, found, reader)
        if visible == ALWAYS and unmasked == NEVER:
            plain.add(element)
        elif visible != NEVER:
            partial.setdefault((visible, unmasked), set()).add(element)
    alone = [e for e, reasons in others.items() if reasons == EMERGENCY and e not in circle]
    return replace(
        closed,
        plain=frozenset(plain),
        openings=_stored_openings((circle | others.keys()) - plain, author, now),
        conditional=tuple(ConditionalRecords(frozenset(e), *key) for key, e in partial.items()),
        emergencies={each: emergency_reasons.get(each, "") for each in alone},
    )


def _stored_openings(
    closed: frozenset[int], author: Author, now: datetime
) -> StoredOpenings | None:
    """Those of the plain records. `closed`: the others with openings. None if those are many."""
    few = len(closed) <= _MAX_CLOSED
    return StoredOpenings(references_of(author), now, closed) if few else None


def _conditions(
    reasons: int, provisions: Sequence[Provision], reader: Reader
) -> tuple[Condition, Condition]:
    """On the visible resources of a record, and on those of the masked ones."""
    effects = merge_effects(effects_of(each, reader) for each in provisions)
    visible = _visible(reasons, effects)
    if reasons & EMERGENCY:
        denied = some(denied_in_emergency(each, reader) for each in provisions)
        visible = some([visible, opposite(denied)])
    return visible, every([effects.unmasked, opposite(effects.denied)])


def _visible(reasons: int, effects: Effects) -> Condition:
    opened: list[Condition] = [ALWAYS] if reasons & (CIRCLE | NAMED) else []
    if reasons & CONDITIONAL:
        opened.append(effects.named)
    return every([some(opened), opposite(effects.denied)])
