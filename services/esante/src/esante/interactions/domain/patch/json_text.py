"""JSON written back with its decimals as they were."""

import json
from decimal import Decimal
from typing import Any

from esante.core.domain.resource import Parsed


def told(value: Any) -> str:
    """The JSON of a value as `resource.read` gives it."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{_text(name)}:{told(each)}" for name, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(told, value)) + "]"
    if isinstance(value, Decimal):
        return str(value)
    return _text(value)


def rewritten(parsed: Parsed, value: dict[str, Any]) -> str:
    """The JSON of an object made of another: members that did not change keep their texts."""
    members = []
    for name, each in value.items():
        span = parsed.spans.get(name)
        if span is not None and told(parsed.value[name]) == told(each):
            members.append(f"{_text(name)}:{parsed.text[span.start : span.end]}")
        else:
            members.append(f"{_text(name)}:{told(each)}")
    return "{" + ",".join(members) + "}"


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
