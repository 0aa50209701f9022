"""Idempotency-Key: a POST that is sent again gives the answer of the first one, and does nothing.

https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-idempotency-key-header
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial

from esante.access.flows.authorization import (
    not_found,
    permits,
    protected_state,
    protected_version,
    require_version_writable,
)
from esante.access.flows.record_rules import author_of_new
from esante.access.ports import Server
from esante.core.domain.idempotency_key import IdempotencyKey
from esante.core.domain.permissions import Access, require_permission
from esante.core.domain.resource import Resource
from esante.interactions.flows.dependencies import Dependencies
from esante.store.ports import (
    NEVER_EXISTED,
    RecordedVersion,
    ResourceState,
    ResourceVersion,
    WriteRecord,
)
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


async def recorded_resource(
    record: WriteRecord, *, by: Access, dependencies: Dependencies
) -> tuple[Resource, bool]:
    """The resource that a create has answered with, and whether it was new. Raises Refusal as
    `recorded_version`."""
    (recorded,) = record.versions
    version, _ = await recorded_version(recorded, by=by, dependencies=dependencies)
    if version is None or version.text is None:
        raise LookupError(f"a record names {recorded}")
    own = version.type, version.id, version.version
    return Resource(*own, version.updated, version.text), recorded.written


async def recorded_version(
    recorded: RecordedVersion, *, by: Access, dependencies: Dependencies
) -> tuple[ResourceVersion | None, ResourceState]:
    """The version that answers a request; None if there is none. And the state of the resource.

    Access is judged again, since it can have been withdrawn. Raises Refusal: "forbidden" if the
    caller could not write that version now, "not_found" if they cannot read the match that the
    first request has found: at that version, and now.
    """
    if not recorded.version:
        return None, NEVER_EXISTED
    own = recorded.type, recorded.id
    found, state = await dependencies.store.find_version(*own, recorded.version)
    if found is not None and found.text is not None:
        check = partial(_require_permitted, found, recorded, state, by=by, server=dependencies)
        size = len(found.text) + len(state.text or b"")
        await dependencies.workers.run(size, check)
    return found, state


def _require_permitted(
    found: ResourceVersion,
    recorded: RecordedVersion,
    state: ResourceState,
    *,
    by: Access,
    server: Server,
) -> None:
    if not recorded.written:
        permitted = require_permission(by, found.type, "r")
        then = protected_version(found, author=state.author, server=server)
        now = protected_state(found.type, found.id, state, server=server)
        if not all(permits(permitted, each, server=server) for each in (then, now)):
            raise not_found(found.type, found.id)
        return
    is_new = found.interaction == "create"
    # The caller has created it, also if it was deleted since.
    author = author_of_new(by) if is_new else state.author
    permitted = require_permission(by, found.type, "c" if is_new else "u")
    require_version_writable(permitted, found, author=author, server=server)
