"""Who may change what opens and closes records, and the messages about that."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from esante.access.domain.carers import RELATED_PERSON, denies_by_name
from esante.access.domain.consent_problems import require_applicable
from esante.access.domain.consent_provision import CONSENT, read_provision
from esante.access.domain.emergency_notice import COMMUNICATION
from esante.access.domain.open_records import OpenRecords, account_reference
from esante.access.domain.opening_change import CreatedRecord
from esante.access.domain.record_openings import CARE_TEAM, ROLE, opens_to_profession
from esante.access.domain.security_labels import lifts_mask
from esante.core.domain.json_parser import parse_json
from esante.core.domain.permissions import Access
from esante.store.domain.index_keys import author_key
from esante.store.ports import ResourceState
from socle.errors import Refusal

_RULES: Final = frozenset({CARE_TEAM, CONSENT})
_PATIENT: Final = "Patient"


def check_access_rules(
    resource_type: str,
    resource: Mapping[str, Any] | None,
    patients: Sequence[str],
    previous: ResourceState,
    *,
    by: Access,
) -> None:
    """Check a change of what says who sees a record, or who has seen it; other types pass.

    `resource`: the new content; None for a deletion. `patients`: in whose compartments it is.
    Raises Refusal: rule `unprocessable` for a Consent that cannot be applied; "forbidden" for a
    professional outside of the circle, for a Consent that another one recorded or that denies
    something, for one that shows masked resources or opens to a profession, for whom a role is of,
    for messages of others in a record that only an emergency opens; for a carer, for all but new
    messages and, if they represent the patient by law, Consents that do not deny to them by name.
    """
    if by.author is not None and by.author.is_related:
        _check_carer(resource_type, resource, {*patients, *previous.patients}, previous, by)
        return
    if resource_type == ROLE:
        _check_role(resource, previous, by)
    if resource_type == COMMUNICATION:
        _check_message(previous, by)
    if not _opens_records(resource_type, previous):
        return
    if resource_type == CONSENT and resource is not None:
        require_applicable(resource)
    records = by.records
    if records is None:
        return
    concerned = {*patients, *previous.patients}
    if not (isinstance(records, OpenRecords) and all(map(records.is_circle, concerned))):
        raise Refusal(
            "forbidden",
            f"Seuls le patient, un programme et les membres de son cercle de soins écrivent une"
            f" ressource {resource_type} : elle dit qui voit le dossier.",
        )
    if resource_type == CONSENT:
        _check_consent(resource, previous, records)


def _opens_records(resource_type: str, previous: ResourceState) -> bool:
    """Whether a change can open records. A new RelatedPerson opens nothing; a later version can
    prolong an access."""
    if resource_type == RELATED_PERSON:
        return previous.version > 0
    return resource_type in _RULES


def _check_consent(
    resource: Mapping[str, Any] | None, previous: ResourceState, records: OpenRecords
) -> None:
    if previous.text is not None:
        known = read_provision(parse_json(previous.text)).with_inner()
        if previous.author != records.author or any(each.effect == "deny" for each in known):
            raise Refusal(
                "forbidden",
                "Seuls le patient et un programme changent un consentement qui refuse un accès, ou"
                " que quelqu'un d'autre a enregistré.",
            )
    if resource is not None and any(
        lifts_mask(each.data.labels) for each in read_provision(resource).with_inner()
    ):
        raise Refusal(
            "forbidden",
            "Seuls le patient et un programme donnent accès à des ressources masquées.",
        )
    if resource is not None and opens_to_profession(resource):
        raise Refusal(
            "forbidden",
            "Seuls le patient et un programme ouvrent le dossier à toute une profession ; nommez"
            " des personnes ou une structure.",
        )


def _check_carer(
    resource_type: str,
    resource: Mapping[str, Any] | None,
    concerned: set[str],
    previous: ResourceState,
    by: Access,
) -> None:
    if resource_type == COMMUNICATION and not previous.version:
        _check_sender(resource or {}, by)
        return
    records = by.records
    if resource_type == CONSENT and resource is not None and isinstance(records, OpenRecords):
        require_applicable(resource)
        if concerned and all(map(records.is_represented, concerned)):
            _check_represented(previous, by)
            return
    raise Refusal(
        "forbidden",
        "Un aidant ajoute des messages au cahier de liaison ; seul un représentant légal écrit"
        " aussi les consentements du patient.",
    )


def _check_represented(previous: ResourceState, by: Access) -> None:
    """What the patient denies to a representative is not for the representative to lift."""
    own = None if by.author is None else by.author.fhir_user
    if previous.text is None or own is None or not denies_by_name(parse_json(previous.text), own):
        return
    raise Refusal(
        "forbidden",
        "Ce consentement vous nomme et refuse un accès : le patient, son cercle de soins ou un"
        " programme le changent, pas vous.",
    )


def _check_sender(message: Mapping[str, Any], by: Access) -> None:
    """A carer does not write in the name of the nurse."""
    own = None if by.author is None else by.author.fhir_user
    if "sender" in message and message["sender"] != {"reference": own}:
        raise Refusal(
            "forbidden",
            f"L'expéditeur (sender) d'un message que vous ajoutez est {own}, sans autre élément,"
            " ou absent.",
        )


def _check_role(resource: Mapping[str, Any] | None, previous: ResourceState, by: Access) -> None:
    """Whom a role is of decides whom a team or a refusal means that names it."""
    if by.records is None or by.author is None or not previous.version:
        return
    before = None if previous.text is None else _practitioner(parse_json(previous.text))
    is_same = previous.text is not None and resource is not None
    is_own = before is not None and before == by.author.fhir_user
    if (is_same and _practitioner(resource or {}) == before) or (resource is None and is_own):
        return
    raise Refusal(
        "forbidden",
        "Seul un programme change à qui est un rôle (PractitionerRole) ; seule la personne"
        " concernée peut aussi le supprimer.",
    )


def _check_message(previous: ResourceState, by: Access) -> None:
    """An emergency access must not remove the message that announces it."""
    records = by.records
    if previous.text is None or not isinstance(records, OpenRecords):
        return
    is_emergency = any(map(records.is_emergency, previous.patients))
    if is_emergency and previous.author != records.author:
        raise Refusal(
            "forbidden",
            "Un accès d'urgence ne modifie ni ne supprime les messages des autres, dont celui qui"
            " l'annonce.",
        )


def _practitioner(role: Mapping[str, Any]) -> str | None:
    practitioner = role.get("practitioner")
    reference = practitioner.get("reference") if isinstance(practitioner, dict) else None
    return reference if isinstance(reference, str) else None


def author_of_new(by: Access) -> int | None:
    """The `author_key` of a professional or a carer who creates a resource; None of others."""
    if by.records is None or by.author is None:
        return None
    return author_key(by.author.account)


def version_author(by: Access) -> str | None:
    """Who writes a version: their FHIR resource, else their account; None of the server itself."""
    author = by.author
    if author is None:
        return None
    if author.role == "patient" and author.patient is not None:
        return f"{_PATIENT}/{author.patient}"
    return author.fhir_user or account_reference(author.account)


def created_record(resource_type: str, by: Access) -> CreatedRecord | None:
    """What a new resource of the caller opens: a Patient its record, to a professional."""
    author = by.author
    if resource_type != _PATIENT or by.records is None or author is None:
        return None
    return CreatedRecord(author.fhir_user or account_reference(author.account))
