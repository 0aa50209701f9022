"""Patients, and the people around them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from portail.domain.records.elements import (
    Json,
    by_reference,
    concept_text,
    day,
    display,
    human_name,
    items,
    part,
    reference_id,
    resources,
    text,
    title_and_details,
)

INS_SYSTEMS: Final = {
    "urn:oid:1.2.250.1.213.1.4.8": "INS",
    "urn:oid:1.2.250.1.213.1.4.9": "INS",
    "urn:oid:1.2.250.1.213.1.4.10": "INS (test)",
    "urn:oid:1.2.250.1.213.1.4.11": "INS (démonstration)",
}
"""Systems of the national health identity, and how a page names them."""


@dataclass(frozen=True, slots=True)
class Patient:
    """A patient, as the header of the record names them."""

    id: str
    name: str
    born: date | None
    sex: str
    """Code of AdministrativeGender; empty if it is not known."""
    ins: str
    """National health identity; empty without one."""
    ins_name: str
    """« INS », or what it is if it is not a real one."""
    town: str
    phone: str
    deceased: bool
    practitioners: tuple[str, ...]
    """Names of the general practitioners."""

    def age(self, today: date) -> int | None:
        """Complete years; None if the birth date is not known."""
        if self.born is None:
            return None
        return (
            today.year
            - self.born.year
            - (
                (today.month, today.day)
                < (
                    self.born.month,
                    self.born.day,
                )
            )
        )


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of the care circle."""

    name: str
    role: str
    """Profession or relationship; empty if it is not known."""
    phone: str
    address: str
    """E-mail address; empty without one."""


def patient_of(resource: Json) -> Patient:
    """The patient of a Patient resource."""
    ins, ins_name = "", ""
    for identifier in items(resource.get("identifier")):
        if (system := text(identifier, "system")) in INS_SYSTEMS:
            ins, ins_name = text(identifier, "value"), INS_SYSTEMS[system]
            break
    addresses = items(resource.get("address"))
    return Patient(
        id=text(resource, "id"),
        name=human_name(resource),
        born=day(resource.get("birthDate")),
        sex=text(resource, "gender"),
        ins=ins,
        ins_name=ins_name,
        town=next((text(each, "city") for each in addresses), ""),
        phone=_telecom(resource, "phone"),
        deceased="deceasedDateTime" in resource or resource.get("deceasedBoolean") is True,
        practitioners=tuple(
            name
            for each in items(resource.get("generalPractitioner"))
            if (name := text(each, "display"))
        ),
    )


def patients_of(bundle: Json) -> list[Patient]:
    """The patients of a searchset."""
    return [patient_of(each) for each in resources(bundle, "Patient")]


def flag_titles(flags: Json) -> dict[str, tuple[str, ...]]:
    """The titles of the active Flags of a searchset, by the id of their patient."""
    found: dict[str, list[str]] = {}
    for flag in resources(flags, "Flag"):
        if flag.get("status") != "active":
            continue
        if patient := reference_id(part(flag, "subject"), "Patient"):
            found.setdefault(patient, []).append(title_and_details(part(flag, "code"))[0])
    return {patient: tuple(titles) for patient, titles in found.items()}


def members_of(bundle: Json) -> list[Member]:
    """The members of the CareTeams of a searchset that includes them, each once."""
    known, found = by_reference(bundle), dict[tuple[str, str], Member]()
    for team in resources(bundle, "CareTeam"):
        for participant in items(team.get("participant")):
            reference = part(participant, "member")
            if reference_id(reference, "Patient") is not None:
                continue
            member = _member(reference, items(participant.get("role")), known)
            found.setdefault((member.name, member.role), member)
    return list(found.values())


def _member(reference: Json, roles: Sequence[Json], known: Mapping[str, Json]) -> Member:
    target = known.get(text(reference, "reference"), {})
    person = known.get(text(part(target, "practitioner"), "reference"), target)
    described = [*roles, *items(target.get("code")), *items(target.get("relationship"))]
    return Member(
        name=display(reference, known),
        role=next((name for each in described if (name := concept_text(each))), ""),
        phone=_telecom(target, "phone") or _telecom(person, "phone"),
        address=_telecom(target, "email") or _telecom(person, "email"),
    )


def _telecom(resource: Json, system: str) -> str:
    for each in items(resource.get("telecom")):
        if each.get("system") == system and each.get("use") != "old":
            return text(each, "value")
    return ""
