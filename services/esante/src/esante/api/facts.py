"""What pilots may count of what was done here (`gateway.request-served.v2`): that one was opened or
written; never which, whose or what it says. Why these: docs/decisions/0032.
"""

from collections.abc import Iterable, Mapping
from typing import Final, Literal

from esante.domain.query.model import Query
from esante.domain.resource import Resource
from socle.http import FACT_HEADER
from socle.http.problems import Headers

Did = Literal["read", "search", "create", "update", "patch", "delete"]

_DOCUMENT: Final = "DocumentReference"
_NOTE: Final = "a note of a liaison notebook"
_TOLD: Final[Mapping[tuple[Did | None, str], bytes]] = {
    ("read", "Composition"): b"summary-opened",
    ("read", _DOCUMENT): b"document-opened",
    # https://interop.esante.gouv.fr/ig/fhir/cdl/3.0.0-ballot/construction_des_flux.html: 1, 2, 4.
    ("read", _NOTE): b"notebook-opened",
    ("search", _NOTE): b"notebook-opened",
    ("create", _NOTE): b"notebook-written",
    ("update", _NOTE): b"notebook-written",
    ("patch", _NOTE): b"notebook-written",
    # https://interop.esante.gouv.fr/ig/fhir/gap/3.0.0/flux-gestion-rdv.html: 6a.
    ("create", "Appointment"): b"appointment-shared",
}
# Either makes a document a note: the profile it says it is of, or the nomenclature that this
# profile wants its type from. Which type of note it is, nobody looks at.
_NOTES_SAY: Final = (
    b'"https://interop.esante.gouv.fr/ig/fhir/cdl/StructureDefinition/cdl-document-reference',
    b'"https://mos.esante.gouv.fr/NOS/TRE_R234-TypeNote/FHIR/TRE-R234-TypeNote',
)
# Some write every `/` as `\/`.
_AS_WRITTEN: Final = tuple(
    each.replace(b"/", slash) for each in _NOTES_SAY for slash in (b"/", rb"\/")
)


def told(did: Did | None, resource: Resource) -> Headers:
    """What to say of it to the door, in no header or one."""
    return told_of(did, resource.type, resource.text)


def told_of(did: Did | None, resource_type: str, text: bytes) -> Headers:
    """The same. `text`: of the resource, as it is stored."""
    kind = _NOTE if resource_type == _DOCUMENT and _is_note(text) else resource_type
    fact = _TOLD.get((did, kind))
    return [] if fact is None else [(FACT_HEADER, fact)]


def told_of_found(query: Query, found: Iterable[Resource]) -> Headers:
    """What to say of a search: its first page opens a notebook where a note is on it."""
    if query.scope.resource_type != _DOCUMENT or query.cursor is not None:
        return []
    return first_told(told("search", each) for each in found)


def first_told(headers: Iterable[Headers]) -> Headers:
    """What to say of several: the first fact there is, since an answer has room for one."""
    facts = ((name, value) for each in headers for name, value in each if name == FACT_HEADER)
    return [fact] if (fact := next(facts, None)) is not None else []


def _is_note(text: bytes) -> bool:
    return any(_says(text, each) for each in _AS_WRITTEN)


def _says(text: bytes, words: bytes) -> bool:
    """Whether a value of it begins so. Looked for as bytes: a document may be megabytes."""
    at = text.find(words)
    while at > 0 and text[at - 1] == ord("\\"):  # quoted within a text
        at = text.find(words, at + 1)
    return at > 0
