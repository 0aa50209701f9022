"""The checks of each data type, resource type or backbone element."""

from collections.abc import Callable, Mapping
from typing import Final

from esante.validation.domain.checks.attachments import check_attachment, check_language
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

_CHECKS: Final[tuple[tuple[str, Check], ...]] = (
    ("Coding", check_coding),
    ("Quantity", check_quantity),
    ("Attachment", check_attachment),
    ("Attachment", check_language),
    ("Resource", check_language),
    ("DomainResource", check_contained),
    ("Identifier", check_identifier),
    ("Reference", check_reference),
    ("Meta", check_meta),
    ("Bundle", check_bundle),
    ("Questionnaire", check_questionnaire),
    ("QuestionnaireResponse", check_questionnaire_response),
    ("StructureDefinition", check_structure_definition),
    ("CodeSystem", check_code_system),
    ("ValueSet", check_value_set),
    ("ConceptMap", check_concept_map),
    ("SearchParameter", check_search_parameter),
    ("OperationDefinition", check_operation_definition),
    *((name, check_canonical) for name in CANONICAL_TYPES),
)

TYPE_CHECKS: Final[Mapping[str, tuple[Check, ...]]] = {
    name: tuple(check for each, check in _CHECKS if each == name) for name, _ in _CHECKS
}
"""By type; those of the types that a type specialises apply too."""
