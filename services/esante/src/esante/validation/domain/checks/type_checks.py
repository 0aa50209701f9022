"""The checks of each data type, resource type or backbone element."""

from collections.abc import Callable, Mapping
from typing import Final

from esante.validation.domain.checks.appointments import check_times
from esante.validation.domain.checks.attachments import (
    check_attachment,
    check_content,
    check_language,
)
from esante.validation.domain.checks.bundles import check_bundle
from esante.validation.domain.checks.codings import check_coding, check_quantity
from esante.validation.domain.checks.conformance_resources import (
    CANONICAL_TYPES,
    check_canonical,
    check_operation_definition,
    check_search_parameter,
)
from esante.validation.domain.checks.identities import (
    check_contained,
    check_identifier,
    check_meta,
    check_reference,
)
from esante.validation.domain.checks.questionnaire_responses import (
    check_questionnaire_response,
)
from esante.validation.domain.checks.questionnaires import check_questionnaire
from esante.validation.domain.checks.structure_definitions import check_structure_definition
from esante.validation.domain.checks.terminology_resources import (
    check_code_system,
    check_concept_map,
    check_value_set,
)
from esante.validation.domain.findings import Findings, Place
from esante.validation.domain.invariants import Node

Check = Callable[[Node, Place, Findings], None]
"""Adds the issues of a node at a place."""

_CHECKS: Final[tuple[tuple[str, str, Check], ...]] = (
    ("Coding", "system", check_coding),
    ("Quantity", "system", check_quantity),
    ("Attachment", "data", check_attachment),
    ("Attachment", "data", check_content),
    ("Binary", "data", check_content),
    ("Attachment", "language", check_language),
    ("Resource", "language", check_language),
    ("DomainResource", "contained", check_contained),
    ("Identifier", "system", check_identifier),
    ("Reference", "type", check_reference),
    ("Meta", "profile", check_meta),
    ("Appointment", "end", check_times),
    ("Slot", "end", check_times),
    ("Bundle", "entry", check_bundle),
    ("Questionnaire", "item", check_questionnaire),
    ("QuestionnaireResponse", "questionnaire", check_questionnaire_response),
    ("StructureDefinition", "resourceType", check_structure_definition),
    ("CodeSystem", "content", check_code_system),
    ("ValueSet", "compose", check_value_set),
    ("ConceptMap", "group", check_concept_map),
    ("SearchParameter", "resourceType", check_search_parameter),
    ("OperationDefinition", "resourceType", check_operation_definition),
    *((name, "url", check_canonical) for name in CANONICAL_TYPES),
)

TYPE_CHECKS: Final[Mapping[str, tuple[tuple[str, Check], ...]]] = {
    name: tuple((member, check) for each, member, check in _CHECKS if each == name)
    for name, _, _ in _CHECKS
}
"""(member without which a check has nothing to do, check), by type; those of the types that a type
specialises apply too."""
