"""A small population, invented from a seed: resources as JSON, with what searches stumble over:
missing values, precisions, accents, several values, references of every kind."""

from random import Random
from typing import Any

Json = dict[str, Any]
LOINC, SNOMED, UCUM = "http://loinc.org", "http://snomed.info/sct", "http://unitsofmeasure.org"
CODES = ["8480-6", "8462-4", "29463-7", "8302-2", "718-7", "2339-0", "8867-4", "85354-9"]
FINDINGS = ["38341003", "73211009", "195967001", "44054006"]
FAMILIES = ["Martin", "Lefèvre", "LE GOFF", "Éloïse", "D'Arc", "Martinez", "ma%tin", "Du_Bois"]
GIVEN = ["Zoé", "Zoe", "Jean", "Jean-Marie", "Anne", "Anne,Lise", "Noël", "Ali"]
CITIES = ["Orléans", "Tours", "Bourges", "Saint-Jean-de-Braye", "ORLEANS"]
UNITS = [
    ("mm[Hg]", "mmHg"),
    ("kPa", "kPa"),
    ("kg", "kg"),
    ("g", "g"),
    ("g/dL", "g/dl"),
    ("mg/mL", "mg/ml"),
    ("S", "S"),
    ("s", "s"),
    ("min", "min"),
]
ELSEWHERE = "https://ailleurs.example.org/fhir"
BASE = "https://region.example.org/fhir"


