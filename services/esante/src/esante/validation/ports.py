"""The validator that a library implements."""

from typing import Any, Protocol

from esante.core.domain.outcome import Issue


class StructureValidator(Protocol):
    """Validates JSON and the structure of R4: types, cardinalities, unknown members."""

    def validate(self, resource: str | dict[str, Any]) -> list[Issue]:
        """The issues, each with its path, at most `findings.MAX_ERRORS`.

        `resource`: its JSON or its parsed value.
        """
