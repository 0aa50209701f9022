"""delete. https://hl7.org/fhir/R4/http.html#delete"""

from esante.access.flows.authorization import not_found, require_changeable
from esante.access.flows.record_rules import check_access_rules, version_author
from esante.core.domain.permissions import Access, require_permission
from esante.interactions.flows.admit_definition import check_definition_change
from esante.interactions.flows.conditional import run_conditional
from esante.interactions.flows.dependencies import MAX_ATTEMPTS, Dependencies
from esante.interactions.flows.update import NO_PRECONDITION, Precondition, write_contention
from esante.interactions.flows.write_change import write_change
from esante.interactions.ports import Pairs
from esante.search.domain.uploaded_definition import SEARCH_PARAMETER
from esante.store.domain.instants import next_instant
from esante.store.ports import Change, ResourceState, Transaction, WriteConflict


async def delete(
    resource_type: str,
    resource_id: str,
    *,
    by: Access,
    dependencies: Dependencies,
    precondition: Precondition = NO_PRECONDITION,
) -> int | None:
    """Delete a resource; returns the version of the deletion, None if there is nothing to delete.

    Raises Refusal if it is not permitted, the precondition fails, or conflicts continue.
    """
    for _ in range(MAX_ATTEMPTS):
        state = await dependencies.store.find(resource_type, resource_id)
        if state.text is None:
            check_absent_delete(resource_type, resource_id, by=by)
            precondition.check(state, f"{resource_type}/{resource_id}")
            return None
        change = prepare_delete(
            resource_type,
            resource_id,
            state,
            by=by,
            dependencies=dependencies,
            precondition=precondition,
        )
        try:
            await write_change(change, by=by, dependencies=dependencies)
        except WriteConflict:
            continue
        return change.version
    raise write_contention(resource_type, resource_id)


async def conditional_delete(
    resource_type: str,
    criteria: Pairs,
    *,
    by: Access,
    dependencies: Dependencies,
    precondition: Precondition = NO_PRECONDITION,
) -> int | None:
    """Delete the match of the criteria; returns the version of the deletion, None without a match
    (then the precondition is not checked).

    Raises Refusal as `delete`, and for several matches.
    https://hl7.org/fhir/R4/http.html#cdelete
    """
    require_permission(by, resource_type, "d")

    async def do(transaction: Transaction, found: str | None) -> int | None:
        if found is None:
            return None
        (state,) = await transaction.find_for_update([(resource_type, found)])
        change = prepare_delete(
            resource_type, found, state, by=by, dependencies=dependencies, precondition=precondition
        )
        await write_change(change, by=by, dependencies=dependencies, within=transaction)
        return change.version

    return await run_conditional(resource_type, criteria, do, by=by, dependencies=dependencies)


def check_absent_delete(resource_type: str, resource_id: str | None, *, by: Access) -> None:
    """Check that the caller can delete a resource that does not exist.

    Raises Refusal("forbidden") without any grant. With restricted grants, raises
    Refusal("not_found"), as for a resource of another patient: the caller cannot tell them apart.
    `resource_id`: None for a condition without match.
    """
    if not require_permission(by, resource_type, "d").unrestricted and resource_id is not None:
        raise not_found(resource_type, resource_id)


def prepare_delete(
    resource_type: str,
    resource_id: str,
    state: ResourceState,
    *,
    by: Access,
    dependencies: Dependencies,
    precondition: Precondition = NO_PRECONDITION,
) -> Change:
    """The change that deletes an existing resource.

    `state`: the current version. Raises Refusal if it is not permitted or the precondition fails.
    """
    permitted = require_permission(by, resource_type, "d")
    require_changeable(permitted, resource_type, resource_id, state, server=dependencies)
    precondition.check(state, f"{resource_type}/{resource_id}")
    check_access_rules(resource_type, None, (), state, by=by)
    if resource_type == SEARCH_PARAMETER:
        check_definition_change(state, by)
    return Change(
        resource_type,
        resource_id,
        state.version + 1,
        next_instant(state.updated, dependencies.clock.now()),
        "delete",
        None,
        None,
        state.version,
        version_author=version_author(by),
    )
