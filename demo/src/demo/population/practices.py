"""The professionals of one sector of 200 patients: practices, roles, agendas.

The first sector has the accounts of the demo: Camille, general practitioner, and Inès, nurse.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Final

from demo.population.numbers import finess_number, rpps_number
from demo.population.people import address, draw_names, draw_place, draw_street
from demo.population.resource import (
    CORE,
    NOS,
    Resource,
    coding,
    concept,
    fr_core,
    identifier,
    instant,
    later,
    reference,
    resource,
)

SECTOR_PATIENTS: Final = 200
DOCTOR, NURSE = "10", "60"
"""Codes of TRE-G15-ProfessionSante."""
CAMILLE: Final = "899700000001"
INES: Final = "899700000002"
_DOCTORS, _NURSES = 12, 8
"""Practices of a sector, beside those of the accounts."""
SLOT_DAYS: Final = 14
_SLOTS: Final = tuple((hour, minute) for hour in (9, 10, 11, 14, 15) for minute in (0, 20, 40))
_TITLES: Final = {DOCTOR: "Médecin généraliste", NURSE: "Infirmière libérale"}
_FHIR_IDS: Final = f"{CORE}CodeSystem/fr-core-cs-v2-0203"


@dataclass(frozen=True, slots=True)
class Professional:
    """A professional in one practice."""

    id: str
    """Of the Practitioner; the role's is `role-` and this."""
    profession: str
    family: str
    given: str
    organization: str
    practice: str
    """The name of the organization."""
    serial: int

    @property
    def role(self) -> str:
        """The id of the PractitionerRole."""
        return f"role-{self.id}"

    @property
    def name(self) -> str:
        """As it is spoken."""
        title = "Dr " if self.profession == DOCTOR else ""
        return f"{title}{self.given} {self.family}"


@dataclass(frozen=True, slots=True)
class Sector:
    """The professionals who care for 200 patients, doctors and nurses."""

    doctors: tuple[Professional, ...]
    nurses: tuple[Professional, ...]

    def doctor_of(self, number: int) -> Professional:
        """The general practitioner of a patient; Camille's are one in five."""
        if number % 5 == 0:
            return self.doctors[0]
        return self.doctors[1 + number % (len(self.doctors) - 1)]

    def nurse_of(self, number: int) -> Professional:
        """The nurse of a patient; Inès's are three in ten."""
        if number % 10 in (0, 3, 6):
            return self.nurses[0]
        return self.nurses[1 + number % (len(self.nurses) - 1)]


def sector_of(seed: int, number: int, chance: Random) -> Sector:
    """The professionals of a sector. `number`: from 0. `chance`: of that sector."""
    first = (seed % 100) * 100_000 + number * 100 + 10
    doctors = [_draw(chance, DOCTOR, first + at) for at in range(_DOCTORS)]
    nurses = [_draw(chance, NURSE, first + 50 + at) for at in range(_NURSES)]
    if number == 0:
        camille = ("DÉMO", "Camille", "demo-cabinet", "Cabinet de démonstration d'Orléans", 1)
        ines = ("ESSAI", "Inès", "demo-centre", "Centre de démonstration de Bourges", 2)
        doctors.insert(0, Professional(CAMILLE, DOCTOR, *camille))
        nurses.insert(0, Professional(INES, NURSE, *ines))
    return Sector(tuple(doctors), tuple(nurses))


def _draw(chance: Random, profession: str, serial: int) -> Professional:
    gender = "female" if chance.random() < 0.6 else "male"
    family, given = draw_names(chance, gender, 1975)
    practice = f"{'Cabinet médical' if profession == DOCTOR else 'Cabinet infirmier'} {family}"
    organization = f"cabinet-{serial:07}"
    return Professional(
        f"8{rpps_number(serial)}",
        profession,
        family.upper(),
        given[0],
        organization,
        practice,
        serial,
    )


