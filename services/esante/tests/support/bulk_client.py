"""A client of bulk data that knows only the specification, and the server that it calls.

https://hl7.org/fhir/uv/bulkdata/STU2/export.html
"""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import urlsplit

from fhir_world import BASE, Answer, FhirWorld

from esante.bulk_data.flows.advance_exports import ExportWorker
from socle.clock import ManualClock

PROGRAM: Final = {"role": "integrator", "scope": "system/*.rs", "account": "program"}
ASYNC: Final = {"prefer": "respond-async", "accept": "application/fhir+json"}


@dataclass(slots=True)
class BulkWorld:
    """The server, its background work and its clock, which stand still until they are advanced."""

    fhir: FhirWorld
    worker: ExportWorker
    clock: ManualClock

    async def finish(self) -> None:
        """Execute everything that was requested."""
        while await self.worker.advance():
            continue

    async def purge(self) -> int:
        """Delete what was cancelled or has expired; returns how many there were."""
        deleted = 0
        while await self.worker.purge():
            deleted += 1
        return deleted


@dataclass(slots=True)
class Export:
    """A completed export: its manifest and its files."""

    manifest: Any
    lines: dict[str, list[Any]]
    """The resources of `output`, by type."""
    deleted: list[str]
    """The references in `deleted`."""

    @property
    def ids(self) -> dict[str, list[str]]:
        """The ids of `output` by type, sorted."""
        return {each: sorted(one["id"] for one in of) for each, of in self.lines.items()}


@dataclass(slots=True)
class BulkClient:
    """Exports, as the specification has a client do. `caller`: as `FhirWorld.send`."""

    world: BulkWorld
    caller: Mapping[str, Any]

    async def kick_off(
        self, path: str, body: Any = None, *, headers: Mapping[str, str] = ASYNC
    ) -> Answer:
        method = "GET" if body is None else "POST"
        return await self.world.fhir.send(method, path, body, headers=headers, **self.caller)

    async def start(self, path: str, body: Any = None) -> str:
        """Kick off an export; returns the address of its state below the base."""
        answer = await self.kick_off(path, body)
        assert answer.status == 202, answer.body
        return below_base(answer.headers["content-location"])

    async def get(self, path: str, **headers: str) -> Answer:
        return await self.world.fhir.send("GET", path, headers=headers, **self.caller)

    async def delete(self, path: str) -> Answer:
        return await self.world.fhir.send("DELETE", path, **self.caller)

    async def result(self, status_path: str) -> Export:
        """Download an export that is completed."""
        answer = await self.get(status_path, accept="application/json")
        assert answer.status == 200, (answer.status, answer.body)
        assert answer.headers["content-type"] == "application/json"
        assert parsedate_to_datetime(answer.headers["expires"]) > self.world.clock.now()
        manifest = answer.json
        assert {"transactionTime", "request", "requiresAccessToken", "output", "error"} <= set(
            manifest
        )
        assert manifest["requiresAccessToken"] is True
        found = Export(manifest, {}, [])
        for each in manifest["output"]:
            lines = await self._download(each)
            assert {line["resourceType"] for line in lines} == {each["type"]}
            found.lines.setdefault(each["type"], []).extend(lines)
        for each in manifest.get("deleted", ()):
            for bundle in await self._download(each):
                assert (bundle["resourceType"], bundle["type"]) == ("Bundle", "transaction")
                for entry in bundle["entry"]:
                    assert entry["request"]["method"] == "DELETE"
                    found.deleted.append(entry["request"]["url"])
        counted = Counter(
            (line["resourceType"], line["id"]) for of in found.lines.values() for line in of
        )
        assert set(counted.values()) <= {1}, "a resource twice"
        return found

    async def export(self, path: str, body: Any = None) -> Export:
        """Kick off an export, execute it, and download it."""
        status_path = await self.start(path, body)
        await self.world.finish()
        return await self.result(status_path)

    async def _download(self, output: Any) -> list[Any]:
        answer = await self.get(below_base(output["url"]), accept="application/fhir+ndjson")
        assert answer.status == 200, answer.body
        assert answer.headers["content-type"].startswith("application/fhir+ndjson")
        assert answer.body.endswith(b"\n")
        lines = [json.loads(line) for line in answer.body.splitlines()]
        assert len(lines) == output["count"]
        return lines


def below_base(address: str) -> str:
    """The path of an absolute address below the base."""
    assert address.startswith(BASE + "/"), address
    return urlsplit(address).path.removeprefix("/fhir")
