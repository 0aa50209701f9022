"""read and vread. https://hl7.org/fhir/R4/http.html#read"""

from esante.domain.access import Access, Permitted
from esante.domain.indexing import patients_of
from esante.domain.resource import Resource, parse
from esante.flows.may import permission, reaches
from esante.flows.needs import Needs
from esante.ports import NEVER, ResourceStore, State
from socle.errors import Refusal


async def read(resource_type: str, resource_id: str, *, by: Access, needs: Needs) -> Resource:
    """The current version. Raises Refusal: gone where it was deleted and may be known."""
    permitted = permission(by, resource_type, "r")
    state = await needs.store.find(resource_type, resource_id)
    if state.text is None:
        # Whose it was is not kept: who may not read every one is told no more than of another's.
        raise missing(resource_type, resource_id, state if permitted.whole else None)
    if not reaches(permitted, state.patients):
        state = await found_by_grants(permitted, resource_type, resource_id, needs=needs)
    if state.text is None:
        raise missing(resource_type, resource_id)
    assert state.updated is not None
    return Resource(resource_type, resource_id, state.version, state.updated, state.text)


async def found_by_grants(
    permitted: Permitted, resource_type: str, resource_id: str, *, needs: Needs
) -> State:
    """The resource, where a grant that a query narrows (`Observation.rs?category=laboratory`) finds
    it; nothing else. Its versions of another time, and writing, such a grant does not open: no
    search tells whether it would find them."""
    narrowed = Permitted(tuple(each for each in permitted.grants if each.query is not None))
    if not narrowed:
        return NEVER
    by = Access({(resource_type, "s"): narrowed})
    asked = [("_id", resource_id)]
    async with needs.store.transaction() as transaction:
        (state,) = await transaction.find_for_change([(resource_type, resource_id)])
        try:
            found = await needs.matching(resource_type, asked, by=by, within=transaction)
        except Refusal as refusal:
            if refusal.category != "forbidden":
                raise
            return NEVER  # a query that nobody understands opens nothing
    return state if found else NEVER


async def read_version(
    resource_type: str,
    resource_id: str,
    version: int,
    *,
    by: Access,
    store: ResourceStore,
    base: str,
) -> Resource:
    """That version, be it current or not; `base`: the FHIR base as callers see it. Raises
    Refusal."""
    permitted = permission(by, resource_type, "r")
    found, state = await store.find_version(resource_type, resource_id, version)
    if not permitted.whole and not (state.text and reaches(permitted, state.patients)):
        raise missing(resource_type, resource_id)
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
    if not permitted.whole and not reaches(permitted, patients_of(parse(found.text), base=base)):
        raise missing(resource_type, resource_id)  # it was another patient's then
    return Resource(resource_type, resource_id, version, found.updated, found.text)


def missing(resource_type: str, resource_id: str, state: State | None = None) -> Refusal:
    """There is none, or there is none any more where that may be told."""
    if state is not None and state.version:
        return Refusal(
            "gone",
            f"{resource_type}/{resource_id} a été supprimé (version {state.version}).",
            version=state.version,
        )
    return Refusal("not_found", f"{resource_type}/{resource_id} n'existe pas.")
