"""history of a resource, of a type, of the system. https://hl7.org/fhir/R4/http.html#history"""

from collections.abc import Sequence
from functools import partial

from esante.access.flows.authorization import not_found, permits, protected_version
from esante.core.domain.permissions import Access, Permitted, require_permission
from esante.interactions.flows.dependencies import Dependencies
from esante.interactions.flows.read import require_readable
from esante.store.ports import HistoryQuery, ResourceVersion
from socle.errors import Refusal

ALL_TYPES = "*"


async def list_history(
    page: HistoryQuery, *, by: Access, dependencies: Dependencies
) -> tuple[Sequence[ResourceVersion], ResourceVersion | None]:
    """One page of a history, and the last version of the page if more follow.

    With restricted grants, the history of a resource has only permitted versions and deletions; the
    history of a type or of the system requires an unrestricted grant. Raises Refusal if it is not
    permitted or the resource has never existed; with restricted grants also if it is now deleted.
    """
    permitted = require_permission(by, page.type or ALL_TYPES, "r")
    if page.id is None and not permitted.unrestricted:
        raise Refusal("forbidden", "Cet historique demande le droit de lire toutes ces ressources.")
    author: int | None = None
    if page.id is not None:
        assert page.type is not None
        state = await dependencies.store.find(page.type, page.id)
        author = state.author
        if not permitted.unrestricted:
            await require_readable(by, page.type, page.id, state, dependencies=dependencies)
        elif not state.version:
            raise not_found(page.type, page.id)
    versions, more = await dependencies.store.list_history(page)
    last = versions[-1] if more else None
    if not permitted.unrestricted:
        size = sum(len(each.text or b"") for each in versions)
        versions = await dependencies.workers.run(
            size, partial(_permitted_versions, versions, permitted, author, dependencies)
        )
    return versions, last


def _permitted_versions(
    versions: Sequence[ResourceVersion],
    permitted: Permitted,
    author: int | None,
    dependencies: Dependencies,
) -> Sequence[ResourceVersion]:
    protect = partial(protected_version, author=author, server=dependencies)
    return [
        each
        for each in versions
        if each.text is None or permits(permitted, protect(each), server=dependencies)
    ]
