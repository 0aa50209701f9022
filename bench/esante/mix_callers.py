"""The callers of `bench.esante.mix`, as a program of their own: each repeats the public k6 mix.

`python -m bench.esante.mix_callers ADDRESS CLIENTS SECONDS`, with the header lines on standard
input. A round creates one resource of each of nine types, which refer to each other, reads each,
changes each, searches twelve times, and deletes each in reverse order. Prints requests and failures
by interaction, as JSON.
"""

import asyncio
import itertools
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import aiohttp

from bench.esante.mix_resources import mix_resources

_SEARCHES: Final = (
    "Patient?name=John&_count=20",
    "Patient?name=Undefined&_count=20",
    "Patient?name:contains=ohn&_count=20",
    "Patient?birthdate=2007-03-07&_count=20",
    "Patient?birthdate=lt2007-03-07&_count=20",
    "Observation?code=http://loinc.org|72514-3&_count=20",
)
_OF_PATIENT: Final = (
    "Observation?patient={}",
    "Encounter?subject=Patient/{}",
    "MedicationRequest?patient={}",
    "Claim?patient={}",
    "ExplanationOfBenefit?patient={}",
    "Patient?_id={}&_revinclude=Observation:patient",
)
_MARKS: Final = itertools.count()


class _Caller:
    def __init__(self, session: aiohttp.ClientSession, base: str) -> None:
        self._session, self._base = session, base
        self.requests: Counter[str] = Counter()
        self.failures: Counter[str] = Counter()

    async def run(self, until: float) -> None:
        """Repeat rounds until that performance counter; the last one is complete."""
        while time.perf_counter() < until:
            await self._round()

    async def _round(self) -> None:
        ids: dict[str, str] = {}
        written: dict[str, dict[str, Any]] = {}
        for body in mix_resources(ids):
            resource_type = body["resourceType"]
            found = await self._send("create", "POST", resource_type, body)
            if found is None:
                return
            written[resource_type], ids[resource_type] = found, found["id"]
        for resource_type, each in ids.items():
            await self._send("read", "GET", f"{resource_type}/{each}")
        for resource_type, each in ids.items():
            changed = {**written[resource_type], **_change(resource_type)}
            await self._send("update", "PUT", f"{resource_type}/{each}", changed)
        for query in (*_SEARCHES, *(each.format(ids["Patient"]) for each in _OF_PATIENT)):
            await self._send("search", "GET", query)
        for resource_type, each in reversed(ids.items()):
            await self._send("delete", "DELETE", f"{resource_type}/{each}")

    async def _send(
        self, interaction: str, method: str, target: str, body: Mapping[str, Any] | None = None
    ) -> dict[str, Any] | None:
        data = None if body is None else json.dumps(body).encode()
        async with self._session.request(method, f"{self._base}/{target}", data=data) as answer:
            text = await answer.read()
        self.requests[interaction] += 1
        if answer.status >= 300:
            self.failures[f"{interaction} {target.partition('/')[0]} {answer.status}"] += 1
            return None
        found: dict[str, Any] = json.loads(text) if text else {}
        return found


def _change(resource_type: str) -> dict[str, Any]:
    mark = next(_MARKS)
    if resource_type == "Encounter":
        return {"status": "in-progress"}
    if resource_type in {"Location", "Organization"}:
        return {"name": f"Orléans-{mark}"}
    if resource_type == "MedicationRequest":
        return {"status": "on-hold"}
    if resource_type in {"Patient", "Practitioner"}:
        return {"gender": "other"}
    instant = f"2021-01-01T08:{mark % 60:02}:00.000+00:00"
    return {"issued" if resource_type == "Observation" else "created": instant}


async def call(address: str, clients: int, seconds: float, headers: Mapping[str, str]) -> Any:
    """Run the mix. Returns requests and failures by interaction."""
    connector = aiohttp.TCPConnector(limit=clients)
    async with aiohttp.ClientSession(connector=connector, headers=headers) as session:
        callers = [_Caller(session, f"{address}/fhir") for _ in range(clients)]
        until = time.perf_counter() + seconds
        await asyncio.gather(*(each.run(until) for each in callers))
    requests, failures = Counter[str](), Counter[str]()
    for each in callers:
        requests += each.requests
        failures += each.failures
    return {"requests": requests, "failures": failures}


def _header_lines(lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        name, _, value = line.partition(": ")
        yield name, value


if __name__ == "__main__":
    given = dict(_header_lines(sys.stdin.read().splitlines()))
    found = asyncio.run(call(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), given))
    print(json.dumps(found))