def directory(
    sector: Sector, taken: dict[str, set[str]], chance: Random, today: date
) -> Iterator[Resource]:
    """The resources of a sector's professionals. `taken`: by Practitioner, the Slots that
    appointments have: the records of their patients have these."""
    for each in (*sector.doctors, *sector.nurses):
        yield _organization(each, chance)
        yield _practitioner(each)
        yield _role(each)
        yield _schedule(each, today)
        for slot, day, at in slots(each, today):
            if slot not in taken.get(each.id, ()):
                yield slot_resource(each, slot, day, at, status="free")


def slot_resource(
    of: Professional, slot: str, day: date, at: tuple[int, int], *, status: str
) -> Resource:
    """A Slot of `slots`."""
    return resource(
        "Slot",
        slot,
        meta=fr_core("fr-core-slot"),
        schedule=reference("Schedule", f"agenda-{of.id}"),
        status=status,
        start=instant(day, *at),
        end=later(day, *at, 20),
    )


def slots(of: Professional, today: date) -> Iterator[tuple[str, date, tuple[int, int]]]:
    """The id, day and time of each Slot of the next two weeks; nurses offer none."""
    if of.profession == NURSE:
        return
    for ahead in range(1, SLOT_DAYS + 1):
        day = today + timedelta(days=ahead)
        if day.weekday() < 5:
            for hour, minute in _SLOTS:
                yield f"slot-{of.id}-{day:%y%m%d}{hour:02}{minute:02}", day, (hour, minute)


def _organization(of: Professional, chance: Random) -> Resource:
    place = draw_place(chance)
    number = finess_number(place["code"][:2], of.serial % 100_000)
    finess = identifier(
        number, "https://finess.esante.gouv.fr", type={"coding": [coding(_FHIR_IDS, "FINEG")]}
    )
    national = identifier(
        f"1{number}",
        "urn:oid:1.2.250.1.71.4.2.2",
        use="official",
        type={"coding": [coding(_FHIR_IDS, "IDNST")]},
    )
    return resource(
        "Organization",
        of.organization,
        meta=fr_core("fr-core-organization"),
        identifier=[national, finess],
        active=True,
        name=of.practice,
        address=[address(place, draw_street(chance)) | {"use": "work"}],
    )


def _practitioner(of: Professional) -> Resource:
    rpps = of.id[1:]
    profession = coding(f"{NOS}TRE_G15-ProfessionSante/FHIR/TRE-G15-ProfessionSante", of.profession)
    return resource(
        "Practitioner",
        of.id,
        meta=fr_core("fr-core-practitioner"),
        identifier=[
            identifier(
                f"8{rpps}",
                "urn:oid:1.2.250.1.71.4.2.1",
                type={"coding": [coding(_FHIR_IDS, "IDNPS")]},
            ),
            identifier(
                rpps, "https://rpps.esante.gouv.fr", type={"coding": [coding(_FHIR_IDS, "RPPS")]}
            ),
        ],
        active=True,
        name=[{"family": of.family, "given": [of.given]}],
        qualification=[{"code": {"coding": [profession]}}],
    )


def _role(of: Professional) -> Resource:
    code = concept(
        f"{NOS}TRE_G15-ProfessionSante/FHIR/TRE-G15-ProfessionSante",
        of.profession,
        _TITLES[of.profession],
    )
    serial = f"{of.serial % 10_000:04}"
    return resource(
        "PractitionerRole",
        of.role,
        meta=fr_core("fr-core-practitioner-role"),
        active=True,
        practitioner=reference("Practitioner", of.id) | {"display": of.name},
        organization=reference("Organization", of.organization) | {"display": of.practice},
        code=[code],
        telecom=[{"system": "phone", "value": f"02 38 99 {serial[:2]} {serial[2:]}"}],
    )


def _schedule(of: Professional, today: date) -> Resource:
    return resource(
        "Schedule",
        f"agenda-{of.id}",
        meta=fr_core("fr-core-schedule"),
        active=True,
        actor=[reference("PractitionerRole", of.role), reference("Practitioner", of.id)],
        planningHorizon={
            "start": instant(today, 0),
            "end": instant(today + timedelta(days=SLOT_DAYS), 23, 59),
        },
    )
