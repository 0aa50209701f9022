"""What is written about a patient: liaison notebook, documents, scores, consents."""

import base64
import hashlib
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, Final

from demo.population.care import nurse_hour, task_days, team_id
from demo.population.people import carer_name
from demo.population.practices import INES
from demo.population.resource import (
    LOINC,
    NOS,
    Resource,
    coding,
    concept,
    hl7_concept,
    identifier,
    instant,
    reference,
    resource,
)
from demo.population.situations import Situation

MASKED: Final = coding(
    f"{NOS}TRE_A07-StatutVisibiliteDocument/FHIR/TRE-A07-StatutVisibiliteDocument", "MASQUE_PS"
)
ZARIT: Final = "zarit"
ISOLATION: Final = "lsns-6"
_SCORES: Final = {ZARIT: (22, 4), ISOLATION: (6, 5)}
"""Questions of each score, and the points of one."""


def written_record(of: Situation) -> Iterator[Resource]:
    """Communications, documents, QuestionnaireResponses and Consents."""
    yield from _notebook(of)
    yield from _document(of)
    yield from _scores(of)
    yield from _consents(of)


def questionnaires() -> Iterator[Resource]:
    """The two scores. Their questions are only numbered: Zarit's text is not free."""
    titles = {ZARIT: "Fardeau de l’aidant (Zarit, 22 questions)", ISOLATION: "Isolement (LSNS-6)"}
    for name, (questions, _) in _SCORES.items():
        items: list[dict[str, Any]] = [
            {"linkId": str(each), "text": f"Question {each}", "type": "integer"}
            for each in range(1, questions + 1)
        ]
        yield resource(
            "Questionnaire",
            name,
            url=f"https://regionlab.fr/fhir/Questionnaire/{name}",
            status="active",
            title=titles[name],
            item=[*items, {"linkId": "total", "text": "Total", "type": "integer"}],
        )


def _notebook(of: Situation) -> Iterator[Resource]:
    for at, day in enumerate(task_days(of)[:8]):
        if day < of.today and not (of.alarm == "visit-missed" and at == 7):
            yield note(of, day, by_carer=of.has_carer and at % 4 == 2)


def note(of: Situation, day: date, *, by_carer: bool = False) -> Resource:
    """What the nurse, or the carer, writes in the liaison notebook after a visit."""
    carer = reference("RelatedPerson", f"{of.person.id}-aidant")
    nurse = reference("PractitionerRole", of.nurse.role)
    name = carer_name(of.person, of.chance("carer")) if by_carer else of.nurse.name
    text = "Bonne journée, visite de la famille." if by_carer else of.illnesses[0]["note"]
    return resource(
        "Communication",
        f"{of.person.id}-note-{day:%y%m%d}",
        status="completed",
        category=[{"text": "Cahier de liaison"}],
        subject=reference("Patient", of.person.id),
        sent=instant(day, nurse_hour(of, day), 30),
        sender=(carer if by_carer else nurse) | {"display": name},
        recipient=[reference("CareTeam", team_id(of))],
        payload=[{"contentString": text}],
    )


def _document(of: Situation) -> Iterator[Resource]:
    """A letter of the doctor, as a Binary and its DocumentReference."""
    day = of.today - timedelta(days=of.chance("document").randint(20, 300))
    text = _letter(of, day)
    binary = resource(
        "Binary",
        f"{of.person.id}-courrier-contenu",
        contentType="text/plain; charset=utf-8",
        securityContext=reference("Patient", of.person.id),
        data=base64.b64encode(text).decode(),
    )
    yield binary
    yield resource(
        "DocumentReference",
        f"{of.person.id}-courrier",
        masterIdentifier=identifier(f"{of.person.id}-courrier"),
        identifier=[identifier(f"{of.person.id}-courrier")],
        status="current",
        type=concept(LOINC, "11488-4", "Compte rendu de consultation"),
        subject=reference("Patient", of.person.id),
        date=instant(day, 18),
        author=[reference("PractitionerRole", of.doctor.role) | {"display": of.doctor.name}],
        securityLabel=[{"coding": [MASKED]}] if of.number % 25 == 11 else None,
        content=[
            {
                "attachment": {
                    "contentType": "text/plain; charset=utf-8",
                    "language": "fr-FR",
                    "url": f"Binary/{binary.id}",
                    "size": len(text),
                    "hash": base64.b64encode(hashlib.sha1(text).digest()).decode(),  # noqa: S324
                    "title": "Compte rendu de consultation",
                    "creation": instant(day, 18),
                }
            }
        ],
    )


