"""Serialises a changed JSON object: unchanged members as written, decimals with their digits."""

import json
from decimal import Decimal
from typing import Any

from esante.core.domain.json_parser import JsonObject


def to_json(value: Any) -> str:
    """The JSON of a parsed value. A decimal has its digits (1.50), but not always its notation: 1e3
    becomes 1E+3."""
    if isinstance(value, dict):
        return (
            "{" + ",".join(f"{_text(name)}:{to_json(each)}" for name, each in value.items()) + "}"
        )
    if isinstance(value, list):
        return "[" + ",".join(map(to_json, value)) + "]"
    if isinstance(value, Decimal):
        return str(value)
    return _text(value)


def rewrite(parsed: JsonObject, value: dict[str, Any]) -> str:
    """The JSON of a changed object, with the original texts of unchanged members.

    `parsed`: the object before the change. `value`: after it.
    """
    members = []
    for name, each in value.items():
        span = parsed.spans.get(name)
        if span is not None and to_json(parsed.value[name]) == to_json(each):
            members.append(f"{_text(name)}:{parsed.text[span.start : span.end]}")
        else:
            members.append(f"{_text(name)}:{to_json(each)}")
    return "{" + ",".join(members) + "}"


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
