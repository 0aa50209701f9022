"""What a caller may do with what was found: no right at all is said, another's record is not.

https://hl7.org/fhir/R4/security.html#AccessDenied
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from esante.access.domain.access_filter import grant_criterion
from esante.access.ports import Server
from esante.core.domain.permissions import Grant, Permitted
from esante.core.domain.resource import parse
from esante.search.domain.indexing import index, patients_of
from esante.search.domain.query.conditions import Reading
from esante.search.domain.query.matcher import Held, holds
from esante.store.domain.index_rows import Indexed
from esante.store.ports import Change, State, Version
from socle.errors import Refusal


@dataclass(frozen=True, slots=True)
class Shown:
    """A version as rights look at it. `patients`: the Patient compartments it is in; `indexed`:
    tells what it is found by, where a right asks."""

    type: str
    id: str
    updated: datetime
    patients: Collection[str]
    indexed: Callable[[], Indexed]


def shown_state(
    resource_type: str, resource_id: str, state: State, *, server: Server
) -> Shown | None:
    """What is there now; None where nothing is."""
    text, updated = state.text, state.updated
    if text is None or updated is None:
        return None
    told = partial(_indexed, text, server)
    return Shown(resource_type, resource_id, updated, state.patients, told)


def shown_version(version: Version, *, server: Server) -> Shown | None:
    """A version as it was; None for a deletion."""
    if version.text is None:
        return None
    told = partial(_indexed, version.text, server)
    patients = patients_of(parse(version.text), base=server.base)
    return Shown(version.type, version.id, version.updated, patients, told)


def reaches(permitted: Permitted, shown: Shown | None, *, server: Server) -> bool:
    """Whether it extends to that version; to nothing, only where it is whole."""
    if permitted.whole or shown is None:
        return permitted.whole
    return any(_opens(each, shown, server) for each in permitted.grants)


def require_changeable(
    permitted: Permitted, resource_type: str, resource_id: str, state: State, *, server: Server
) -> None:
    """Raises Refusal("not_found") for what the caller may not know of, and Refusal("forbidden") for
    what is another's too: whoever stands in another's record as an author may not take it away."""
    if permitted.whole:
        return
    shown = shown_state(resource_type, resource_id, state, server=server)
    if shown is None or not reaches(permitted, shown, server=server):
        raise missing(resource_type, resource_id)
    _require_all(permitted, shown, server)


def require_writable(permitted: Permitted, change: Change, *, server: Server) -> None:
    """Raises Refusal("forbidden") for content the caller may not write, which is in the record of
    somebody it does not reach, or in nobody's."""
    indexed = change.indexed
    if permitted.whole or indexed is None:
        return
    told = Shown(change.type, change.id, change.updated, indexed.patients, lambda: indexed)
    _require_all(permitted, told, server)


def missing(resource_type: str, resource_id: str, state: State | None = None) -> Refusal:
    """There is none, or there is none any more where that may be told."""
    if state is not None and state.version:
        return Refusal(
            "gone",
            f"{resource_type}/{resource_id} a été supprimé (version {state.version}).",
            version=state.version,
        )
    return Refusal("not_found", f"{resource_type}/{resource_id} n'existe pas.")


def _require_all(permitted: Permitted, shown: Shown, server: Server) -> None:
    """Every patient in whose record it is must be reached; or whoever they are."""
    opening = {each.patient for each in permitted.grants if _opens(each, shown, server)}
    if None in opening or (opening and opening >= set(shown.patients)):
        return
    raise Refusal(
        "forbidden",
        f"Votre jeton ne permet pas d'écrire cette ressource {shown.type} : elle n'est pas, ou pas "
        "seulement, de celles auxquelles il donne accès.",
    )


def _opens(grant: Grant, shown: Shown, server: Server) -> bool:
    if grant.patient is not None and grant.patient not in shown.patients:
        return False
    if grant.query is None:
        return True
    criterion = grant_criterion(shown.type, grant, Reading(server.base, server.clock.now()))
    held = Held(shown.type, shown.id, shown.updated, shown.indexed())
    return criterion is not None and holds(criterion, held)


def _indexed(text: bytes, server: Server) -> Indexed:
    return index(parse(text), base=server.base)
