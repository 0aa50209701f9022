"""The care of a patient at home: circle, plan, orders, tasks, encounters, appointments."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, Final

from demo.population.people import carer_name
from demo.population.practices import Professional, slot_resource, slots
from demo.population.resource import (
    ICD_10,
    OWN_IDENTIFIERS,
    Resource,
    coding,
    concept,
    fr_core,
    hl7_concept,
    identifier,
    instant,
    later,
    reference,
    resource,
)
from demo.population.situations import Situation, sector

_PAST_WEEKS: Final = 8
"""Weeks of which each task of the nurse is recorded."""
_MONTHS: Final = 24
_ACT: Final = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
_ROUND: Final = "Soins infirmiers à domicile"
_DOCTOR_ROUND: Final = "Visite à domicile"
_EVENING: Final = 19
_SLOT_STEP: Final = 3
"""Every third Slot of a doctor can be booked by a patient of the population."""


def care_record(of: Situation) -> Iterator[Resource]:
    """CareTeam, CarePlan, ServiceRequest, then what happened and what is planned."""
    yield _team(of)
    yield _plan(of)
    yield _order(of)
    yield from _tasks(of)
    yield from _monthly_encounters(of)
    yield from _appointments(of)


def team_id(of: Situation) -> str:
    """The id of the CareTeam."""
    return f"{of.person.id}-cercle"


def _team(of: Situation) -> Resource:
    members = [_member(each) for each in (of.doctor, of.nurse)]
    if of.has_carer:
        members.append(
            {
                "member": reference("RelatedPerson", f"{of.person.id}-aidant")
                | {"display": carer_name(of.person, of.chance("carer"))},
                "role": [{"text": "Aidant"}],
                "period": {"start": of.since.isoformat()},
            }
        )
    members = [each | {"period": {"start": of.since.isoformat()}} for each in members]
    return resource(
        "CareTeam",
        team_id(of),
        identifier=[identifier(team_id(of))],
        status="active",
        name=f"Cercle de soins de {of.person.name}",
        subject=reference("Patient", of.person.id),
        period={"start": of.since.isoformat()},
        participant=members,
        managingOrganization=[reference("Organization", of.nurse.organization)],
    )


def _member(of: Professional) -> dict[str, Any]:
    role = "Médecin traitant" if of.profession == "10" else "Infirmière"
    return {
        "member": reference("PractitionerRole", of.role) | {"display": of.name},
        "role": [{"text": role}],
    }


def _plan(of: Situation) -> Resource:
    main = of.illnesses[0]
    return resource(
        "CarePlan",
        f"{of.person.id}-plan",
        status="active",
        intent="plan",
        title=f"Plan de soins à domicile : {main['text'].lower()}",
        description=main["goal"],
        subject=reference("Patient", of.person.id),
        period={"start": of.since.isoformat()},
        careTeam=[reference("CareTeam", team_id(of))],
        addresses=[reference("Condition", f"{of.person.id}-{main['name'].replace('_', '-')}")],
        activity=[{"reference": reference("ServiceRequest", f"{of.person.id}-soins")}],
    )


def _order(of: Situation) -> Resource:
    main = of.illnesses[0]
    return resource(
        "ServiceRequest",
        f"{of.person.id}-soins",
        status="active",
        intent="order",
        code={"text": _ROUND},
        subject=reference("Patient", of.person.id),
        occurrenceTiming={"repeat": {"frequency": 1, "period": 1, "periodUnit": "wk"}},
        authoredOn=instant(of.since),
        requester=reference("PractitionerRole", of.doctor.role),
        performer=[reference("PractitionerRole", of.nurse.role)],
        reasonCode=[concept(ICD_10, main["code"], main["text"])],
    )


def task_days(of: Situation) -> list[date]:
    """The days of the nurse: weekly for eight weeks up to yesterday, and the next two weeks."""
    yesterday = of.today - timedelta(days=1)
    last = yesterday if of.alarm == "visit-missed" else yesterday - _offset(of)
    return [last + timedelta(days=7 * week) for week in range(1 - _PAST_WEEKS, 3)]


def coming_days(of: Situation, today: date) -> list[date]:
    """The days of the nurse after `task_days`, weekly, up to two weeks after today."""
    last = task_days(of)[-1]
    return [last + timedelta(days=7 * week) for week in range(1, (today - last).days // 7 + 3)]


def _offset(of: Situation) -> timedelta:
    return timedelta(days=of.chance("week").randrange(7))


def nurse_hour(of: Situation, day: date | None = None) -> int:
    """The hour at which the nurse comes: in the evening of the first day, so that nobody is late
    when the population is loaded."""
    chance = of.chance("hour")
    return _EVENING + chance.randrange(3) if day == of.today else 7 + chance.randrange(10)


def completed_round(of: Situation, day: date) -> list[Resource]:
    """What is written when the nurse has come that day, as in `task_days`."""
    encounter = _encounter(of, f"soins-{day:%y%m%d}", day, nurse_hour(of, day), of.nurse)
    return [_task(of, day, done=True), encounter, _nurse_appointment(of, day, done=True)]


def planned_round(of: Situation, day: date) -> list[Resource]:
    """What is planned for one of `coming_days`."""
    return [_task(of, day, done=False), _nurse_appointment(of, day, done=False)]


def doctor_round(of: Situation, day: date, *, done: bool) -> Resource:
    """The doctor's home visit of one day."""
    at = doctor_time(of)
    period = instant(day, *at), later(day, *at, 30)
    status = "fulfilled" if done else "booked"
    return _appointment(of, f"visite-{day:%y%m%d}", period, of.doctor, status, _DOCTOR_ROUND)


