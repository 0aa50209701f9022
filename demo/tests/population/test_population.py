"""The population is the same for a seed and a date, coherent, and has the planted alarms."""

import itertools
import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any

import pytest

from demo.population.devices import Devices
from demo.population.numbers import finess_number, ins_number, luhn_digit, rpps_number
from demo.population.population import Population, record
from demo.population.practices import CAMILLE, INES
from demo.population.resource import Resource
from demo.population.situations import lucie
from demo.population.truths import ALARMS
from socle.clock import ManualClock

TODAY = date(2026, 3, 2)
POPULATION = Population(seed=1, today=TODAY, patients=12)


@pytest.fixture(scope="module")
def resources() -> list[Resource]:
    return [each for batch in POPULATION.batches() for each in batch]


def values(element: Any) -> Iterator[tuple[str, Any]]:
    """Every member of a JSON value, at any depth."""
    if isinstance(element, dict):
        for name, value in element.items():
            yield name, value
            yield from values(value)
    elif isinstance(element, list):
        for each in element:
            yield from values(each)


def of_type(resources: list[Resource], name: str) -> list[dict[str, Any]]:
    return [json.loads(each.text) for each in resources if each.type == name]


def test_the_same_seed_and_date_give_the_same_resources() -> None:
    again = Population(seed=1, today=TODAY, patients=500)
    one, other = (record(each.situation(7)) for each in (POPULATION, again))
    assert one == other
    assert record(Population(2, TODAY, 12).situation(7)) != one
    assert next(iter(Population(1, TODAY, 12).batches())) == POPULATION.directory(0)


def test_every_reference_leads_to_a_resource(resources: list[Resource]) -> None:
    there = {f"{each.type}/{each.id}" for each in resources}
    assert len(there) == len(resources)
    named = {
        value
        for each in resources
        for name, value in values(json.loads(each.text))
        if name == "reference" and isinstance(value, str)
    }
    assert named - there == set()


def test_dates_are_within_lives_and_only_plans_are_to_come(resources: list[Resource]) -> None:
    births = {each["id"]: each["birthDate"] for each in of_type(resources, "Patient")}
    to_come = {"Task", "Appointment", "Slot", "Schedule"}
    for each in resources:
        content = json.loads(each.text)
        dates = [
            value[:10]
            for name, value in values(content)
            if isinstance(value, str)
            and name != "birthDate"
            and re.match(r"[12][0-9]{3}-[01][0-9]-[0-3][0-9]", value)
        ]
        if each.type not in to_come:
            assert all(one < TODAY.isoformat() for one in dates), each.text
        subject = content.get("subject", content.get("patient", {}))
        born = births.get(str(subject.get("reference")).removeprefix("Patient/"))
        assert born is None or all(one > born for one in dates), each.text


def test_numbers_have_right_keys(resources: list[Resource]) -> None:
    assert ins_number("female", date(1980, 2, 14), "45234", 1) == "280024523400195"
    assert rpps_number(12).startswith("997")
    assert luhn_digit("7992739871") == "3"
    assert len(finess_number("45", 7)) == 9
    matricules = [
        each["identifier"][0]["value"]
        for each in of_type(resources, "Patient")
        if each["id"] != "demo-lucie"
    ]
    assert all(97 - int(each[:13]) % 97 == int(each[13:]) for each in matricules)
    assert len(set(matricules)) == len(matricules)


def test_each_slot_has_one_appointment_and_is_busy(resources: list[Resource]) -> None:
    booked = Counter(
        slot["reference"].removeprefix("Slot/")
        for each in of_type(resources, "Appointment")
        for slot in each.get("slot", [])
    )
    assert max(booked.values()) == 1
    busy = {each["id"] for each in of_type(resources, "Slot") if each["status"] == "busy"}
    assert busy == set(booked)


def test_a_complete_population_has_no_double_booking() -> None:
    from demo.population.care import doctor_slot

    everyone = Population(seed=3, today=TODAY, patients=400).situations()
    slots = Counter(doctor_slot(each)[0] for each in everyone)
    assert max(slots.values()) == 1


