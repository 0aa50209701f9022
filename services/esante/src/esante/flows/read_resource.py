"""read and vread. https://hl7.org/fhir/R4/http.html#read"""

from esante.domain.access import Access
from esante.domain.indexing import patients_of
from esante.domain.resource import Resource, parse
from esante.flows.may import permission, reaches
from esante.ports import ResourceStore, State
from socle.errors import Refusal


async def read(
    resource_type: str, resource_id: str, *, by: Access, store: ResourceStore
) -> Resource:
    """The current version. Raises Refusal: gone where it was deleted and may be known."""
    permitted = permission(by, resource_type, "r")
    state = await store.find(resource_type, resource_id)
    if state.text is None:
        # Whose it was is not kept: who may not read every one is told no more than of another's.
        raise missing(resource_type, resource_id, state if permitted.whole else None)
    if not reaches(permitted, state.patients):
        raise missing(resource_type, resource_id)
    assert state.updated is not None
    return Resource(resource_type, resource_id, state.version, state.updated, state.text)


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
