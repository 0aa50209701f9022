"""The summary as a FHIR document: a Composition, the patient, and the resources it lists.
https://hl7.org/fhir/R4/documents.html
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any, Final

import orjson

from esante.core.domain.bundle import Entry, render_bundle
from esante.core.domain.resource import Resource, format_instant
from esante.summary.domain.descriptions import describe, name_of
from esante.summary.domain.sections import Json, Section

_IPS: Final = "http://hl7.org/fhir/uv/ips/StructureDefinition"
_LOINC: Final = "http://loinc.org"
_EMPTY: Final = "http://terminology.hl7.org/CodeSystem/list-empty-reason"
_NOTHING: Final = "Rien n’est noté dans ce dossier."
_TRUNCATED: Final = "Seules les mesures les plus récentes ont été lues."
_WITHHELD: Final = "Votre accès ne montre pas cette partie du dossier, ou pas toute."


@dataclass(frozen=True, slots=True)
class FilledSection:
    """A section with its resources."""

    section: Section
    resources: Sequence[tuple[Resource, Json]]
    """Each as stored, and parsed."""
    withheld: bool = False
    """Whether the caller may not search all resources of its types."""
    truncated: bool = False
    """Whether only the newest of its observations were read."""


@dataclass(frozen=True, slots=True)
class PatientSummary:
    """The content of a summary."""

    patient: Resource
    """As stored."""
    person: Json
    """The patient, parsed."""
    sections: Sequence[FilledSection]
    referred: Sequence[tuple[Resource, Json]]
    """What its resources refer to: practitioners, organisations, medications."""


def render_document(
    summary: PatientSummary, *, base: str, now: datetime, new_uuid: Callable[[], object]
) -> bytes:
    """The JSON of the document Bundle. `base`: the FHIR base as callers see it."""
    author, composition = f"urn:uuid:{new_uuid()}", f"urn:uuid:{new_uuid()}"
    written = orjson.dumps(_composition(summary, author, now))
    entries = [Entry(composition, written), _stored(summary.patient, base)]
    entries.append(Entry(author, orjson.dumps(_AUTHOR)))
    listed = {(each.type, each.id): each for each in _resources(summary)}
    entries += [_stored(each, base) for each in listed.values()]
    identifier = {"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{new_uuid()}"}
    members: dict[str, Any] = {"identifier": identifier, "timestamp": format_instant(now)}
    if _is_identified(summary.person):
        members["meta"] = {"profile": [f"{_IPS}/Bundle-uv-ips"]}
    return render_bundle("document", entries, members=members)


def _resources(summary: PatientSummary) -> Iterator[Resource]:
    for filled in summary.sections:
        yield from (stored for stored, _ in filled.resources)
    yield from (stored for stored, _ in summary.referred)


def _stored(resource: Resource, base: str) -> Entry:
    return Entry(f"{base}/{resource.type}/{resource.id}", resource.text)


def names_of(summary: PatientSummary) -> dict[str, str]:
    """The names of what the resources of a summary refer to, by `Medication/x`."""
    return {f"{stored.type}/{stored.id}": name_of(parsed) for stored, parsed in summary.referred}


def notes_of(filled: FilledSection) -> list[str]:
    """What a reader of a section must know beside its lines: nothing, a part or all is hidden."""
    if not filled.resources:
        return [_WITHHELD if filled.withheld else _NOTHING]
    noted = ((_TRUNCATED, filled.truncated), (_WITHHELD, filled.withheld))
    return [sentence for sentence, applies in noted if applies]


def _is_identified(person: Json) -> bool:
    """Whether the patient has what the profile requires."""
    return bool(person.get("name") and person.get("birthDate"))


def _composition(summary: PatientSummary, author: str, now: datetime) -> dict[str, Any]:
    made: dict[str, Any] = {"resourceType": "Composition", "language": "fr-FR"}
    if _is_identified(summary.person):
        made["meta"] = {"profile": [f"{_IPS}/Composition-uv-ips"]}
    names = names_of(summary)
    coding = {
        "system": _LOINC,
        "code": "60591-5",
        "display": "Patient summary Document",
    }
    return made | {
        "status": "final",
        "type": {"coding": [coding]},
        "subject": {"reference": f"Patient/{summary.patient.id}"},
        "date": format_instant(now),
        "author": [{"reference": author}],
        "title": "Résumé international du patient",
        "section": [_section(each, names) for each in summary.sections],
    }


_AUTHOR: Final = {
    "resourceType": "Device",
    "deviceName": [{"name": "Région Lab e-santé", "type": "manufacturer-name"}],
}
"""The summary is composed by this software; nobody has verified it."""


def _section(filled: FilledSection, names: Mapping[str, str]) -> dict[str, Any]:
    section = filled.section
    coding = {"system": _LOINC, "code": section.code, "display": section.display}
    made: dict[str, Any] = {"title": section.title, "code": {"coding": [coding]}}
    paragraphs = "".join(f"<p>{each}</p>" for each in notes_of(filled))
    if filled.resources:
        described = [describe(parsed, names) for _, parsed in filled.resources]
        lines = "".join(f"<li>{escape(each)}</li>" for each in described)
        entries = [{"reference": f"{stored.type}/{stored.id}"} for stored, _ in filled.resources]
        return made | {"text": _narrative(f"<ul>{lines}</ul>{paragraphs}"), "entry": entries}
    reason = "withheld" if filled.withheld else "unavailable"
    return made | {
        "text": _narrative(paragraphs),
        "emptyReason": {"coding": [{"system": _EMPTY, "code": reason}]},
    }


def _narrative(html: str) -> dict[str, str]:
    div = f'<div xmlns="http://www.w3.org/1999/xhtml" lang="fr" xml:lang="fr">{html}</div>'
    return {"status": "generated", "div": div}
