"""read and vread. https://hl7.org/fhir/R4/http.html#read"""

from functools import partial

from esante.access.flows.authorization import not_found, permits, protected_state, protected_version
from esante.core.domain.permissions import Access, Permitted, require_permission
from esante.core.domain.resource import Resource
from esante.interactions.ports import ReadDependencies
from esante.store.ports import ResourceState, ResourceVersion
from socle.errors import Refusal


async def read(
    resource_type: str, resource_id: str, *, by: Access, dependencies: ReadDependencies
) -> Resource:
    """The current version of a resource.

    Raises Refusal: "forbidden" without a grant, "not_found" if it is absent or outside the grants,
    "gone" if it was deleted and the grants are unrestricted.
    """
    require_permission(by, resource_type, "r")
    state = await dependencies.store.find(resource_type, resource_id, by.check)
    return await require_readable(by, resource_type, resource_id, state, dependencies=dependencies)


async def require_readable(
    by: Access,
    resource_type: str,
    resource_id: str,
    state: ResourceState,
    *,
    dependencies: ReadDependencies,
) -> Resource:
    """The current version, if the caller can read it. Raises Refusal as `read`.

    `state`: of the resource, from the store.
    """
    permitted = require_permission(by, resource_type, "r")
    if state.text is None or state.updated is None:
        # The compartments of a deleted resource are unknown: not found with restricted grants.
        raise not_found(resource_type, resource_id, state if permitted.unrestricted else None)
    if not permitted.unrestricted:
        protected = protected_state(resource_type, resource_id, state, server=dependencies)
        check = partial(permits, permitted, protected, server=dependencies)
        if not await dependencies.workers.run(len(state.text), check):
            raise not_found(resource_type, resource_id)
    return Resource(
        resource_type, resource_id, state.version, state.updated, state.text, state.patients
    )


async def read_version(
    resource_type: str,
    resource_id: str,
    version: int,
    *,
    by: Access,
    dependencies: ReadDependencies,
) -> Resource:
    """A version of a resource, current or not.

    With restricted grants, both that version and the current one must be permitted. Raises Refusal:
    "forbidden" without a grant, "not_found" if it is absent or not permitted, "gone" if that
    version is a deletion.
    """
    permitted = require_permission(by, resource_type, "r")
    found, state = await dependencies.store.find_version(resource_type, resource_id, version)
    if not permitted.unrestricted:
        await require_readable(by, resource_type, resource_id, state, dependencies=dependencies)
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
    if not permitted.unrestricted:
        check = partial(_permits_version, permitted, found, state.author, dependencies)
        if not await dependencies.workers.run(len(found.text), check):
            raise not_found(resource_type, resource_id)  # outside the grants at that version
    return Resource(resource_type, resource_id, version, found.updated, found.text, state.patients)


def _permits_version(
    permitted: Permitted,
    found: ResourceVersion,
    author: int | None,
    dependencies: ReadDependencies,
) -> bool:
    protected = protected_version(found, author=author, server=dependencies)
    return permits(permitted, protected, server=dependencies)
