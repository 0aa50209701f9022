"""The situation of each patient: who they are, what they suffer from, who cares for them."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any, Final

from demo.days.dice import seeded_random
from demo.population.data_files import read
from demo.population.people import Person, draw_person
from demo.population.practices import SECTOR_PATIENTS, Professional, Sector, sector_of
from demo.population.truths import Alarm, planted_alarm

LUCIE: Final = "demo-lucie"


@dataclass(frozen=True, slots=True)
class Situation:
    """A patient who is cared for at home."""

    number: int
    """From 0; -1 for Lucie."""
    person: Person
    doctor: Professional
    nurse: Professional
    illnesses: tuple[dict[str, Any], ...]
    """Rows of `data/health.toml`; the first one is why there is home care."""
    allergies: tuple[dict[str, Any], ...]
    since: date
    """The start of home care, two to five years ago."""
    has_carer: bool
    is_connected: bool
    """Whether the home has devices that send steps, and a pill dispenser."""
    alarm: Alarm | None
    today: date
    seed: int

    def chance(self, part: str) -> Random:
        """A generator for one part of the record, so that parts do not depend on each other."""
        return seeded_random(self.seed, "population", self.person.id, part)

    @property
    def measures(self) -> tuple[str, ...]:
        """What is measured at home, without repetition."""
        names = [each for illness in self.illnesses for each in illness.get("measures", ())]
        return tuple(dict.fromkeys(names))

    @property
    def medications(self) -> tuple[str, ...]:
        """Keys of the table `medications`, without repetition."""
        names = [each for illness in self.illnesses for each in illness["medications"]]
        return tuple(dict.fromkeys(names))


def situation(seed: int, number: int, today: date) -> Situation:
    """The situation of one patient of the population. `number`: from 0."""
    person_id = f"p{seed}-{number:05}"
    chance = seeded_random(seed, "population", person_id)
    alarm = planted_alarm(number)
    professionals = sector(seed, number // SECTOR_PATIENTS)
    person = draw_person(person_id, number, chance, today)
    health = read("health")
    main = chance.choice(health["illness"])
    if alarm == "weight-rise":
        main = health["illness"][0]
    elif alarm == "blood-pressure":
        main = health["illness"][1]
    others = chance.sample(health["secondary"], chance.randint(1, 3))
    has_carer = main["name"] == "alzheimer" or chance.random() < 0.5
    return Situation(
        number=number,
        person=person,
        doctor=professionals.doctor_of(number),
        nurse=professionals.nurse_of(number),
        illnesses=(main, *others),
        allergies=tuple(chance.sample(health["allergy"], chance.choice((0, 0, 1, 1, 2)))),
        since=today - timedelta(days=chance.randint(735, 1800)),
        has_carer=has_carer or alarm == "carer-overloaded",
        is_connected=chance.random() < 0.4 or alarm in ("no-activity", "treatment-not-taken"),
        alarm=alarm,
        today=today,
        seed=seed,
    )


def sector(seed: int, number: int) -> Sector:
    """The professionals of a sector. `number`: from 0."""
    return sector_of(seed, number, seeded_random(seed, "population", "sector", number))


def lucie(seed: int, today: date) -> Situation:
    """Lucie Exemple, the patient of the demo's account, in the circles of Camille and Inès."""
    health = read("health")
    orleans = read("places")["commune"][0]
    first = sector(seed, 0)
    person = Person(
        LUCIE, "female", "Exemple", "Exemple", ("Lucie", "Anne"), date(1979, 5, 12),
        orleans, orleans, "12 rue Jeanne-d’Arc", "02 38 00 00 00", 1,
    )  # fmt: skip
    heart_failure, _, diabetes = health["illness"][:3]
    return Situation(
        number=-1,
        person=person,
        doctor=first.doctors[0],
        nurse=first.nurses[0],
        illnesses=(heart_failure, diabetes, health["secondary"][0]),
        allergies=(health["allergy"][0], health["allergy"][1]),
        since=today - timedelta(days=900),
        has_carer=True,
        is_connected=True,
        alarm=None,
        today=today,
        seed=seed,
    )
