"""Interactions that the operations of lower capabilities use."""

from typing import Any, Protocol

from esante.core.domain.permissions import Access
from esante.core.domain.resource import Resource


class ReadResource(Protocol):
    """The interaction `read`."""

    async def __call__(self, resource_type: str, resource_id: str, *, by: Access) -> Resource:
        """The current version. Raises Refusal."""


class AdmitResource(Protocol):
    """The validation that every written resource passes."""

    def __call__(self, resource: dict[str, Any], text: str | None) -> None:
        """Raises Refusal("invalid") with every error. `text`: the JSON it was read from."""
