"""Problems, allergies, treatments and vaccines of a patient."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, Final

from demo.population.data_files import read
from demo.population.resource import (
    ATC,
    ICD_10,
    Resource,
    coding,
    concept,
    hl7_concept,
    instant,
    reference,
    resource,
)
from demo.population.situations import Situation

VERY_RESTRICTED: Final = coding("http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "V")
_DISPENSER_DAYS: Final = 7
"""Days of which a connected pill dispenser has sent what was taken."""
_MISSED_DAYS: Final = 3
DOSE_TIME: Final = (8, 15)
"""Hour and minute of the first treatment of each day."""


def clinical_record(of: Situation) -> Iterator[Resource]:
    """Conditions, AllergyIntolerances, Medications and Immunizations."""
    yield from _conditions(of)
    yield from _allergies(of)
    yield from _medications(of)
    yield from _vaccines(of)


def _conditions(of: Situation) -> Iterator[Resource]:
    chance = of.chance("conditions")
    for illness in of.illnesses:
        years = chance.randint(2, 12)
        yield _condition(of, illness["name"], illness, of.since - timedelta(days=years * 365))
    if has_restricted_problem(of):
        # The patient wants only some to know of it.
        episode = read("health")["depression"]
        yield _condition(of, "depression", episode, of.since, VERY_RESTRICTED)


def has_restricted_problem(of: Situation) -> bool:
    """Whether one of the problems has the label V."""
    return of.number % 20 == 7


def _condition(
    of: Situation, name: str, illness: dict[str, Any], onset: date, *labels: dict[str, Any]
) -> Resource:
    return resource(
        "Condition",
        f"{of.person.id}-{name.replace('_', '-')}",
        meta={"security": list(labels)} if labels else None,
        clinicalStatus=hl7_concept("condition-clinical", "active"),
        verificationStatus=hl7_concept("condition-ver-status", "confirmed"),
        category=[hl7_concept("condition-category", "problem-list-item")],
        code=concept(ICD_10, illness["code"], illness["text"]),
        subject=reference("Patient", of.person.id),
        onsetDateTime=onset.isoformat(),
        recorder=reference("Practitioner", of.doctor.id),
    )


def _allergies(of: Situation) -> Iterator[Resource]:
    for at, allergy in enumerate(of.allergies):
        severe = allergy["severity"] == "severe"
        yield resource(
            "AllergyIntolerance",
            f"{of.person.id}-allergie-{at}",
            clinicalStatus=hl7_concept("allergyintolerance-clinical", "active"),
            verificationStatus=hl7_concept("allergyintolerance-verification", "confirmed"),
            type="allergy",
            category=["medication"],
            criticality="high" if severe else "low",
            code=concept(ATC, allergy["code"], allergy["text"]),
            patient=reference("Patient", of.person.id),
            recordedDate=of.since.isoformat(),
            reaction=[
                {
                    "manifestation": [{"text": allergy["reaction"]}],
                    "severity": allergy["severity"],
                }
            ],
        )


def _medications(of: Situation) -> Iterator[Resource]:
    for name in of.medications:
        drug = read("health")["medications"][name]
        request = resource(
            "MedicationRequest",
            f"{of.person.id}-{name}",
            status="active",
            intent="order",
            medicationCodeableConcept=concept(ATC, drug["code"], drug["text"]),
            subject=reference("Patient", of.person.id),
            authoredOn=instant(of.today - timedelta(days=40)),
            requester=reference("PractitionerRole", of.doctor.role) | {"display": of.doctor.name},
            dosageInstruction=[{"text": drug["dose"]}],
        )
        yield request
    if of.is_connected:
        yield from _administrations(of)


def _administrations(of: Situation) -> Iterator[Resource]:
    for ago in range(_DISPENSER_DAYS, 0, -1):
        yield administration(of, of.today - timedelta(days=ago))


def administration(of: Situation, day: date) -> Resource:
    """What the pill dispenser sends at a quarter past eight, of the first treatment."""
    name = of.medications[0]
    drug = read("health")["medications"][name]
    missed = of.alarm == "treatment-not-taken" and day >= of.today - timedelta(days=_MISSED_DAYS)
    return resource(
        "MedicationAdministration",
        f"{of.person.id}-prise-{day:%y%m%d}",
        status="not-done" if missed else "completed",
        statusReason=[{"text": "Case du pilulier non ouverte"}] if missed else None,
        medicationCodeableConcept=concept(ATC, drug["code"], drug["text"]),
        subject=reference("Patient", of.person.id),
        effectiveDateTime=instant(day, *DOSE_TIME),
        request=reference("MedicationRequest", f"{of.person.id}-{name}"),
    )


def _vaccines(of: Situation) -> Iterator[Resource]:
    for vaccine in read("health")["vaccine"]:
        day = date(of.today.year, vaccine["month"], 1 + of.chance(vaccine["code"]).randrange(27))
        while day >= of.today:
            day = day.replace(year=day.year - 1)
        for _ in range(2 if vaccine["every"] == 1 else 1):
            yield resource(
                "Immunization",
                f"{of.person.id}-vaccin-{vaccine['code'].lower()}-{day:%Y}",
                status="completed",
                vaccineCode=concept(ATC, vaccine["code"], vaccine["text"]),
                patient=reference("Patient", of.person.id),
                occurrenceDateTime=day.isoformat(),
            )
            day = day.replace(year=day.year - 1)