class Population:
    """`resources`: in the order they are to be created."""

    def __init__(self, seed: int, size: int) -> None:
        self._random = Random(seed)
        self._number = 0
        self.resources: list[Json] = []
        makers = {
            "Organization": (self._organization, 3),
            "Practitioner": (self._practitioner, 3),
            "Patient": (self._patient, 15),
            "Encounter": (self._encounter, 10),
            "Observation": (self._observation, 45),
            "Condition": (self._condition, 8),
            "RiskAssessment": (self._risk, 4),
            "ValueSet": (self._value_set, 4),
            "List": (self._list, 3),
            "Provenance": (self._provenance, 5),
        }
        for name, (make, share) in makers.items():
            for _ in range(max(3, size * share // 100)):
                self.resources.append(self._dressed(name, make()))
        # In no order of types: references can point to resources created later.
        self._random.shuffle(self.resources)

    def maybe(self, chance: float = 0.5) -> bool:
        return self._random.random() < chance

    def one(self, values: Any) -> Any:
        return self._random.choice(values)

    def of(self, name: str) -> list[Json]:
        return [each for each in self.resources if each["resourceType"] == name]

    def _dressed(self, name: str, content: Json) -> Json:
        self._number += 1
        resource = {"resourceType": name, "id": f"{name[:3].lower()}{self._number}"}
        meta: Json = {}
        if self.maybe(0.3):
            meta["tag"] = [{"system": "urn:tags", "code": self.one(["a", "b", "C"])}]
        if self.maybe(0.2):
            meta["security"] = [{"system": "urn:conf", "code": self.one(["N", "R"])}]
        if self.maybe(0.2):
            meta["profile"] = [f"https://hl7.fr/ig/fhir/core/StructureDefinition/{name.lower()}"]
        if meta:
            resource["meta"] = meta
        return resource | content

    def _coding(self, system: str, codes: list[str]) -> Json:
        coding = {"system": system, "code": self.one(codes)}
        if self.maybe(0.3):
            coding["display"] = self.one(["Tension artérielle", "Poids", "Glycémie à jeun"])
        if self.maybe(0.1):
            del coding["system"]
        return coding

    def _concept(self, system: str, codes: list[str]) -> Json:
        count = 1 if self.maybe(0.8) else 2
        concept: Json = {"coding": [self._coding(system, codes) for _ in range(count)]}
        if self.maybe(0.3):
            concept["text"] = self.one(["Tension prise debout", "poids du matin", "À jeun"])
        return concept

    def _reference(self, *names: str) -> Json:
        found = [each for name in names for each in self.of(name)]
        if not found or self.maybe(0.05):
            return {"reference": f"{self.one(names)}/absent"}
        other = self.one(found)
        local = f"{other['resourceType']}/{other['id']}"
        chance = self._random.random()
        if chance < 0.06:
            return {"reference": f"{BASE}/{local}"}
        if chance < 0.1:
            return {"reference": f"{ELSEWHERE}/{local}"}
        if chance < 0.14:
            return {"type": names[0], "identifier": {"system": "urn:ids", "value": other["id"]}}
        return {"reference": local}

    def _day(self) -> str:
        year, month, day = self.one([2023, 2024]), self.one(range(1, 13)), self.one(range(1, 29))
        return f"{year}-{month:02}-{day:02}"

    def date(self, *, time: bool = True) -> str:
        day = self._day()
        precisions = 6 if time else 3
        return [
            day[:4],
            day[:7],
            day,
            f"{day}T10:{self.one(range(60)):02}:00Z",
            f"{day}T23:30:00+02:00",
            f"{day}T08:15:30.{self.one(range(1000)):03}-03:00",
        ][self._random.randrange(precisions)]

    def _period(self) -> Json:
        start, end = sorted([self._day(), self._day()])
        period = {"start": start, "end": end}
        if self.maybe(0.3):
            del period[self.one(["start", "end"])]
        return period

    def decimal(self) -> Any:
        from decimal import Decimal

        return Decimal(self.one(["5", "5.4", "5.40", "120", "1E2", "100", "99.7", "-3.2", "0"]))

    def _quantity(self) -> Json:
        code, unit = self.one(UNITS)
        quantity: Json = {"value": self.decimal(), "unit": unit, "system": UCUM, "code": code}
        for name, chance in {"unit": 0.3, "comparator": 0.0}.items():
            if self.maybe(chance):
                quantity.pop(name, None)
        if self.maybe(0.15):
            del quantity["system"], quantity["code"]
        if self.maybe(0.1):
            quantity["comparator"] = self.one(["<", "<=", ">", ">="])
        return quantity

    def _organization(self) -> Json:
        content: Json = {"name": self.one(["CHR d'Orléans", "CHU Tours", "Cabinet des Lilas"])}
        if self.maybe() and self.of("Organization"):
            content["partOf"] = self._reference("Organization")
        return content

    def _practitioner(self) -> Json:
        return {"name": [self._name()], "identifier": [self._identifier("urn:rpps")]}

    def _name(self) -> Json:
        return {"family": self.one(FAMILIES), "given": [self.one(GIVEN) for _ in range(2)]}

    def _identifier(self, system: str) -> Json:
        content: Json = {"system": system, "value": f"n{self.one(range(40))}"}
        if self.maybe(0.5):
            content["type"] = {
                "coding": [{"system": "urn:types", "code": self.one(["MR", "NI"])}],
                "text": "Numéro de dossier",
            }
        return content

    def _patient(self) -> Json:
        content: Json = {"name": [self._name()], "identifier": [self._identifier("urn:ids")]}
        if self.maybe(0.8):
            content["gender"] = self.one(["male", "female", "other"])
        if self.maybe(0.8):
            content["birthDate"] = self.date(time=False)
        if self.maybe(0.4):
            content["active"] = self.maybe()
        if self.maybe():
            content["generalPractitioner"] = [
                self._reference("Practitioner", "Organization") for _ in range(self.one([1, 2]))
            ]
        if self.maybe():
            content["managingOrganization"] = self._reference("Organization")
        if self.maybe():
            content["address"] = [{"city": self.one(CITIES), "line": ["1 rue des Lilas"]}]
        if self.maybe(0.2):
            content["deceasedBoolean"] = self.maybe()
        return content

    def _subject(self) -> Json:
        """A patient of the population, or a contained one, perhaps with an organization."""
        if self.maybe(0.85):
            return {"subject": self._reference("Patient")}
        patient = {"resourceType": "Patient", "id": "p", **self._patient()}
        contained = [patient]
        if self.maybe():
            patient["managingOrganization"] = {"reference": "#o"}
            contained.append({"resourceType": "Organization", "id": "o", **self._organization()})
        return {"contained": contained, "subject": {"reference": "#p"}}

    def _encounter(self) -> Json:
        content: Json = {
            "status": self.one(["planned", "finished"]),
            "class": {"system": "urn:class", "code": self.one(["AMB", "IMP"])},
            **self._subject(),
        }
        if self.maybe(0.7):
            content["period"] = self._period()
        if self.maybe():
            content["serviceProvider"] = self._reference("Organization")
        return content

    def _observation(self) -> Json:
        content: Json = {
            "status": self.one(["final", "preliminary"]),
            "code": self._concept(LOINC, CODES),
            **self._subject(),
        }
        if self.maybe():
            content["category"] = [self._concept("urn:category", ["vital-signs", "laboratory"])]
        if self.maybe(0.4):
            content["encounter"] = self._reference("Encounter")
        if self.maybe(0.4):
            content["performer"] = [self._reference("Practitioner", "Organization")]
        if self.maybe(0.8):
            name, value = self.one(
                [("effectiveDateTime", self.date()), ("effectivePeriod", self._period())]
            )
            content[name] = value
        name, value = self.one(
            [
                ("valueQuantity", self._quantity()),
                ("valueQuantity", self._quantity()),
                ("valueString", self.one(["Élevé", "eleve", "normal", "100%"])),
                ("valueCodeableConcept", self._concept(SNOMED, FINDINGS)),
                ("valueDateTime", self.date()),
                ("note", [{"text": "sans valeur"}]),
            ]
        )
        content[name] = value
        if self.maybe(0.3):
            content["component"] = [
                {"code": self._concept(LOINC, CODES), "valueQuantity": self._quantity()}
                for _ in range(2)
            ]
        return content

    def _condition(self) -> Json:
        content: Json = {
            "code": self._concept(SNOMED, FINDINGS),
            **self._subject(),
        }
        if self.maybe(0.7):
            content["onsetDateTime"] = self.date()
        if self.maybe():
            content["recordedDate"] = self.date()
        if self.maybe(0.3):
            content["encounter"] = self._reference("Encounter")
        return content

    def _risk(self) -> Json:
        predictions = [{"probabilityDecimal": self.decimal()} for _ in range(self.one([0, 1, 2]))]
        content: Json = {"status": "final", "subject": self._reference("Patient")}
        return content | ({"prediction": predictions} if predictions else {})

    def _value_set(self) -> Json:
        urls = ["http://a.org/vs", "http://a.org/vs/1", "http://a.org/vs/10", "http://b.org/vs/1"]
        content: Json = {"url": self.one(urls), "status": self.one(["active", "draft"])}
        return content | ({"name": self.one(GIVEN)} if self.maybe() else {})

    def _list(self) -> Json:
        entries = [{"item": self._reference("Patient", "Observation")} for _ in range(6)]
        return {"status": "current", "mode": "working", "entry": entries}

    def _provenance(self) -> Json:
        content: Json = {"target": [self._reference("Observation", "Condition") for _ in range(2)]}
        content["recorded"] = f"{self._day()}T12:00:00Z"
        content["agent"] = [{"who": self._reference("Practitioner", "Organization")}]
        return content
