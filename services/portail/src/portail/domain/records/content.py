"""The content of a record: summary, notes, alerts, appointments and documents."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from html import unescape
from typing import Final

from portail.domain.records.elements import (
    Json,
    by_reference,
    codes,
    concept_text,
    display,
    instant,
    items,
    part,
    reference_id,
    resources,
    text,
    title_and_details,
    with_contained,
)

ALERTS, ALLERGIES, TREATMENTS, PROBLEMS = "104605-1", "48765-2", "10160-0", "11450-4"
ESSENTIAL: Final = (ALERTS, ALLERGIES, TREATMENTS, PROBLEMS)
"""The sections of a summary (LOINC) that are read first, in this order."""
_CRITICALITY: Final = {"high": "risque élevé", "low": "risque faible"}
_NAMES: Final = ("code", "medicationCodeableConcept", "vaccineCode", "type")


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the summary."""

    code: str
    """LOINC."""
    title: str
    lines: tuple[str, ...]
    """One for each resource; empty if nothing is recorded."""


@dataclass(frozen=True, slots=True)
class Note:
    """A message of the liaison notebook."""

    author: str
    """Empty if it is not known."""
    at: datetime | None
    text: str
    alert: bool
    """Whether the platform or a person sent it as an alert."""


@dataclass(frozen=True, slots=True)
class Alert:
    """A Flag."""

    id: str
    title: str
    explanation: str
    """Its narrative as text; empty without one."""
    since: datetime | None
    author: str


@dataclass(frozen=True, slots=True)
class Appointment:
    """An appointment."""

    id: str
    start: datetime | None
    end: datetime | None
    subject: str
    """What it is for; empty if it is not known."""
    status: str
    """Code of AppointmentStatus."""
    people: tuple[str, ...]
    """Names of the others who take part."""
    patient: str | None
    """The id of the patient."""
    patient_name: str


@dataclass(frozen=True, slots=True)
class Document:
    """A DocumentReference."""

    id: str
    title: str
    at: datetime | None
    author: str
    has_content: bool
    """Whether it has an attachment that this site can open."""
    masked: bool
    """Whether it is hidden from professionals (MASQUE_PS)."""


def sections_of(document: Json) -> list[Section]:
    """The sections of a summary (`$summary`), in its order."""
    known = by_reference(document)
    composition = next(iter(resources(document, "Composition")), {})
    found: list[Section] = []
    for section in items(composition.get("section")):
        entries = [text(each, "reference") for each in items(section.get("entry"))]
        lines = tuple(_line(known[each], known) for each in entries if each in known)
        code = next((text(c, "code") for c in items(part(section, "code").get("coding"))), "")
        found.append(Section(code, text(section, "title"), lines))
    return found


def _line(resource: Json, known: Mapping[str, Json]) -> str:
    """A resource of a summary in one line: its name, then what matters about it."""
    name = next((found for each in _NAMES if (found := concept_text(part(resource, each)))), "")
    if not name and "medicationReference" in resource:
        target = known.get(text(part(resource, "medicationReference"), "reference"), {})
        written = text(part(resource, "medicationReference"), "display")
        name = written or concept_text(part(target, "code"))
    dosages = items(resource.get("dosage")) + items(resource.get("dosageInstruction"))
    details = [
        quantity_text(resource),
        *(text(each, "text") for each in dosages[:1]),
        _CRITICALITY.get(text(resource, "criticality"), ""),
        *(concept_text(each) for each in _manifestations(resource)[:2]),
    ]
    return ", ".join(filter(None, [name or text(resource, "title"), *details]))


def _manifestations(allergy: Json) -> list[Json]:
    reactions = items(allergy.get("reaction"))
    return [each for reaction in reactions for each in items(reaction.get("manifestation"))]


def quantity_text(observation: Json) -> str:
    """The value of an Observation in words: « 62,5 kg », « 132/84 mmHg »; empty without one."""
    parts = items(observation.get("component")) or [observation]
    quantities = [part(each, "valueQuantity") for each in parts]
    values = [_number(each["value"]) for each in quantities if "value" in each]
    unit = next((text(each, "unit") or text(each, "code") for each in quantities), "")
    if not values:
        return concept_text(part(observation, "valueCodeableConcept"))
    return f"{'/'.join(values)}\N{NO-BREAK SPACE}{unit}".strip()


