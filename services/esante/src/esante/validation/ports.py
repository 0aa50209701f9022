"""Validators that are implemented by libraries, and the lookup of uploaded definitions."""

from typing import Any, Protocol

from esante.core.domain.outcome import Issue


class StructureValidator(Protocol):
    """Validates JSON and the structure of R4: types, cardinalities, unknown members."""

    def validate(self, resource: str | dict[str, Any]) -> list[Issue]:
        """The issues, each with its path, at most `findings.MAX_ERRORS`.

        `resource`: its JSON or its parsed value.
        """


class Definitions(Protocol):
    """Finds stored StructureDefinition and Questionnaire resources."""

    async def find(self, resource_type: str, url: str) -> bytes | None:
        """The JSON of the resource with that canonical (without version); None without one.

        Of several, the last one written.
        """
