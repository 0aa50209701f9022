"""Checks the SearchParameters that are written: who may define search parameters, and which."""

from collections.abc import Mapping
from typing import Any, Final

from esante.core.domain.json_parser import parse_json
from esante.core.domain.permissions import Access
from esante.search.domain.definitions import SearchParameter
from esante.search.domain.uploaded_definition import (
    defines_parameters,
    is_published_by_hl7,
    uploaded_definition,
)
from esante.store.ports import ResourceState
from socle.errors import Refusal

_PROGRAMS: Final = "integrator"
"""The role to which `system/` scopes give permissions."""


def admit_definition(
    resource: Mapping[str, Any], previous: ResourceState, by: Access
) -> tuple[SearchParameter, ...]:
    """The search parameters that a SearchParameter defines; empty unless it is active.

    Raises Refusal: "forbidden" if it defines any, or did, and the caller is no program; "invalid",
    rule `unprocessable`, for what cannot be evaluated or exists already.
    """
    check_definition_change(previous, by)
    if not defines_parameters(resource):
        return ()
    if is_published_by_hl7(resource) and not _is_program(by):
        return ()  # a copy of HL7's, which only describes
    _require_program(by)
    return uploaded_definition(resource)


def check_definition_change(previous: ResourceState, by: Access) -> None:
    """Raises Refusal("forbidden") if that version defines search parameters and the caller is no
    program."""
    if previous.text is not None and defines_parameters(parse_json(previous.text)):
        _require_program(by)


def _is_program(by: Access) -> bool:
    return by.author is not None and by.author.role == _PROGRAMS


def _require_program(by: Access) -> None:
    if not _is_program(by):
        raise Refusal(
            "forbidden",
            "Un SearchParameter actif change les recherches de tous : seul un programme "
            "(system/SearchParameter.cud) peut l'enregistrer, le modifier ou le supprimer.",
        )
