"""The compartments that an element puts a resource in, of types for which R4 defines none although
they hold data of patients.

Like every other membership, it follows from the resource alone.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from esante.core.domain.json_values import objects_in
from esante.search.domain.definitions import COMPARTMENTS
from esante.search.domain.search_extractors.collector import IndexCollector
from esante.search.domain.search_extractors.references import read_target

SUBSCRIPTION_PATIENT: Final = "urn:regionlab:subscription-patient"
"""The extension of a Subscription, a reference to the patient in whose record it is. The server
adds it to those of applications that are restricted to a record."""


def declared_compartments(
    resource: Mapping[str, Any], collector: IndexCollector
) -> Iterable[tuple[str, str]]:
    """(type, id) of each compartment that such an element of the resource names."""
    references_of = _REFERENCES.get(resource["resourceType"])
    if references_of is None:
        return
    for each in references_of(resource):
        reference = each.get("reference") if isinstance(each, dict) else None
        if isinstance(reference, str):
            target = read_target(reference, collector)
            if target.local and target.type in COMPARTMENTS:
                yield target.type, target.id


def _security_context(resource: Mapping[str, Any]) -> Iterator[Any]:
    """https://hl7.org/fhir/R4/binary.html#security"""
    yield resource.get("securityContext")


def _subscription_patient(resource: Mapping[str, Any]) -> Iterator[Any]:
    for each in objects_in(resource.get("extension")):
        if each.get("url") == SUBSCRIPTION_PATIENT:
            yield each.get("valueReference")


def _of(*path: str) -> Callable[[Mapping[str, Any]], Iterator[Any]]:
    """The references in an element, which can repeat."""

    def references_of(resource: Mapping[str, Any]) -> Iterator[Any]:
        value: Any = resource
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
        yield from value if isinstance(value, list) else (value,)

    return references_of


def _bundled(bundle: Mapping[str, Any]) -> Iterator[Any]:
    """The subjects of the Compositions of a document or a message."""
    if bundle.get("type") in ("document", "message"):
        for each in objects_in(bundle.get("entry")):
            resource = each.get("resource")
            if isinstance(resource, dict) and resource.get("resourceType") == "Composition":
                yield resource.get("subject")


_REFERENCES: Final[Mapping[str, Callable[[Mapping[str, Any]], Iterator[Any]]]] = {
    "Binary": _security_context,
    "BiologicallyDerivedProduct": _of("collection", "source"),
    "Bundle": _bundled,
    "Contract": _of("subject"),
    "Device": _of("patient"),
    "GuidanceResponse": _of("subject"),
    "Subscription": _subscription_patient,
    "Task": _of("for"),
    "VerificationResult": _of("target"),
}
DECLARED_TYPES: Final = frozenset(_REFERENCES)
"""The types of which an element puts resources in compartments."""