def _number(value: object) -> str:
    if not isinstance(value, int | float):
        return ""
    return f"{value:.10g}".replace(".", ",")


def notes_of(bundle: Json, patient_id: str) -> list[Note]:
    """The messages of a searchset of Communications that have a text, in its order. Those of other
    patients are left out: an address can name any page."""
    known = by_reference(bundle)
    found: list[Note] = []
    for each in resources(bundle, "Communication"):
        if reference_id(part(each, "subject"), "Patient") != patient_id:
            continue
        written = [text(payload, "contentString") for payload in items(each.get("payload"))]
        if content := "\n".join(filter(None, written)):
            at = instant(each.get("sent")) or instant(part(each, "meta").get("lastUpdated"))
            alert = any("alert" in codes(category) for category in items(each.get("category")))
            author = display(part(each, "sender"), with_contained(each, known))
            found.append(Note(author, at, content, alert))
    return found


def alerts_of(bundle: Json) -> list[Alert]:
    """The active Flags of a searchset."""
    known = by_reference(bundle)
    return [
        _alert(each, known) for each in resources(bundle, "Flag") if each.get("status") == "active"
    ]


def _alert(flag: Json, known: Mapping[str, Json]) -> Alert:
    title, details = title_and_details(part(flag, "code"))
    author = display(part(flag, "author"), with_contained(flag, known))
    explanation = details or plain_text(text(part(flag, "text"), "div"))
    return Alert(
        id=text(flag, "id"),
        title=title,
        # A rule's text begins with the name of its alert.
        explanation=explanation.removeprefix(title).lstrip(" :\u00a0\u202f"),
        since=instant(part(flag, "period").get("start")),
        # A rule has the name of its alerts.
        author="" if author == title else author,
    )


def plain_text(markup: str) -> str:
    """The text of a narrative, without its elements."""
    inside, found = False, list[str]()
    for character in markup:
        if character in "<>":
            inside = character == "<"
            found.append(" ")
        elif not inside:
            found.append(character)
    return unescape(" ".join("".join(found).split()))


def appointments_of(bundle: Json) -> list[Appointment]:
    """The appointments of a searchset, in its order."""
    known = by_reference(bundle)
    return [_appointment(each, known) for each in resources(bundle, "Appointment")]


def _appointment(resource: Json, known: Mapping[str, Json]) -> Appointment:
    actors = [part(each, "actor") for each in items(resource.get("participant"))]
    patients = [each for each in actors if reference_id(each, "Patient")]
    services = [concept_text(each) for each in items(resource.get("serviceType"))]
    reasons = [concept_text(each) for each in items(resource.get("reasonCode"))]
    subject = [text(resource, "description"), *services, *reasons]
    return Appointment(
        id=text(resource, "id"),
        start=instant(resource.get("start")),
        end=instant(resource.get("end")),
        subject=next(filter(None, subject), ""),
        status=text(resource, "status"),
        people=tuple(
            name for each in actors if each not in patients and (name := display(each, known))
        ),
        patient=reference_id(patients[0], "Patient") if patients else None,
        patient_name=display(patients[0], known) if patients else "",
    )


def documents_of(bundle: Json) -> list[Document]:
    """The documents of a searchset, in its order."""
    known, found = by_reference(bundle), list[Document]()
    for each in resources(bundle, "DocumentReference"):
        attachment = attachment_of(each)
        labels = {text(c, "code") for c in items(part(each, "meta").get("security"))}
        labels |= {c for label in items(each.get("securityLabel")) for c in codes(label)}
        authors = [display(author, known) for author in items(each.get("author"))]
        found.append(
            Document(
                id=text(each, "id"),
                title=document_title(each),
                at=instant(each.get("date")),
                author=", ".join(filter(None, authors)),
                has_content=binary_id(attachment) is not None,
                masked="MASQUE_PS" in labels,
            )
        )
    return found


def document_title(document: Json) -> str:
    """The title of a DocumentReference, or what it is; empty if neither is stated."""
    title = text(attachment_of(document), "title") or text(document, "description")
    return title or concept_text(part(document, "type"))


def attachment_of(document: Json) -> Json:
    """The attachment of a DocumentReference; empty without one."""
    return part(next(iter(items(document.get("content"))), {}), "attachment")


def binary_id(attachment: Json) -> str | None:
    """The id of the Binary of an attachment; None if its bytes are elsewhere."""
    return reference_id({"reference": text(attachment, "url")}, "Binary")
