"""The validator, for tests that need nothing else."""

import json
from typing import Any

from esante.core.domain.json_parser import parse_json
from esante.core.domain.outcome import Issue
from esante.validation.flows.validate import claimed_profiles
from esante.wiring.roles import wire_validator

VALIDATOR = wire_validator(production=False)


def findings(resource: Any, *, thorough: bool = False) -> list[Issue]:
    """The issues of a resource, given as JSON text or as a value."""
    text = resource if isinstance(resource, str) else json.dumps(resource, default=str)
    return VALIDATOR.findings(parse_json(text.encode()), text, thorough=thorough)


def errors_at(resource: Any, *, profiles: bool = False) -> dict[str, str]:
    """Place → code of each error. `profiles`: also those of the profiles that it claims."""
    found = findings(resource)
    if profiles:
        found += VALIDATOR.check_profiles(resource, claimed_profiles(resource))
    return {issue.expression[0]: issue.code for issue in found if issue.severity == "error"}


def warned_at(resource: Any) -> set[str]:
    """The places of the warnings of a write."""
    return {issue.expression[0] for issue in findings(resource) if issue.severity == "warning"}
