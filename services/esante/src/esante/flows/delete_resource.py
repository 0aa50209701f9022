"""delete. https://hl7.org/fhir/R4/http.html#delete"""

from esante.domain.access import Access
from esante.flows.conditional import settled
from esante.flows.incoming import next_instant
from esante.flows.may import permission, reaches, require_reach
from esante.flows.needs import TRIES, Needs, Pairs
from esante.flows.read_resource import missing
from esante.flows.update_resource import ANY, Precondition, busy
from esante.ports import Change, Stale, State, Transaction


async def delete(
    resource_type: str, resource_id: str, *, by: Access, needs: Needs, if_: Precondition = ANY
) -> int | None:
    """The version that says so; None where there is nothing to delete any more. Raises Refusal."""
    for _ in range(TRIES):
        state = await needs.store.find(resource_type, resource_id)
        if state.text is None:
            permission(by, resource_type, "d")
            if_.check(state, f"{resource_type}/{resource_id}")
            return None
        change = deletion(resource_type, resource_id, state, by=by, needs=needs, if_=if_)
        try:
            await needs.store.write([change])
        except Stale:
            continue
        return change.version
    raise busy(resource_type, resource_id)


async def delete_matching(
    resource_type: str, criteria: Pairs, *, by: Access, needs: Needs, if_: Precondition = ANY
) -> int | None:
    """Delete the one that meets the criteria; None where none does. Raises Refusal.
    https://hl7.org/fhir/R4/http.html#cdelete"""

    async def do(transaction: Transaction, found: str | None) -> int | None:
        if found is None:
            return None
        (state,) = await transaction.find_for_change([(resource_type, found)])
        change = deletion(resource_type, found, state, by=by, needs=needs, if_=if_)
        await transaction.write([change])
        return change.version

    return await settled(resource_type, criteria, do, by=by, needs=needs)


def deletion(
    resource_type: str,
    resource_id: str,
    state: State,
    *,
    by: Access,
    needs: Needs,
    if_: Precondition = ANY,
) -> Change:
    """The change that deletes what was found living. Raises Refusal."""
    permitted = permission(by, resource_type, "d")
    if not reaches(permitted, state.patients):
        raise missing(resource_type, resource_id)
    require_reach(permitted, state.patients, resource_type)
    if_.check(state, f"{resource_type}/{resource_id}")
    return Change(
        resource_type,
        resource_id,
        state.version + 1,
        next_instant(state, needs.clock.now()),
        "delete",
        None,
        None,
        state.version,
    )