def _letter(of: Situation, day: date) -> bytes:
    problems = ", ".join(each["text"].lower() for each in of.illnesses)
    return (
        f"{of.doctor.practice}\n{of.doctor.name}\n\nLe {day:%d/%m/%Y}\n\n"
        f"Patient : {of.person.name}, né(e) le {of.person.birth:%d/%m/%Y}.\n\n"
        f"Problèmes suivis : {problems}.\n{of.illnesses[0]['goal']}.\n"
        "Poursuite des soins infirmiers à domicile.\n"
    ).encode()


def _scores(of: Situation) -> Iterator[Resource]:
    """Three scores in a year; the last one is worse where an alarm is planted."""
    chance = of.chance("scores")
    names = (ZARIT, ISOLATION) if of.has_carer else (ISOLATION,)
    for name in names:
        base = chance.randint(12, 34) if name == ZARIT else chance.randint(15, 25)
        totals = [base, base + 1, base]
        if of.alarm == "carer-overloaded" and name == ZARIT:
            totals = [base + 4, base + 18, chance.randint(63, 78)]
        if of.alarm == "isolated" and name == ISOLATION:
            totals = [base, base - 3, chance.randint(3, 9)]
        for ago, total in zip((360, 180, 4), totals, strict=True):
            yield _score(of, name, total, ago)


def _score(of: Situation, name: str, total: int, ago: int) -> Resource:
    questions, points = _SCORES[name]
    assert total <= questions * points
    answers = [total // questions + (each < total % questions) for each in range(questions)]
    day = of.today - timedelta(days=ago)
    source = (
        reference("RelatedPerson", f"{of.person.id}-aidant")
        if name == ZARIT
        else reference("Patient", of.person.id)
    )
    items = [
        {"linkId": str(at), "answer": [{"valueInteger": answer}]}
        for at, answer in enumerate(answers, 1)
    ]
    return resource(
        "QuestionnaireResponse",
        f"{of.person.id}-{name}-{day:%y%m%d}",
        questionnaire=f"https://regionlab.fr/fhir/Questionnaire/{name}",
        status="completed",
        subject=reference("Patient", of.person.id),
        authored=instant(day, 16),
        author=reference("PractitionerRole", of.nurse.role),
        source=source,
        item=[*items, {"linkId": "total", "answer": [{"valueInteger": total}]}],
    )


def _consents(of: Situation) -> Iterator[Resource]:
    """A permission of everybody; of one in sixteen, a refusal: by type, by person or by label."""
    yield _consent(of, "accord", {"type": "permit"})
    if of.number % 16 != 9:
        return
    refusals: tuple[dict[str, Any], ...] = (
        {"class": [coding("http://hl7.org/fhir/resource-types", "QuestionnaireResponse")]},
        {
            "actor": [
                {
                    "role": concept(
                        "http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "IRCP"
                    ),
                    "reference": reference("PractitionerRole", f"role-{INES}"),
                }
            ]
        },
        {
            "securityLabel": [
                coding("http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "R")
            ]
        },
    )
    refusal = refusals[of.number // 16 % len(refusals)]
    yield _consent(of, "refus", {"type": "permit", "provision": [{"type": "deny"} | refusal]})


def _consent(of: Situation, name: str, provision: dict[str, Any]) -> Resource:
    return resource(
        "Consent",
        f"{of.person.id}-{name}",
        status="active",
        scope=hl7_concept("consentscope", "patient-privacy"),
        category=[concept(LOINC, "59284-0", "Consentement du patient")],
        patient=reference("Patient", of.person.id),
        dateTime=instant(of.since, 10),
        policyRule=hl7_concept("v3-ActCode", "OPTIN"),
        provision=provision,
    )
