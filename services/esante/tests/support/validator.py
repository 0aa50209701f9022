"""Who lets resources in, as in production or not, for tests that need nobody else."""

import json
from typing import Any

from esante.core.domain.outcome import Issue
from esante.core.domain.resource import parse
from esante.wiring.roles import wire_validator

VALIDATOR = wire_validator(production=False)


def findings(resource: Any, *, thorough: bool = False) -> list[Issue]:
    """What the door finds in a resource: its JSON as text, or as a value."""
    text = resource if isinstance(resource, str) else json.dumps(resource, default=str)
    return VALIDATOR.findings(parse(text.encode()), text, thorough=thorough)


def errors_at(resource: Any) -> dict[str, str]:
    """Each error: the place, and the code."""
    found = findings(resource)
    return {issue.expression[0]: issue.code for issue in found if issue.severity == "error"}
