"""Values of one JSON type, out of JSON that may hold any."""

from typing import Any


def texts_in(value: Any) -> list[str]:
    """The text, or the texts of the array; an array of primitives may hold nulls."""
    if isinstance(value, str):
        return [value]
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def objects_in(value: Any) -> list[dict[str, Any]]:
    """The objects of an array."""
    if not isinstance(value, list):
        return []
    return [each for each in value if isinstance(each, dict)]
