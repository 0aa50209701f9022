"""create, and conditional create. https://hl7.org/fhir/R4/http.html#create"""

from esante.access.flows.authorization import require_writable
from esante.core.domain.permissions import Access, permission
from esante.core.domain.resource import Parsed, Resource
from esante.interactions.flows.conditional import settled
from esante.interactions.flows.dependencies import Needs
from esante.interactions.flows.prepare_write import change_of, incoming, written
from esante.interactions.flows.read import shown_to
from esante.interactions.ports import Pairs
from esante.store.ports import NEVER, Change, Transaction


async def create(body: bytes, resource_type: str, *, by: Access, needs: Needs) -> Resource:
    """A new resource, under an id of ours. Raises Refusal."""
    _, change = await _judged(body, resource_type, by=by, needs=needs)
    await needs.store.write([change])
    return written(change)


async def create_unless(
    body: bytes, resource_type: str, criteria: Pairs, *, by: Access, needs: Needs
) -> tuple[Resource, bool]:
    """The one that meets the criteria, else a new one; and whether it is new. Raises Refusal."""
    parsed, change = await _judged(body, resource_type, by=by, needs=needs)

    async def do(transaction: Transaction, found: str | None) -> tuple[Resource, bool]:
        if found is None:
            await transaction.write([change])
            return written(change), True
        return await existing(resource_type, found, by=by, needs=needs, within=transaction), False

    return await settled(resource_type, criteria, do, by=by, needs=needs, content=parsed.value)


async def _judged(
    body: bytes, resource_type: str, *, by: Access, needs: Needs
) -> tuple[Parsed, Change]:
    def judge() -> tuple[Parsed, Change]:
        parsed = incoming(body, resource_type)
        return parsed, creation(parsed, resource_type, by=by, needs=needs)

    return await needs.aside.do(len(body), judge)


def creation(
    parsed: Parsed,
    resource_type: str,
    *,
    by: Access,
    needs: Needs,
    resource_id: str | None = None,
) -> Change:
    """The change that makes it, under that id that nobody has, or one of ours. Raises Refusal."""
    permitted = permission(by, resource_type, "c")
    own = resource_id or needs.new_id()
    change = change_of(parsed, resource_type, own, over=NEVER, interaction="create", needs=needs)
    require_writable(permitted, change, server=needs)
    return change


async def existing(
    resource_type: str, resource_id: str, *, by: Access, needs: Needs, within: Transaction
) -> Resource:
    """One that was found, as that transaction sees it. Raises Refusal."""
    (state,) = await within.find_for_change([(resource_type, resource_id)])
    return await shown_to(by, resource_type, resource_id, state, needs=needs)
