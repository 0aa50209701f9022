"""delete. https://hl7.org/fhir/R4/http.html#delete"""

from esante.access.flows.authorization import missing, require_changeable
from esante.core.domain.permissions import Access, permission
from esante.interactions.flows.conditional import settled
from esante.interactions.flows.dependencies import TRIES, Needs
from esante.interactions.flows.prepare_write import next_instant
from esante.interactions.flows.update import ANY, Precondition, busy
from esante.interactions.ports import Pairs
from esante.store.ports import Change, Stale, State, Transaction


async def delete(
    resource_type: str, resource_id: str, *, by: Access, needs: Needs, if_: Precondition = ANY
) -> int | None:
    """The version that says so; None where there is nothing to delete any more. Raises Refusal."""
    for _ in range(TRIES):
        state = await needs.store.find(resource_type, resource_id)
        if state.text is None:
            nothing_there(resource_type, resource_id, by=by)
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

    permission(by, resource_type, "d")

    async def do(transaction: Transaction, found: str | None) -> int | None:
        if found is None:
            return None
        (state,) = await transaction.find_for_change([(resource_type, found)])
        change = deletion(resource_type, found, state, by=by, needs=needs, if_=if_)
        await transaction.write([change])
        return change.version

    return await settled(resource_type, criteria, do, by=by, needs=needs)


def nothing_there(resource_type: str, resource_id: str | None, *, by: Access) -> None:
    """There is nothing to delete, `resource_id` None: nothing that meets a condition. Raises
    Refusal: of what is named, who may delete some alone is told no more than of another's."""
    if not permission(by, resource_type, "d").whole and resource_id is not None:
        raise missing(resource_type, resource_id)


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
    require_changeable(permitted, resource_type, resource_id, state, server=needs)
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
