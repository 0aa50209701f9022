"""Usage facts that pilots count (`gateway.request-served.v2`): a document was opened or written, a
reminder sent or read.

A fact never contains the resource, its subject or its content. docs/decisions/0032 lists the facts.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Literal

from esante.core.domain.resource import Resource
from socle.http import FACT_HEADER
from socle.http.problems import Headers

FactInteraction = Literal["read", "search", "create", "update", "patch", "delete"]

DOCUMENT: Final = "DocumentReference"
_COMMUNICATION: Final = "Communication"
SEARCHED: Final = frozenset({DOCUMENT, _COMMUNICATION})
"""The types of which a search can have a fact."""
_NOTE: Final = "a note of a liaison notebook"
_REMINDER: Final = "a reminder"
_FACTS: Final[Mapping[tuple[FactInteraction | None, str], bytes]] = {
    ("read", "Composition"): b"summary-opened",
    ("read", DOCUMENT): b"document-opened",
    # https://interop.esante.gouv.fr/ig/fhir/cdl/3.0.0-ballot/construction_des_flux.html: 1, 2, 4.
    ("read", _NOTE): b"notebook-opened",
    ("search", _NOTE): b"notebook-opened",
    ("create", _NOTE): b"notebook-written",
    ("update", _NOTE): b"notebook-written",
    ("patch", _NOTE): b"notebook-written",
    # https://interop.esante.gouv.fr/ig/fhir/gap/3.0.0/flux-gestion-rdv.html: 6a.
    ("create", "Appointment"): b"appointment-shared",
    ("create", _REMINDER): b"reminder-sent",
    ("read", _REMINDER): b"reminder-read",
    ("search", _REMINDER): b"reminder-read",
}
# A document is a note if it claims the profile, or if its type is a code of the nomenclature that
# the profile requires. The code itself is not examined.
_PROFILE: Final = (
    "https://interop.esante.gouv.fr/ig/fhir/cdl/StructureDefinition/cdl-document-reference"
)
_NOMENCLATURE: Final = "https://mos.esante.gouv.fr/NOS/TRE_R234-TypeNote/FHIR/TRE-R234-TypeNote"
# Some JSON writers escape every `/` as `\/`.
_NOTE_MARKERS: Final = tuple(
    each.encode().replace(b"/", slash)
    for each in (_PROFILE, _NOMENCLATURE)
    for slash in (b"/", rb"\/")
)
# R4's category of what reminds: https://hl7.org/fhir/R4/valueset-communication-category.html
_CATEGORIES: Final = "http://terminology.hl7.org/CodeSystem/communication-category"
_SENT: Final = frozenset({"in-progress", "completed"})


def fact_headers(interaction: FactInteraction | None, resource: Resource) -> Headers:
    """The header with the usage fact, for the gateway; empty if the interaction has no fact.

    `interaction`: None if nothing was read or written.
    """
    return fact_headers_of(interaction, resource.type, resource.text)


def fact_headers_of(
    interaction: FactInteraction | None, resource_type: str, text: bytes
) -> Headers:
    """As `fact_headers`. `text`: the stored JSON of the resource."""
    subject = resource_type
    if resource_type == DOCUMENT and _is_note(text):
        subject = _NOTE
    elif resource_type == _COMMUNICATION and _is_sent_reminder(text):
        subject = _REMINDER
    fact = _FACTS.get((interaction, subject))
    return [] if fact is None else [(FACT_HEADER, fact)]


def first_fact(headers: Iterable[Headers]) -> Headers:
    """The first fact among several headers, since a response has at most one; empty without any."""
    facts = ((name, value) for each in headers for name, value in each if name == FACT_HEADER)
    return [fact] if (fact := next(facts, None)) is not None else []


def _is_note(text: bytes) -> bool:
    # A document can be megabytes: one that contains neither URL is not parsed.
    if not any(each in text for each in _NOTE_MARKERS):
        return False
    document = json.loads(text)
    profiles = _list(_member(document, "meta", "profile"))
    if any(isinstance(each, str) and each.partition("|")[0] == _PROFILE for each in profiles):
        return True
    codings = _list(_member(document, "type", "coding"))
    return any(_member(each, "system") == _NOMENCLATURE for each in codings)


def _is_sent_reminder(text: bytes) -> bool:
    if b"reminder" not in text:
        return False
    message = json.loads(text)
    codings = [
        coding
        for category in _list(message.get("category"))
        for coding in _list(_member(category, "coding"))
    ]
    return message.get("status") in _SENT and any(
        (_member(each, "system"), _member(each, "code")) == (_CATEGORIES, "reminder")
        for each in codings
    )


def _member(value: Any, *names: str) -> Any:
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _list(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else ()
