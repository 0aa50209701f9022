"""`esante.resource-changed.v1`: a resource has a new version, or was deleted."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from socle.events import Event


class ResourceChangedV1(Event, topic="esante.resource-changed.v1", kind="fact"):
    """One committed change. Key: `type/id`, so that the changes of one resource come in order.

    It never contains the resource: consumers with a permission read that version over HTTP.
    """

    type: str = Field(pattern=r"^[A-Z][A-Za-z]{0,63}$", description="FHIR R4 resource type")
    id: str = Field(pattern=r"^[A-Za-z0-9\-.]{1,64}$", description="Logical id")
    version: int = Field(ge=1, description="meta.versionId of the version that was written")
    interaction: Literal["create", "update", "patch", "delete"] = Field(
        description="FHIR RESTful interaction that wrote it"
    )
    at: datetime = Field(description="meta.lastUpdated of that version")

    def key(self) -> str:
        return f"{self.type}/{self.id}"