def test_the_accounts_are_in_some_circles() -> None:
    everyone = list(Population(seed=1, today=TODAY, patients=200).situations())
    camille = {each.number for each in everyone if each.doctor.id == CAMILLE}
    ines = {each.number for each in everyone if each.nurse.id == INES}
    assert (len(camille), len(ines)) == (41, 61)  # Lucie is one of both
    assert len(set(range(200)) - camille - ines) > 110
    born = [each.person.birth for each in everyone]
    assert born[0] == date(1979, 5, 12)
    assert all(each.since <= date(2024, 3, 2) for each in everyone)


def test_every_alarm_is_planted_and_most_patients_are_well() -> None:
    truths = list(Population(seed=1, today=TODAY, patients=200).truths())
    planted = Counter(alarm for each in truths for alarm in each.alarms)
    assert set(planted) == set(ALARMS)
    assert planted.total() == 60
    assert truths[0].as_json() == {"patient": "demo-lucie", "alarms": []}


def test_alarms_are_in_the_measures() -> None:
    population = Population(seed=1, today=TODAY, patients=80)
    of = {each.alarm: each for each in population.situations() if each.alarm}
    weights = [
        each["valueQuantity"]["value"]
        for each in of_type(record(of["weight-rise"]), "Observation")
        if each["code"]["coding"][0]["code"] == "29463-7"
    ]
    assert weights[-1] - weights[-4] > 2
    pressures = [
        each["component"][0]["valueQuantity"]["value"]
        for each in of_type(record(of["blood-pressure"]), "Observation")
        if each["code"]["coding"][0]["code"] == "85354-9"
    ]
    assert sum(pressures[-14:]) / 14 > 140
    days = [
        datetime.fromisoformat(each["effectiveDateTime"]).date()
        for each in of_type(record(of["no-activity"]), "Observation")
        if each["code"]["coding"][0]["code"] == "41950-7"
    ]
    assert (TODAY - max(days)).days == 4
    taken = of_type(record(of["treatment-not-taken"]), "MedicationAdministration")
    assert [each["status"] for each in taken[-4:]] == ["completed"] + ["not-done"] * 3
    scores = of_type(record(of["carer-overloaded"]), "QuestionnaireResponse")
    assert max(each["item"][-1]["answer"][0]["valueInteger"] for each in scores) > 60
    open_tasks = [
        each
        for each in of_type(record(of["visit-missed"]), "Task")
        if each["status"] == "accepted" and each["executionPeriod"]["end"] < TODAY.isoformat()
    ]
    assert len(open_tasks) == 1


def test_lucie_has_a_record_of_every_type() -> None:
    types = Counter(each.type for each in record(lucie(1, TODAY)))
    assert {"Condition", "AllergyIntolerance", "MedicationRequest", "Immunization"} < set(types)
    assert {"CareTeam", "CarePlan", "Appointment", "Communication", "Consent"} < set(types)
    assert types["Observation"] > 150


def test_records_are_generated_one_after_the_other() -> None:
    batches = Population(seed=1, today=TODAY, patients=20_000).batches()
    assert len(list(itertools.islice(batches, 3))) == 3


def test_agendas_are_never_empty_however_old_the_population_is() -> None:
    later = TODAY + timedelta(days=40)
    clock = ManualClock(datetime.combine(later, time(6), UTC))
    devices = Devices(Population(seed=1, today=TODAY, patients=40), Random(1), clock)
    planned = [
        content
        for each in devices.events(most=10_000)
        if each.type == "Appointment" and (content := json.loads(each.text))["status"] == "booked"
    ]
    days = {
        who: {
            each["start"][:10]
            for each in planned
            if any(who in one["actor"]["display"] for one in each["participant"][1:])
        }
        for who in ("Camille", "Inès")
    }
    coming = {(later + timedelta(days=ahead)).isoformat() for ahead in range(7)}
    assert coming <= days["Camille"]
    assert len(coming & days["Inès"]) >= 5
    assert len({each["id"] for each in planned}) == len(planned)
    assert devices.events(most=10_000) == []
