"""create. https://hl7.org/fhir/R4/http.html#create"""

from esante.domain.access import Access
from esante.domain.resource import Resource
from esante.flows.incoming import change_of, incoming, written
from esante.flows.may import permission, require_reach
from esante.flows.needs import Needs
from esante.ports import NEVER


async def create(body: bytes, resource_type: str, *, by: Access, needs: Needs) -> Resource:
    """A new resource, under an id of ours. Raises Refusal."""
    permitted = permission(by, resource_type, "c")
    parsed = incoming(body, resource_type)
    change = change_of(
        parsed,
        resource_type,
        needs.new_id(),
        over=NEVER,
        interaction="create",
        now=needs.clock.now(),
        validator=needs.validator,
    )
    assert change.indexed is not None
    require_reach(permitted, change.indexed.patients, resource_type)
    await needs.store.write(change)
    return written(change)
