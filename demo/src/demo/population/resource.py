"""FHIR R4 resources, written by the models of `fhir.resources`, which refuse what is no R4."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from importlib import import_module
from typing import Any, Final
from zoneinfo import ZoneInfo

Element = dict[str, Any]
"""The JSON of a data type."""

PARIS: Final = ZoneInfo("Europe/Paris")
CORE: Final = "https://hl7.fr/ig/fhir/core/"
NOS: Final = "https://mos.esante.gouv.fr/NOS/"
LOINC: Final = "http://loinc.org"
ICD_10: Final = "http://hl7.org/fhir/sid/icd-10"
ATC: Final = "http://www.whocc.no/atc"
UCUM: Final = "http://unitsofmeasure.org"
OWN_IDENTIFIERS: Final = "https://demo.regionlab.example.org/population"
"""The system of the population's own identifiers."""
_TERMS: Final = "http://terminology.hl7.org/CodeSystem/"


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource, and its JSON."""

    type: str
    id: str
    text: str

    @property
    def reference(self) -> Element:
        """A Reference to it."""
        return reference(self.type, self.id)


def resource(resource_type: str, resource_id: str, **elements: Any) -> Resource:
    """A resource of those elements; those that are None or empty are left out.

    Raises pydantic's ValidationError if the model refuses it.
    """
    given = {name: value for name, value in elements.items() if value not in (None, [], {}, "")}
    model = _model(resource_type).model_validate({"id": resource_id, **given})
    return Resource(resource_type, resource_id, model.model_dump_json())


@cache
def _model(resource_type: str) -> Any:
    module = import_module(f"fhir.resources.R4B.{resource_type.lower()}")
    return getattr(module, resource_type)


def reference(resource_type: str, resource_id: str) -> Element:
    """A Reference to a resource of the population."""
    return {"reference": f"{resource_type}/{resource_id}"}


def coding(system: str, code: str, display: str | None = None) -> Element:
    """A Coding."""
    return {"system": system, "code": code} | ({"display": display} if display else {})


def concept(system: str, code: str, text: str | None = None) -> Element:
    """A CodeableConcept with one coding."""
    return {"coding": [coding(system, code)]} | ({"text": text} if text else {})


def hl7_concept(name: str, code: str) -> Element:
    """A CodeableConcept of one of HL7's code systems. `name`: the end of its address."""
    return concept(_TERMS + name, code)


def identifier(value: str, system: str = OWN_IDENTIFIERS, **more: Any) -> Element:
    """An Identifier."""
    return {"system": system, "value": value} | more


def fr_core(profile: str, *labels: Element) -> Element:
    """The `meta` of a resource that has a profile of FrCore. `labels`: security labels."""
    meta: Element = {"profile": [f"{CORE}StructureDefinition/{profile}"]}
    return meta | ({"security": list(labels)} if labels else {})


def instant(day: date, hour: int = 9, minute: int = 0) -> str:
    """A dateTime in French legal time."""
    return datetime.combine(day, time(hour, minute), PARIS).isoformat()


def later(day: date, hour: int, minute: int, minutes: int) -> str:
    """The dateTime `minutes` after that time of that day."""
    then = datetime.combine(day, time(hour, minute), PARIS) + timedelta(minutes=minutes)
    return then.isoformat()
