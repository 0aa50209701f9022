"""What the published contract needs of the outside."""

from collections.abc import Mapping
from typing import Any, Protocol

from gateway.routes.domain.routes import Service


class ServiceContracts(Protocol):
    """The OpenAPI documents of the services behind."""

    async def contract(self, service: Service) -> Mapping[str, Any] | None:
        """The OpenAPI document of a service, None if it is unavailable."""
        ...
