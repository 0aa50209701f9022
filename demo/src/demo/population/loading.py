"""Loads resources into a FHIR server through its API: a transaction for each batch.

Every resource is a PUT to its own id, so a batch that is sent again writes nothing: a server does
not store an unchanged update. What is refused for a moment (429, 503) or lost is sent again.
"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import aiohttp

from demo.population.resource import Resource

log = logging.getLogger(__name__)

_ATTEMPTS: Final = 8
_MOMENTARY: Final = frozenset({429, 502, 503, 504})
_LONGEST_PAUSE: Final = 30.0
_TIMEOUT: Final = aiohttp.ClientTimeout(total=120)
_CONCURRENCY: Final = 2

Headers = Callable[[bool], Awaitable[Mapping[str, str]]]
"""The headers that authenticate a request. Its argument: whether the last ones have expired."""


class LoadError(Exception):
    """The server refuses, or does not answer. The message is in French."""


@dataclass(slots=True)
class Loaded:
    """What has been loaded so far."""

    batches: int = 0
    created: int = 0
    existing: int = 0
    """Resources that the server had; it writes a version only of those that differ."""

    @property
    def resources(self) -> int:
        """All of them."""
        return self.created + self.existing


def transaction(resources: Iterable[Resource]) -> bytes:
    """A transaction Bundle that creates or updates the resources."""
    entries = ",".join(
        f'{{"resource":{each.text},"request":{{"method":"PUT","url":"{each.type}/{each.id}"}}}}'
        for each in resources
    )
    return f'{{"resourceType":"Bundle","type":"transaction","entry":[{entries}]}}'.encode()


class FhirClient:
    """Sends Bundles to one FHIR server. `base`: its address, `…/fhir`."""

    def __init__(self, client: aiohttp.ClientSession, base: str, headers: Headers) -> None:
        self._client, self._base, self._headers = client, base, headers

    async def send(self, bundle: bytes) -> list[dict[str, Any]]:
        """The entries of the response to a transaction or batch. Raises LoadError."""
        expired, pause = False, 1.0
        for attempt in range(_ATTEMPTS):
            headers = {"content-type": "application/fhir+json", "prefer": "return=minimal"}
            headers |= await self._headers(expired)
            try:
                async with self._client.post(
                    self._base, data=bundle, headers=headers, timeout=_TIMEOUT
                ) as answer:
                    body = await answer.read()
                    status, wait = answer.status, answer.headers.get("retry-after", "")
            except (aiohttp.ClientError, TimeoutError) as error:
                log.warning("The FHIR server did not answer: %r", error)
                status, wait, body = 503, "", b""
            if status == 200:
                return list(json.loads(body)["entry"])
            expired = status == 401 and not expired
            if not expired and status not in _MOMENTARY:
                raise LoadError(f"Le serveur refuse ({status}) : {_diagnostics(body)}")
            if not expired and attempt < _ATTEMPTS - 1:
                await asyncio.sleep(float(wait) if wait.isdigit() else pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
        raise LoadError(f"Le serveur {self._base} ne répond pas, ou refuse toujours.")


async def load(batches: Iterable[list[Resource]], client: FhirClient) -> AsyncIterator[Loaded]:
    """Load the batches, the first one before the others; yields the progress after each.

    Two are sent at a time, so at most three are in memory. Raises LoadError.
    """
    loaded, waiting = Loaded(), set[asyncio.Task[list[dict[str, Any]]]]()
    following = iter(batches)
    try:
        # A batch is generated in a thread while the former ones are under way.
        while (batch := await asyncio.to_thread(next, following, None)) is not None:
            waiting.add(asyncio.create_task(client.send(transaction(batch))))
            # A directory is there before the records that refer to it.
            while waiting and (loaded.batches == 0 or len(waiting) >= _CONCURRENCY):
                waiting = await _settle(waiting, loaded)
                yield loaded
        while waiting:
            waiting = await _settle(waiting, loaded)
            yield loaded
    finally:
        for each in waiting:
            each.cancel()


async def _settle(
    waiting: set[asyncio.Task[list[dict[str, Any]]]], loaded: Loaded
) -> set[asyncio.Task[list[dict[str, Any]]]]:
    done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    for each in done:
        statuses = [str(entry["response"]["status"]) for entry in each.result()]
        created = sum(status.startswith("201") for status in statuses)
        loaded.batches += 1
        loaded.created += created
        loaded.existing += len(statuses) - created
    return waiting


def _diagnostics(body: bytes) -> str:
    """The sentences of an OperationOutcome, or the start of what it is instead."""
    try:
        issues = json.loads(body)["issue"]
        return " ".join(str(each.get("diagnostics", each["code"])) for each in issues[:3])
    except (ValueError, KeyError, TypeError):
        return body[:200].decode(errors="replace")
