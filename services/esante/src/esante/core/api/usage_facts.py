"""What pilots may count of what was done here (`gateway.request-served.v2`): that one was opened or
written; never which, whose or what it says. Why these: docs/decisions/0032.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Literal

from esante.core.domain.resource import Resource
from socle.http import FACT_HEADER
from socle.http.problems import Headers

Did = Literal["read", "search", "create", "update", "patch", "delete"]

DOCUMENT: Final = "DocumentReference"
_NOTE: Final = "a note of a liaison notebook"
_TOLD: Final[Mapping[tuple[Did | None, str], bytes]] = {
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
}
# Either makes a document a note: the profile it says it is of, or the nomenclature that this
# profile wants its type from. Which type of note it is, nobody looks at.
_PROFILE: Final = (
    "https://interop.esante.gouv.fr/ig/fhir/cdl/StructureDefinition/cdl-document-reference"
)
_NOMENCLATURE: Final = "https://mos.esante.gouv.fr/NOS/TRE_R234-TypeNote/FHIR/TRE-R234-TypeNote"
# Some write every `/` as `\/`.
_AS_WRITTEN: Final = tuple(
    each.encode().replace(b"/", slash)
    for each in (_PROFILE, _NOMENCLATURE)
    for slash in (b"/", rb"\/")
)


def told(did: Did | None, resource: Resource) -> Headers:
    """What to say of it to the door, in no header or one."""
    return told_of(did, resource.type, resource.text)


def told_of(did: Did | None, resource_type: str, text: bytes) -> Headers:
    """The same. `text`: of the resource, as it is stored."""
    kind = _NOTE if resource_type == DOCUMENT and _is_note(text) else resource_type
    fact = _TOLD.get((did, kind))
    return [] if fact is None else [(FACT_HEADER, fact)]


def first_told(headers: Iterable[Headers]) -> Headers:
    """What to say of several: the first fact there is, since an answer has room for one."""
    facts = ((name, value) for each in headers for name, value in each if name == FACT_HEADER)
    return [fact] if (fact := next(facts, None)) is not None else []


def _is_note(text: bytes) -> bool:
    # A document may be megabytes: one that nowhere names either is not parsed.
    if not any(each in text for each in _AS_WRITTEN):
        return False
    document = json.loads(text)
    profiles = _list(_member(document, "meta", "profile"))
    if any(isinstance(each, str) and each.partition("|")[0] == _PROFILE for each in profiles):
        return True
    codings = _list(_member(document, "type", "coding"))
    return any(_member(each, "system") == _NOMENCLATURE for each in codings)


def _member(value: Any, *names: str) -> Any:
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _list(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else ()
