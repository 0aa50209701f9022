"""The authorization of one resource: 403 without a permission, 404 outside the grants.

https://hl7.org/fhir/R4/security.html#AccessDenied
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from esante.access.domain.access_filter import grant_criterion
from esante.access.domain.open_records import OpenRecords
from esante.access.domain.security_labels import MASKED_FROM_PATIENT, can_be_labelled
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
    """A version of a resource, with the properties that grants are checked against."""

    type: str
    id: str
    updated: datetime
    patients: Collection[str]
    """The Patient compartments it is in."""
    indexed: Callable[[], IndexEntries]
    """Computes its index entries, for grants with a query."""
    text: bytes
    """Its JSON."""
    author: int | None
    """The `author_key` of who created it; None: unknown."""


def protected_state(
    resource_type: str, resource_id: str, state: ResourceState, *, server: Server
) -> ProtectedResource | None:
    """The current version of a resource; None if it does not exist or was deleted."""
    text, updated = state.text, state.updated
    if text is None or updated is None:
        return None
    indexed = partial(_indexed, text, server)
    return ProtectedResource(
        resource_type, resource_id, updated, state.patients, indexed, text, state.author
    )


def protected_version(
    version: ResourceVersion, *, author: int | None, server: Server
) -> ProtectedResource | None:
    """A historical version; None for a deletion. `author`: of the resource (`ResourceState`)."""
    if version.text is None:
        return None
    indexed = partial(_indexed, version.text, server)
    patients = patients_of(parse_json(version.text), base=server.base)
    return ProtectedResource(
        version.type, version.id, version.updated, patients, indexed, version.text, author
    )


def permits(permitted: Permitted, protected: ProtectedResource | None, *, server: Server) -> bool:
    """Whether one of those grants covers that version.

    `protected`: None for a resource that does not exist; only an unrestricted grant covers it.
    """
    if permitted.unrestricted or protected is None:
        return permitted.unrestricted
    return any(_grant_covers(each, protected, server) for each in permitted.grants)


def require_changeable(
    permitted: Permitted,
    resource_type: str,
    resource_id: str,
    state: ResourceState,
    *,
    server: Server,
) -> None:
    """Check that a resource can be changed or deleted under those grants.

    Raises Refusal("not_found") for a resource outside the grants, and Refusal("forbidden") for one
    that is also in the record of a patient outside them.
    """
    if permitted.unrestricted:
        return
    protected = protected_state(resource_type, resource_id, state, server=server)
    if protected is None or not permits(permitted, protected, server=server):
        raise not_found(resource_type, resource_id)
    _require_every_patient(permitted, protected, server)


def require_writable(permitted: Permitted, change: Change, *, server: Server) -> None:
    """Check that the new content of a change can be written under those grants.

    A deletion has no content, and passes.
    Raises Refusal("forbidden") unless a grant that is not restricted to a patient covers it, or
    grants cover every patient in whose record it is, one at least.
    """
    indexed = change.indexed
    if permitted.unrestricted or indexed is None:
        return
    protected = ProtectedResource(
        change.type,
        change.id,
        change.updated,
        indexed.patients,
        lambda: indexed,
        change.text or b"",
        change.author,
    )
    _require_every_patient(permitted, protected, server)


def require_version_writable(
    permitted: Permitted, version: ResourceVersion, *, author: int | None, server: Server
) -> None:
    """Check that a version that was written before can be written under those grants; a deletion
    passes. `author`: of the resource (`ResourceState`). Raises Refusal as `require_writable`."""
    protected = protected_version(version, author=author, server=server)
    if protected is not None and not permitted.unrestricted:
        _require_every_patient(permitted, protected, server)


def not_found(resource_type: str, resource_id: str, state: ResourceState | None = None) -> Refusal:
    """The Refusal for an absent resource: `gone` if `state` shows that it was deleted, otherwise
    (and without `state`, so as not to reveal a deletion) `not_found`."""
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
    """Raises Refusal as `require_writable`."""
    covering = [each for each in permitted.grants if _grant_covers(each, protected, server)]
    if any(each.patient is None and _opens_every(each, protected) for each in covering):
        return
    opening = {each.patient for each in covering if each.patient is not None}
    if opening and opening >= set(protected.patients):
        return
    raise Refusal(
        "forbidden",
        f"Votre jeton ne permet pas d'écrire cette ressource {protected.type} : elle n'est pas, "
        "ou pas seulement, de celles auxquelles il donne accès.",
    )


def _opens_every(grant: Grant, protected: ProtectedResource) -> bool:
    """Whether every record that the resource is in is open under that grant."""
    return grant.records is None or all(map(grant.records.is_open, protected.patients))


def _grant_covers(grant: Grant, protected: ProtectedResource, server: Server) -> bool:
    if grant.patient is not None and grant.patient not in protected.patients:
        return False
    if grant.query is None and _is_plainly_covered(grant, protected):
        return True
    criterion = grant_criterion(
        protected.type, grant, SearchContext(server.base, server.clock.now())
    )
    indexed = IndexedResource(
        protected.type,
        protected.id,
        protected.updated,
        protected.indexed(),
        protected.author,
    )
    return criterion is not None and matches(criterion, indexed)


def _is_plainly_covered(grant: Grant, protected: ProtectedResource) -> bool:
    """Whether a grant without a query covers a resource for sure, without indexing it."""
    records = grant.records
    if records is None:
        hidden = grant.patient is not None and can_be_labelled(protected.text, MASKED_FROM_PATIENT)
        return not hidden
    if not isinstance(records, OpenRecords):
        return False
    plain = any(map(records.is_plain, protected.patients))
    return plain and not can_be_labelled(protected.text, records.masks)


def _indexed(text: bytes, server: Server) -> IndexEntries:
    return index(parse_json(text), base=server.base)
