"""Reads for subscriptions, under the permissions that the author or the client has at that moment:
a record can have been closed to a professional since the subscription or the stream was opened."""

from dataclasses import dataclass

from esante.access.flows.load_access import load_access
from esante.access.ports import LoadRecords
from esante.core.domain.permissions import Access
from esante.core.domain.resource import Resource
from esante.subscriptions.ports import ReadVersion


@dataclass(frozen=True, slots=True)
class ReadVersionNow:
    """Implements `ReadVersion`."""

    read_version: ReadVersion
    load: LoadRecords

    async def __call__(
        self, resource_type: str, resource_id: str, version: int, *, by: Access
    ) -> Resource:
        """One version, with the records that are open now. Raises Refusal as `ReadVersion`."""
        now = await load_access(by, self.load)
        return await self.read_version(resource_type, resource_id, version, by=now)
