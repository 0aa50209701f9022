"""read and vread. https://hl7.org/fhir/R4/http.html#read"""

from functools import partial

from esante.access.flows.authorization import missing, reaches, shown_state, shown_version
from esante.core.domain.permissions import Access, Permitted, permission
from esante.core.domain.resource import Resource
from esante.interactions.flows.dependencies import Needs
from esante.store.ports import State, Version
from socle.errors import Refusal


async def read(resource_type: str, resource_id: str, *, by: Access, needs: Needs) -> Resource:
    """The current version. Raises Refusal: gone where it was deleted and may be known."""
    permission(by, resource_type, "r")
    state = await needs.store.find(resource_type, resource_id)
    return await shown_to(by, resource_type, resource_id, state, needs=needs)


async def shown_to(
    by: Access, resource_type: str, resource_id: str, state: State, *, needs: Needs
) -> Resource:
    """What is there now, to who may read it. Raises Refusal."""
    permitted = permission(by, resource_type, "r")
    if state.text is None or state.updated is None:
        # Whose it was is not kept: who may not read every one is told no more than of another's.
        raise missing(resource_type, resource_id, state if permitted.whole else None)
    if not permitted.whole:
        shown = shown_state(resource_type, resource_id, state, server=needs)
        looking = partial(reaches, permitted, shown, server=needs)
        if not await needs.aside.do(len(state.text), looking):
            raise missing(resource_type, resource_id)
    return Resource(resource_type, resource_id, state.version, state.updated, state.text)


async def read_version(
    resource_type: str,
    resource_id: str,
    version: int,
    *,
    by: Access,
    needs: Needs,
) -> Resource:
    """That version, be it current or not. Raises Refusal. Who may read some alone is shown what was
    theirs to read, of what still is."""
    permitted = permission(by, resource_type, "r")
    found, state = await needs.store.find_version(resource_type, resource_id, version)
    if not permitted.whole:
        await shown_to(by, resource_type, resource_id, state, needs=needs)
    if found is None:
        raise Refusal(
            "not_found",
            f"{resource_type}/{resource_id} n'a pas de version {version}."
            if state.version
            else f"{resource_type}/{resource_id} n'existe pas.",
        )
    if found.text is None:
        raise Refusal(
            "gone", f"La version {version} de {resource_type}/{resource_id} est sa suppression."
        )
    if not permitted.whole:
        looking = partial(_reached, permitted, found, needs)
        if not await needs.aside.do(len(found.text), looking):
            raise missing(resource_type, resource_id)  # it was not theirs then
    return Resource(resource_type, resource_id, version, found.updated, found.text)


def _reached(permitted: Permitted, found: Version, needs: Needs) -> bool:
    return reaches(permitted, shown_version(found, server=needs), server=needs)
