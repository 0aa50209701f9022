"""The parameters of $export.
https://hl7.org/fhir/uv/bulkdata/STU2/export.html#query-parameters
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final, Literal

from esante.core.domain.resource import is_id
from esante.search.domain.query.criterion_parser import SearchContext
from esante.search.domain.query.model import Scope
from esante.search.domain.query.query_parser import (
    is_in_compartment,
    parse_query,
    read_pairs,
    require_types,
)
from socle.errors import Refusal

ExportLevel = Literal["system", "patient", "group"]

PARAMETERS: Final = (
    "_outputFormat",
    "_since",
    "_until",
    "_type",
    "_typeFilter",
    "_elements",
    "patient",
)
"""The supported parameters. `patient` is only accepted in a POST."""
_FORMATS: Final = frozenset({"application/fhir+ndjson", "application/ndjson", "ndjson"})
_INSTANT: Final = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)", re.ASCII
)
_ELEMENT: Final = re.compile(r"([A-Z][A-Za-z]*\.)?[a-z][A-Za-z0-9]*")
_MAX_FILTERS: Final = 50
_MAX_PATIENTS: Final = 1000
MAX_MEMBERS: Final = 100_000
"""Patients of an export of a group."""


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """What an export contains, and for whom it is. JSON-ready, but for the tuples."""

    url: str
    """The address of the request, as the manifest repeats it."""
    level: ExportLevel
    role: str
    """Of the caller; with `scopes` and `record`, their permissions at the request."""
    scopes: tuple[str, ...]
    record: str | None
    """The patient in the context of the caller's token."""
    types: tuple[str, ...] = ()
    """`_type`; empty: every type of the level that the caller can search."""
    since: str | None = None
    until: str | None = None
    filters: tuple[str, ...] = ()
    """`_typeFilter`, each `Observation?status=final`."""
    elements: tuple[str, ...] = ()
    patients: tuple[str, ...] | None = None
    """The ids of the patients whose compartments are exported; None: all."""

    def to_json(self) -> dict[str, Any]:
        """As JSON values, for the store."""
        return asdict(self)

    @classmethod
    def of_json(cls, value: Mapping[str, Any]) -> "ExportRequest":
        """The request of stored JSON values."""
        lists = {name: tuple(each) for name, each in value.items() if isinstance(each, list)}
        return cls(**{**value, **lists})


def check_format(values: Sequence[str]) -> None:
    """Raises Refusal for an `_outputFormat` other than NDJSON."""
    for each in values:
        # A "+" that was not percent-encoded has been decoded as a space.
        if each.replace("fhir ndjson", "fhir+ndjson") not in _FORMATS:
            raise _invalid(
                "_outputFormat", f"« {each[:80]} » n'est pas produit : application/fhir+ndjson."
            )


def read_instant(name: str, values: Sequence[str], *, now: datetime) -> str | None:
    """The instant of `_since` or `_until`; None without it. Raises Refusal if it is malformed or
    given twice, and for a `_since` in the future."""
    if not values:
        return None
    text = values[0].replace(" ", "+")
    if len(values) > 1 or not _INSTANT.fullmatch(text):
        raise _invalid(name, "un instant est attendu, comme 2026-01-31T08:00:00Z.")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise _invalid(name, f"« {text} » n'existe pas dans le calendrier.") from None
    if name == "_since" and moment > now:
        raise _invalid(name, f"{text} est dans l'avenir.")
    return text


def read_types(values: Sequence[str], level: ExportLevel) -> tuple[str, ...]:
    """The types of `_type`, sorted. Raises Refusal for one that does not exist, or that is in no
    patient's compartment in an export of patients."""
    named = sorted({each.strip() for value in values for each in value.split(",") if each.strip()})
    require_types(named)
    for each in named:
        if level != "system" and not is_in_compartment(each, "Patient"):
            raise _invalid(
                "_type", f"{each} n'est dans le dossier d'aucun patient : demandez /fhir/$export."
            )
    return tuple(named)


def read_filters(
    values: Sequence[str], types: Sequence[str], *, context: SearchContext
) -> tuple[str, ...]:
    """The searches of `_typeFilter`. Raises Refusal if one is malformed, of a type that `_type`
    does not name, or has another parameter than criteria."""
    if len(values) > _MAX_FILTERS:
        raise _invalid("_typeFilter", f"{_MAX_FILTERS} filtres au plus.")
    for each in values:
        resource_type, mark, search = each.partition("?")
        require_types([resource_type])
        if not mark or (types and resource_type not in types):
            raise _invalid("_typeFilter", f"« {each[:80]} » doit s'écrire Type?critère=valeur.")
        pairs = read_pairs(search.encode())
        query = parse_query(pairs, Scope(resource_type), context=context)
        if not pairs or query.criteria_count != len(pairs):
            raise _invalid("_typeFilter", f"« {each[:80]} » n'a pas que des critères.")
    return tuple(values)


def read_elements(values: Sequence[str]) -> tuple[str, ...]:
    """The names of `_elements`. Raises Refusal for one that cannot be an element."""
    named = [each.strip() for value in values for each in value.split(",") if each.strip()]
    for each in named:
        if not _ELEMENT.fullmatch(each):
            raise _invalid("_elements", f"« {each[:80]} » n'est pas un élément.")
    return tuple(named)


def read_patients(values: Sequence[Any], *, base: str) -> tuple[str, ...]:
    """The ids of `patient`, references in a Parameters resource. Raises Refusal if malformed."""
    found = []
    for each in values:
        reference = each.get("reference") if isinstance(each, dict) else each
        local = str(reference).removeprefix(f"{base}/")
        if not local.startswith("Patient/") or not is_id(local.removeprefix("Patient/")):
            raise _invalid("patient", f"« {str(reference)[:80]} » ne désigne pas un patient d'ici.")
        found.append(local.removeprefix("Patient/"))
    if len(found) > _MAX_PATIENTS:
        raise _invalid("patient", f"{_MAX_PATIENTS} patients au plus : demandez un groupe.")
    return tuple(sorted(set(found)))


def group_members(group: Mapping[str, Any]) -> tuple[str, ...]:
    """The ids of the patients of a Group, without inactive members. Raises Refusal for too many."""
    found = set()
    for member in group.get("member", ()):
        reference = str(member.get("entity", {}).get("reference", ""))
        if not member.get("inactive") and (name := _patient_of(reference)) is not None:
            found.add(name)
    if len(found) > MAX_MEMBERS:
        raise Refusal("too_large", f"Ce groupe a plus de {MAX_MEMBERS} patients.")
    return tuple(sorted(found))


def _patient_of(reference: str) -> str | None:
    parts = reference.split("/")
    local = len(parts) == 2 and parts[0] == "Patient" and is_id(parts[1])
    return parts[1] if local else None


def _invalid(parameter: str, sentence: str) -> Refusal:
    return Refusal("invalid", f"« {parameter} » : {sentence}", issue="value", parameter=parameter)
