"""The checks of each data type, resource type or backbone element."""

from collections.abc import Callable, Mapping
from typing import Final

from esante.validation.domain.checks.attachments import check_attachment, check_language
from esante.validation.domain.checks.bundles import check_bundle
from esante.validation.domain.checks.codings import check_coding
from esante.validation.domain.checks.questionnaire_responses import (
    check_questionnaire_response,
)
from esante.validation.domain.checks.questionnaires import check_questionnaire
from esante.validation.domain.findings import Findings, Place
from esante.validation.domain.invariants import Node

Check = Callable[[Node, Place, Findings], None]
"""Adds the issues of a node at a place."""

TYPE_CHECKS: Final[Mapping[str, tuple[Check, ...]]] = {
    "Coding": (check_coding,),
    "Attachment": (check_attachment, check_language),
    "Resource": (check_language,),
    "Bundle": (check_bundle,),
    "Questionnaire": (check_questionnaire,),
    "QuestionnaireResponse": (check_questionnaire_response,),
}
