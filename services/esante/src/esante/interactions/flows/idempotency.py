"""Idempotency-Key: a POST that is sent again gives the answer of the first one, and does nothing.

https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-idempotency-key-header
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace

from esante.core.domain.idempotency_key import IdempotencyKey
from esante.core.domain.resource import Resource
from esante.interactions.flows.dependencies import Dependencies
from esante.store.ports import ResourceStore, WriteRecord
from socle.errors import Refusal

Records = Mapping[int, WriteRecord]
"""What the first request with a key wrote, by index of the entry of a batch; of another request, at
0. Empty if there was none, or it has written nothing."""


@asynccontextmanager
async def claim_key(
    key: IdempotencyKey | None, dependencies: Dependencies
) -> AsyncIterator[tuple[Records, Dependencies]]:
    """Execute a request with that key: what the first one wrote, and the dependencies with which
    this one writes.

    Raises Refusal: "conflict" while another request with that key runs; rule `unprocessable` if
    the first one was a different request.
    """
    if key is None:
        yield {}, dependencies
        return
    with dependencies.running_keys.claim(key):
        found = await dependencies.store.find_records(key.account, key.text)
        if any(each.key.fingerprint != key.fingerprint for each in found):
            raise Refusal(
                "invalid",
                "Cette Idempotency-Key a déjà servi à une autre demande : une clé ne vaut que pour"
                " un contenu.",
                rule="unprocessable",
                issue="business-rule",
            )
        yield {each.key.place: each for each in found}, replace(dependencies, idempotency_key=key)


async def recorded_resource(record: WriteRecord, *, store: ResourceStore) -> tuple[Resource, bool]:
    """The resource that a create has answered with, and whether it was new."""
    (recorded,) = record.versions
    own = recorded.type, recorded.id, recorded.version
    version, _ = await store.find_version(*own)
    if version is None or version.text is None:
        raise LookupError(f"a record names version {own}")
    return Resource(*own, version.updated, version.text), recorded.written
