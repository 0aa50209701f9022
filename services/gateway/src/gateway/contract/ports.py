"""What the published contract needs of the outside."""

from collections.abc import Mapping
from typing import Any, Protocol

from gateway.routes.domain.routes import Service


class OpenApiSource(Protocol):
    """The OpenAPI documents of the services behind the gateway."""

    async def openapi_document(self, service: Service) -> Mapping[str, Any] | None:
        """The OpenAPI document of a service, None if it is unavailable."""
        ...
