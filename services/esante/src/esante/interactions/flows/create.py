"""create, and conditional create. https://hl7.org/fhir/R4/http.html#create"""

from esante.core.domain.idempotency_key import IdempotencyKey
from esante.core.domain.json_parser import JsonObject
from esante.core.domain.permissions import Access
from esante.core.domain.resource import Resource
from esante.interactions.flows.conditional import run_conditional
from esante.interactions.flows.dependencies import Dependencies
from esante.interactions.flows.idempotency import claim_key, recorded_resource
from esante.interactions.flows.prepare_write import (
    parse_resource,
    prepare_create,
    written_resource,
)
from esante.interactions.flows.provided_documents import write_create
from esante.interactions.flows.read import require_readable
from esante.interactions.ports import Pairs
from esante.store.ports import Change, Transaction


async def create(
    body: bytes, resource_type: str, *, by: Access, dependencies: Dependencies
) -> Resource:
    """Create a resource with a server-assigned id.

    `body`: its JSON. `by`: the caller's permissions. Raises Refusal if it is invalid or not
    permitted.
    """
    _, change = await _prepare(body, resource_type, by=by, dependencies=dependencies)
    await write_create(change, by=by, dependencies=dependencies)
    return written_resource(change)


async def conditional_create(
    body: bytes, resource_type: str, criteria: Pairs, *, by: Access, dependencies: Dependencies
) -> tuple[Resource, bool]:
    """The match of the criteria, else a new resource; and whether it is new.

    Raises Refusal as `create` (even if there is a match), for several matches, for too many
    conflicts, or if the caller cannot read the match.
    """
    parsed, change = await _prepare(body, resource_type, by=by, dependencies=dependencies)

    async def do(transaction: Transaction, found: str | None) -> tuple[Resource, bool]:
        if found is None:
            await write_create(change, by=by, dependencies=dependencies, within=transaction)
            return written_resource(change), True
        return await read_existing(
            resource_type, found, by=by, dependencies=dependencies, within=transaction
        ), False

    return await run_conditional(
        resource_type, criteria, do, by=by, dependencies=dependencies, content=parsed.value
    )


async def create_once(
    body: bytes,
    resource_type: str,
    criteria: Pairs | None,
    *,
    by: Access,
    dependencies: Dependencies,
    key: IdempotencyKey | None,
) -> tuple[Resource, bool]:
    """`create`, or `conditional_create` if there are criteria, unless a request with that key has
    done it: then its result. Raises Refusal as those, and as `claim_key`."""
    async with claim_key(key, dependencies) as (records, own):
        if key is not None and key.place in records:
            return await recorded_resource(records[key.place], by=by, dependencies=dependencies)
        if criteria is None:
            return await create(body, resource_type, by=by, dependencies=own), True
        return await conditional_create(body, resource_type, criteria, by=by, dependencies=own)


async def _prepare(
    body: bytes, resource_type: str, *, by: Access, dependencies: Dependencies
) -> tuple[JsonObject, Change]:
    def parse_and_prepare() -> tuple[JsonObject, Change]:
        parsed = parse_resource(body, resource_type)
        return parsed, prepare_create(parsed, resource_type, by=by, dependencies=dependencies)

    return await dependencies.workers.run(len(body), parse_and_prepare)


async def read_existing(
    resource_type: str,
    resource_id: str,
    *,
    by: Access,
    dependencies: Dependencies,
    within: Transaction,
) -> Resource:
    """The current version of the match of a condition, read in that transaction.

    Raises Refusal if the caller cannot read it.
    """
    (state,) = await within.find_for_update([(resource_type, resource_id)])
    return await require_readable(by, resource_type, resource_id, state, dependencies=dependencies)
