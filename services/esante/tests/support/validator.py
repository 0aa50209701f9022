"""The validator, for tests that need nothing else."""

import json
from typing import Any

from esante.core.domain.json_parser import parse_json
from esante.core.domain.outcome import Issue
from esante.wiring.roles import wire_validator

VALIDATOR = wire_validator(production=False)


def findings(resource: Any, *, thorough: bool = False) -> list[Issue]:
    """The issues of a resource, given as JSON text or as a value."""
    text = resource if isinstance(resource, str) else json.dumps(resource, default=str)
    return VALIDATOR.findings(parse_json(text.encode()), text, thorough=thorough)


def errors_at(resource: Any) -> dict[str, str]:
    """Place → code of each error."""
    found = findings(resource)
    return {issue.expression[0]: issue.code for issue in found if issue.severity == "error"}