def doctor_day(of: Situation, today: date) -> date:
    """The day of the doctor's next home visit, today or later: the same weekday each week, which
    differs between patients."""
    return today + timedelta(days=(of.number - today.toordinal()) % 7)


def doctor_time(of: Situation) -> tuple[int, int]:
    """The hour and minute of the doctor's home visits."""
    return 16 + of.number % 3, of.number * 10 % 60


def _tasks(of: Situation) -> Iterator[Resource]:
    for day in task_days(of):
        done = day < of.today and not is_missed(of, day)
        yield _task(of, day, done=done)
        if done:
            yield _encounter(of, f"soins-{day:%y%m%d}", day, nurse_hour(of), of.nurse)


def _task(of: Situation, day: date, *, done: bool) -> Resource:
    hour = nurse_hour(of, day)
    return resource(
        "Task",
        f"{of.person.id}-tache-{day:%y%m%d}",
        status="completed" if done else "accepted",
        intent="order",
        code={"text": _ROUND},
        focus=reference("ServiceRequest", f"{of.person.id}-soins"),
        **{"for": reference("Patient", of.person.id)},
        executionPeriod={"start": instant(day, hour), "end": later(day, hour, 0, 30)},
        authoredOn=instant(min(day, of.today) - timedelta(days=7)),
        owner=reference("PractitionerRole", of.nurse.role) | {"display": of.nurse.name},
    )


def is_missed(of: Situation, day: date) -> bool:
    """Whether the nurse should have come that day, and did not."""
    return of.alarm == "visit-missed" and day == of.today - timedelta(days=1)


def _monthly_encounters(of: Situation) -> Iterator[Resource]:
    """A doctor's home encounter each month, two years back."""
    for month in range(_MONTHS, 0, -1):
        day = of.today - timedelta(days=month * 30 - _offset(of).days)
        if day < of.today:
            yield _encounter(of, f"medecin-{day:%y%m%d}", day, 12, of.doctor)


def _encounter(of: Situation, name: str, day: date, hour: int, by: Professional) -> Resource:
    encounter_id = f"{of.person.id}-{name}"
    number = hl7_concept("v2-0203", "VN")
    return resource(
        "Encounter",
        encounter_id,
        meta=fr_core("fr-core-encounter"),
        identifier=[identifier(encounter_id, OWN_IDENTIFIERS, type=number)],
        status="finished",
        **{"class": coding(_ACT, "HH")},
        subject=reference("Patient", of.person.id),
        participant=[{"individual": reference("PractitionerRole", by.role)}],
        period={"start": instant(day, hour), "end": later(day, hour, 0, 30)},
        serviceProvider=reference("Organization", by.organization),
    )


def _appointments(of: Situation) -> Iterator[Resource]:
    """The nurse's of yesterday's week and to come, and the next one with the doctor."""
    for day in task_days(of)[_PAST_WEEKS - 1 :]:
        yield _nurse_appointment(of, day, done=day < of.today and not is_missed(of, day))
    # With its Appointment: a server books no Slot that was busy before.
    slot, day, at = doctor_slot(of)
    yield slot_resource(of.doctor, slot, day, at, status="busy")
    yield consultation(of, done=False)


def consultation(of: Situation, *, done: bool) -> Resource:
    """The next Appointment with the doctor."""
    slot, day, (hour, minute) = doctor_slot(of)
    return _appointment(
        of,
        f"rdv-medecin-{day:%y%m%d}",
        (instant(day, hour, minute), later(day, hour, minute, 20)),
        of.doctor,
        "fulfilled" if done else "booked",
        "Consultation",
        slot=[reference("Slot", slot)],
    )


def _nurse_appointment(of: Situation, day: date, *, done: bool) -> Resource:
    """The nurse's Appointment of a day."""
    hour = nurse_hour(of, day)
    return _appointment(
        of,
        f"rdv-{day:%y%m%d}",
        (instant(day, hour), later(day, hour, 0, 30)),
        of.nurse,
        "fulfilled" if done else "booked",
        _ROUND,
    )


def doctor_slot(of: Situation) -> tuple[str, date, tuple[int, int]]:
    """The Slot of the next appointment with the doctor, of no other patient."""
    professionals = sector(of.seed, max(of.number, 0) // 200)
    first = of.number // 200 * 200
    rank = sum(professionals.doctor_of(each) == of.doctor for each in range(first, of.number))
    offered = list(slots(of.doctor, of.today))
    # Lucie is before the others, in a Slot that none of them has.
    at = 1 if of.number < 0 else rank * _SLOT_STEP
    return offered[at % len(offered)]


def _appointment(
    of: Situation,
    name: str,
    period: tuple[str, str],
    by: Professional,
    status: str,
    service: str,
    **more: Any,
) -> Resource:
    return resource(
        "Appointment",
        f"{of.person.id}-{name}",
        meta=fr_core("fr-core-appointment"),
        identifier=[identifier(f"{of.person.id}-{name}")],
        status=status,
        serviceType=[{"text": service}],
        start=period[0],
        end=period[1],
        participant=[
            {"actor": reference("Patient", of.person.id), "status": "accepted"},
            {
                "actor": reference("PractitionerRole", by.role) | {"display": by.name},
                "status": "accepted",
            },
        ],
        **more,
    )
