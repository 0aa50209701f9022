"""Interactions that operations of other capabilities call."""

from typing import Any, Protocol

from esante.core.domain.permissions import Access
from esante.core.domain.resource import Resource


class ReadResource(Protocol):
    """The interaction `read`."""

    async def __call__(self, resource_type: str, resource_id: str, *, by: Access) -> Resource:
        """The current version. Raises Refusal if it is absent, deleted or not permitted."""


class AdmitResource(Protocol):
    """The validation of every resource before it is written."""

    def __call__(self, resource: dict[str, Any], text: str | None) -> object:
        """Returns the warnings.

        Raises Refusal("invalid") with every error, and Refusal("too_large").

        `text`: the JSON it was read from; None if it was a part of another text.
        """
