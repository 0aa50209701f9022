"""A closed record is as an absent one: by content, count, error, include, chain, operation."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from fhir_world import Answer, FhirWorld
from record_access.attack import Attack, Report
from record_access.attempts import Attempt
from record_access.planting import PROGRAM, Planting

from socle.testing import sized

ATTACKER: dict[str, Any] = {
    "role": "professional",
    "scope": "user/*.cruds",
    "account": "attacker",
    "fhir_user": "Practitioner/attacker",
    "organisation": "elsewhere",
    "professions": "10",
}
CALLERS: dict[str, dict[str, Any]] = {
    "stranger": ATTACKER,
    "in-context": ATTACKER | {"scope": "patient/*.cruds user/*.rs", "patient": "victim"},
    "narrowed": ATTACKER | {"scope": "user/*.rs?_id=victim user/Observation.cruds"},
    "nameless": ATTACKER | {"fhir_user": None, "organisation": None, "professions": None},
    "patient": {"role": "patient", "scope": "patient/*.cruds user/*.rs", "patient": "marc"},
    "program-scope": ATTACKER | {"scope": "system/*.cruds user/Patient.rs"},
    "almost-right": ATTACKER | {"scope": "user/*.CRUDS user/*.* user/* User/*.rs user/*.sr"},
    "carer": {
        "role": "carer",
        "scope": "patient/*.cruds user/*.cruds",
        "patient": "victim",
        "account": "attacker",
        "fhir_user": "RelatedPerson/attacker",
    },
    "traveller": {"role": "traveller", "scope": "user/*.cruds patient/*.cruds"},
}


@dataclass
class World:
    """A server in this process. `callers`: their tokens."""

    fhir: FhirWorld
    callers: Mapping[str, dict[str, Any]]

    async def send(self, attempt: Attempt, caller: str) -> Answer:
        by = self.callers.get(caller, {})
        body = attempt.body.encode() if isinstance(attempt.body, str) else attempt.body
        return await self.fhir.send(
            attempt.method,
            attempt.path,
            body,
            media=attempt.media,
            headers=attempt.headers,
            **by,
        )


async def attack(fhir: FhirWorld, share: float, **callers: dict[str, Any]) -> Report:
    planting = Planting(World(fhir, callers), existing=("open", "closed"))
    victim = planting.victim.record
    for each in callers.values():
        each["scope"] = each["scope"].replace("victim", victim)
        if each.get("patient") == "victim":
            each["patient"] = victim
    for each in planting.existing:
        await fhir.send("PUT", f"/Patient/{each}", {"resourceType": "Patient", "id": each})
    people = {name: each.get("fhir_user") or "Practitioner/none" for name, each in callers.items()}
    return await Attack(planting, people, share).run()


@pytest.mark.deep
async def test_nothing_reveals_a_closed_record(fhir: FhirWorld) -> None:
    share = sized(20, deep=200) / 1_000
    report = await attack(fhir, share, **{name: dict(each) for name, each in CALLERS.items()})
    assert not report.findings, "\n".join(map(str, report.findings))
    assert set(report.tried) == set(CALLERS)


async def test_the_attack_finds_what_is_open(fhir: FhirWorld) -> None:
    """The same requests, by a member of the circle: otherwise they would prove nothing."""
    doctor = ATTACKER | {"account": "doctor", "fhir_user": "Practitioner/attack-doctor"}
    report = await attack(fhir, 0.04, doctor=doctor)
    whats = " ".join(each.what for each in report.findings)
    for each in ("reads", "differs", "reveals", "replaces", "was changed"):
        assert each in whats, each
    assert PROGRAM in {each.caller for each in report.findings}
