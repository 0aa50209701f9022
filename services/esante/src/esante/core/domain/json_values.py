"""Strings and objects out of JSON values that can be of any type."""

from typing import Any


def texts_in(value: Any) -> list[str]:
    """The string, or the strings in the array; other values give none.

    FHIR arrays of primitives can contain nulls.
    """
    if isinstance(value, str):
        return [value]
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def objects_in(value: Any) -> list[dict[str, Any]]:
    """The objects in an array; other values give none."""
    if not isinstance(value, list):
        return []
    return [each for each in value if isinstance(each, dict)]
