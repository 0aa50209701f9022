"""Names, birth, address and numbers of the simulated people, and their Patient resources."""

from bisect import bisect
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate
from random import Random
from typing import Any

from demo.population.data_files import read
from demo.population.numbers import ins_number
from demo.population.resource import (
    CORE,
    NOS,
    Element,
    Resource,
    coding,
    concept,
    fr_core,
    identifier,
    reference,
    resource,
)

_COMMUNE_SYSTEM = f"{NOS}TRE_R13-CommuneOM/FHIR/TRE-R13-CommuneOM"
_INSEE_CODE = f"{CORE}StructureDefinition/fr-core-address-insee-code"


@dataclass(frozen=True, slots=True)
class Person:
    """One patient."""

    id: str
    """Of the Patient."""
    gender: str
    family: str
    """At birth."""
    used_family: str
    given: tuple[str, ...]
    birth: date
    birth_place: dict[str, Any]
    """A row of `data/places.toml`, as `home`."""
    home: dict[str, Any]
    street: str
    phone: str
    order: int
    """Among those born in the same commune that month, for the matricule."""

    @property
    def name(self) -> str:
        """As it is spoken."""
        return f"{self.given[0]} {self.used_family}"


def draw_place(chance: Random) -> dict[str, Any]:
    """A commune, by its weight."""
    places: list[dict[str, Any]] = read("places")["commune"]
    sums = list(accumulate(each["weight"] for each in places))
    return places[bisect(sums, chance.random() * sums[-1])]


def draw_street(chance: Random) -> str:
    """A number and the name of a street."""
    return f"{chance.randint(1, 120)} {chance.choice(read('places')['streets'])}"


def draw_names(chance: Random, gender: str, year: int) -> tuple[str, tuple[str, ...]]:
    """A family name and two given names of the generation born that year."""
    names = read("people")
    generations = names["women" if gender == "female" else "men"]
    generation = max((each for each in generations if int(each) <= year), key=int, default="1930")
    return chance.choice(names["families"]), tuple(chance.sample(generations[generation], 2))


def draw_person(person_id: str, number: int, chance: Random, today: date) -> Person:
    """A patient, between 58 and 97 years old; two in three are women."""
    gender = "female" if chance.random() < 2 / 3 else "male"
    age = min(97, max(58, round(chance.gauss(81, 8))))
    birth = today - timedelta(days=age * 365 + chance.randint(20, 340))
    family, given = draw_names(chance, gender, birth.year)
    married = gender == "female" and chance.random() < 0.8
    return Person(
        id=person_id,
        gender=gender,
        family=family,
        used_family=chance.choice(read("people")["families"]) if married else family,
        given=given,
        birth=birth,
        birth_place=draw_place(chance),
        home=draw_place(chance),
        street=draw_street(chance),
        phone=f"02 38 00 {number // 100 % 100:02} {number % 100:02}",
        order=1 + number % 999,
    )


def address(place: dict[str, Any], street: str) -> Element:
    """A postal address with its INSEE code."""
    return {
        "use": "home",
        "line": [street],
        "city": place["name"],
        "postalCode": place["postcode"],
        "country": "FR",
        "extension": [_insee_code(place)],
    }


def patient(person: Person, practitioner: str) -> Resource:
    """Its Patient, with the traits of a validated identity. `practitioner`: the general
    practitioner's id."""
    matricule = ins_number(person.gender, person.birth, person.birth_place["code"], person.order)
    test = coding(f"{CORE}CodeSystem/fr-core-cs-v2-0203", "INS-NIR-TEST")
    ins = identifier(
        matricule, "urn:oid:1.2.250.1.213.1.4.10", use="official", type={"coding": [test]}
    )
    official = {
        "use": "official",
        "family": person.family.upper(),
        "given": [person.given[0]],
        "extension": [
            {
                "url": f"{CORE}StructureDefinition/fr-core-patient-birth-list-given-name",
                "valueString": " ".join(person.given),
            }
        ],
    }
    usual = {"use": "usual", "family": person.used_family.upper(), "given": [person.given[0]]}
    return resource(
        "Patient",
        person.id,
        meta=fr_core("fr-core-patient-ins"),
        extension=[_identity_status(), _birth_place(person)],
        identifier=[ins],
        active=True,
        name=[official, usual],
        telecom=[{"system": "phone", "value": person.phone, "use": "home"}],
        gender=person.gender,
        birthDate=person.birth.isoformat(),
        address=[address(person.home, person.street)],
        generalPractitioner=[reference("Practitioner", practitioner)],
    )


def carer(person: Person, chance: Random) -> Resource:
    """The RelatedPerson who cares for a patient. `chance`: as for `carer_name`."""
    gender, given = _draw_carer(person, chance)
    role = coding(f"{NOS}TRE_R260-HL7RoleClass/FHIR/TRE-R260-HL7RoleClass", "CAREGIVER")
    child = "DAUC" if gender == "female" else "SONC"
    relation = f"{NOS}TRE_R216-HL7RoleCode/FHIR/TRE-R216-HL7RoleCode"
    return resource(
        "RelatedPerson",
        f"{person.id}-aidant",
        meta=fr_core("fr-core-related-person"),
        identifier=[identifier(f"{person.id}-aidant")],
        active=True,
        patient=reference("Patient", person.id),
        relationship=[{"coding": [role]}, concept(relation, child)],
        name=[{"use": "usual", "family": person.family.upper(), "given": [given]}],
        telecom=[{"system": "phone", "value": person.phone.replace("02 38", "06 99")}],
        gender=gender,
    )


def carer_name(person: Person, chance: Random) -> str:
    """The name of the RelatedPerson, as people read it."""
    return f"{_draw_carer(person, chance)[1]} {person.family}"


def _draw_carer(person: Person, chance: Random) -> tuple[str, str]:
    """Gender and first name."""
    gender = "female" if chance.random() < 0.6 else "male"
    return gender, draw_names(chance, gender, person.birth.year + 26)[1][0]


def _insee_code(place: dict[str, Any]) -> Element:
    return {"url": _INSEE_CODE, "valueCoding": coding(_COMMUNE_SYSTEM, place["code"])}


def _identity_status() -> Element:
    status = coding(f"{CORE}CodeSystem/fr-core-cs-v2-0445", "VALI")
    mode = coding(f"{CORE}CodeSystem/fr-core-cs-mode-validation-identity", "CN")
    return {
        "url": f"{CORE}StructureDefinition/fr-core-identity-reliability",
        "extension": [
            {"url": "identityStatus", "valueCoding": status},
            {"url": "validationMode", "valueCoding": mode},
        ],
    }


def _birth_place(person: Person) -> Element:
    place = {"city": person.birth_place["name"], "extension": [_insee_code(person.birth_place)]}
    return {
        "url": "http://hl7.org/fhir/StructureDefinition/patient-birthPlace",
        "valueAddress": place,
    }
