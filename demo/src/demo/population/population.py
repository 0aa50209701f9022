"""The population: its directory, its records and its truths, for a seed, a date and a size.

Nothing depends on what was generated before, so that a record can be generated alone, and memory
does not grow with the size.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from demo.days.dice import seeded_random
from demo.population.care import care_record, doctor_slot
from demo.population.clinical import clinical_record
from demo.population.measures import observations
from demo.population.notes import questionnaires, written_record
from demo.population.people import carer, patient
from demo.population.practices import SECTOR_PATIENTS, directory
from demo.population.resource import Resource
from demo.population.situations import Situation, lucie, sector, situation
from demo.population.truths import Truth

MAX_SCALE: Final = 100


@dataclass(frozen=True, slots=True)
class Population:
    """Patients who are cared for at home, and their professionals."""

    seed: int
    today: date
    """The day after the last measure."""
    patients: int
    """How many, without Lucie."""

    def batches(self) -> Iterator[list[Resource]]:
        """Resources that are written together: a directory before the records that refer to it."""
        for number in range(max(1, -(-self.patients // SECTOR_PATIENTS))):
            yield self.directory(number)
            if number == 0:
                yield record(lucie(self.seed, self.today))
            first = number * SECTOR_PATIENTS
            for each in range(first, min(first + SECTOR_PATIENTS, self.patients)):
                yield record(self.situation(each))

    def situations(self) -> Iterator[Situation]:
        """Of every patient; Lucie is first."""
        yield lucie(self.seed, self.today)
        yield from map(self.situation, range(self.patients))

    def situation(self, number: int) -> Situation:
        """Of one patient. `number`: from 0."""
        return situation(self.seed, number, self.today)

    def truths(self) -> Iterator[Truth]:
        """Who should raise which alarm; Lucie is first."""
        for each in self.situations():
            yield Truth(each.person.id, (each.alarm,) if each.alarm else ())

    def directory(self, number: int) -> list[Resource]:
        """The professionals of a sector, with their agendas. `number`: from 0."""
        first = number * SECTOR_PATIENTS
        served = [
            self.situation(each)
            for each in range(first, min(first + SECTOR_PATIENTS, self.patients))
        ]
        if number == 0:
            served.append(lucie(self.seed, self.today))
        taken: dict[str, set[str]] = {}
        for each in served:
            taken.setdefault(each.doctor.id, set()).add(doctor_slot(each)[0])
        chance = seeded_random(self.seed, "population", "directory", number)
        professionals = sector(self.seed, number)
        shared = list(questionnaires()) if number == 0 else []
        return [*shared, *directory(professionals, taken, chance, self.today)]


def record(of: Situation) -> list[Resource]:
    """The complete record of one patient."""
    return [
        patient(of.person, of.doctor.id),
        *([carer(of.person, of.chance("carer"))] if of.has_carer else []),
        *clinical_record(of),
        *care_record(of),
        *written_record(of),
        *observations(of),
    ]
