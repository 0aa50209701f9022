"""What a caller may do with what was found: no right at all is said, another's record is not.

https://hl7.org/fhir/R4/security.html#AccessDenied
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from esante.access.domain.access_filter import grant_criterion
from esante.access.ports import Server
from esante.core.domain.json_parser import parse_json
from esante.core.domain.permissions import Grant, Permitted
from esante.search.domain.indexing import index, patients_of
from esante.search.domain.query.criterion_parser import SearchContext
from esante.search.domain.query.matcher import IndexedResource, matches
from esante.store.domain.index_rows import IndexEntries
from esante.store.ports import Change, ResourceState, ResourceVersion
from socle.errors import Refusal


@dataclass(frozen=True, slots=True)
class ProtectedResource:
    """A version as rights look at it. `patients`: the Patient compartments it is in; `indexed`:
    tells what it is found by, where a right asks."""

    type: str
    id: str
    updated: datetime
    patients: Collection[str]
    indexed: Callable[[], IndexEntries]


def protected_state(
    resource_type: str, resource_id: str, state: ResourceState, *, server: Server
) -> ProtectedResource | None:
    """What is there now; None where nothing is."""
    text, updated = state.text, state.updated
    if text is None or updated is None:
        return None
    indexed = partial(_indexed, text, server)
    return ProtectedResource(resource_type, resource_id, updated, state.patients, indexed)


def protected_version(version: ResourceVersion, *, server: Server) -> ProtectedResource | None:
    """A version as it was; None for a deletion."""
    if version.text is None:
        return None
    indexed = partial(_indexed, version.text, server)
    patients = patients_of(parse_json(version.text), base=server.base)
    return ProtectedResource(version.type, version.id, version.updated, patients, indexed)


def permits(permitted: Permitted, protected: ProtectedResource | None, *, server: Server) -> bool:
    """Whether it extends to that version; to nothing, only where it is whole."""
    if permitted.unrestricted or protected is None:
        return permitted.unrestricted
    return any(_grants(each, protected, server) for each in permitted.grants)


def require_changeable(
    permitted: Permitted,
    resource_type: str,
    resource_id: str,
    state: ResourceState,
    *,
    server: Server,
) -> None:
    """Raises Refusal("not_found") for what the caller may not know of, and Refusal("forbidden") for
    what is another's too: whoever stands in another's record as an author may not take it away."""
    if permitted.unrestricted:
        return
    protected = protected_state(resource_type, resource_id, state, server=server)
    if protected is None or not permits(permitted, protected, server=server):
        raise not_found(resource_type, resource_id)
    _require_every_patient(permitted, protected, server)


def require_writable(permitted: Permitted, change: Change, *, server: Server) -> None:
    """Raises Refusal("forbidden") for content the caller may not write, which is in the record of
    somebody it does not reach, or in nobody's."""
    indexed = change.indexed
    if permitted.unrestricted or indexed is None:
        return
    protected = ProtectedResource(
        change.type, change.id, change.updated, indexed.patients, lambda: indexed
    )
    _require_every_patient(permitted, protected, server)


def not_found(resource_type: str, resource_id: str, state: ResourceState | None = None) -> Refusal:
    """There is none, or there is none any more where that may be told."""
    if state is not None and state.version:
        return Refusal(
            "gone",
            f"{resource_type}/{resource_id} a été supprimé (version {state.version}).",
            version=state.version,
        )
    return Refusal("not_found", f"{resource_type}/{resource_id} n'existe pas.")


def _require_every_patient(
    permitted: Permitted, protected: ProtectedResource, server: Server
) -> None:
    """Every patient in whose record it is must be reached; or whoever they are."""
    opening = {each.patient for each in permitted.grants if _grants(each, protected, server)}
    if None in opening or (opening and opening >= set(protected.patients)):
        return
    raise Refusal(
        "forbidden",
        f"Votre jeton ne permet pas d'écrire cette ressource {protected.type} : elle n'est pas, ou pas "
        "seulement, de celles auxquelles il donne accès.",
    )


def _grants(grant: Grant, protected: ProtectedResource, server: Server) -> bool:
    if grant.patient is not None and grant.patient not in protected.patients:
        return False
    if grant.query is None:
        return True
    criterion = grant_criterion(
        protected.type, grant, SearchContext(server.base, server.clock.now())
    )
    indexed = IndexedResource(protected.type, protected.id, protected.updated, protected.indexed())
    return criterion is not None and matches(criterion, indexed)


def _indexed(text: bytes, server: Server) -> IndexEntries:
    return index(parse_json(text), base=server.base)
