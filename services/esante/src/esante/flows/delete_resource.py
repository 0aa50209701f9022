"""delete. https://hl7.org/fhir/R4/http.html#delete"""

from datetime import datetime

from esante.domain.access import Access
from esante.flows.incoming import next_instant
from esante.flows.may import permission, reaches
from esante.flows.needs import Needs
from esante.flows.read_resource import missing
from esante.flows.update_resource import ANY, TRIES, Precondition, busy
from esante.ports import Change, Stale, State


async def delete(
    resource_type: str, resource_id: str, *, by: Access, needs: Needs, if_: Precondition = ANY
) -> int | None:
    """The version that says so; None where there is nothing to delete any more. Raises Refusal."""
    permitted = permission(by, resource_type, "d")
    for _ in range(TRIES):
        state = await needs.store.find(resource_type, resource_id)
        if state.text is not None and not reaches(permitted, state.patients):
            raise missing(resource_type, resource_id)
        if_.check(state, f"{resource_type}/{resource_id}")
        if state.text is None:
            return None
        change = removal(resource_type, resource_id, state, needs.clock.now())
        try:
            await needs.store.write(change)
        except Stale:
            continue
        return change.version
    raise busy(resource_type, resource_id)


def removal(resource_type: str, resource_id: str, state: State, now: datetime) -> Change:
    """The change that deletes what was found living."""
    return Change(
        resource_type,
        resource_id,
        state.version + 1,
        next_instant(state, now),
        "delete",
        None,
        None,
        state.version,
    )
