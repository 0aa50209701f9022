"""What a caller may do with what was found: no right at all is said, another's record is not.

https://hl7.org/fhir/R4/security.html#AccessDenied
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from esante.access.domain.access_filter import granted
from esante.core.domain.permissions import Access, Grant, Interaction, Permitted
from esante.core.domain.resource import parse
from esante.interactions.flows.dependencies import Needs
from esante.search.domain.indexing import index, patients_of
from esante.search.domain.query.conditions import Reading
from esante.search.domain.query.matcher import Held, holds
from esante.store.domain.index_rows import Indexed
from esante.store.ports import Change, State, Version
from socle.errors import Refusal

_DOING = {
    "c": "créer",
    "r": "lire",
    "u": "modifier",
    "d": "supprimer",
    "s": "rechercher",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A version as rights look at it. `patients`: the Patient compartments it is in; `indexed`:
    tells what it is found by, where a right asks."""

    type: str
    id: str
    updated: datetime
    patients: Collection[str]
    indexed: Callable[[], Indexed]


def permission(access: Access, resource_type: str, interaction: Interaction) -> Permitted:
    """How that is allowed. Raises Refusal("forbidden") where it is not at all."""
    permitted = access.permitted(resource_type, interaction)
    if not permitted:
        raise Refusal(
            "forbidden",
            f"Votre jeton ne permet pas de {_DOING[interaction]} des ressources {resource_type}.",
        )
    return permitted


def shown_state(
    resource_type: str, resource_id: str, state: State, *, needs: Needs
) -> Shown | None:
    """What is there now; None where nothing is."""
    text, updated = state.text, state.updated
    if text is None or updated is None:
        return None
    told = partial(_indexed, text, needs)
    return Shown(resource_type, resource_id, updated, state.patients, told)


def shown_version(version: Version, *, needs: Needs) -> Shown | None:
    """A version as it was; None for a deletion."""
    if version.text is None:
        return None
    told = partial(_indexed, version.text, needs)
    patients = patients_of(parse(version.text), base=needs.base)
    return Shown(version.type, version.id, version.updated, patients, told)


def reaches(permitted: Permitted, shown: Shown | None, *, needs: Needs) -> bool:
    """Whether it extends to that version; to nothing, only where it is whole."""
    if permitted.whole or shown is None:
        return permitted.whole
    return any(_opens(each, shown, needs) for each in permitted.grants)


def require_changeable(
    permitted: Permitted, resource_type: str, resource_id: str, state: State, *, needs: Needs
) -> None:
    """Raises Refusal("not_found") for what the caller may not know of, and Refusal("forbidden") for
    what is another's too: whoever stands in another's record as an author may not take it away."""
    if permitted.whole:
        return
    shown = shown_state(resource_type, resource_id, state, needs=needs)
    if shown is None or not reaches(permitted, shown, needs=needs):
        raise missing(resource_type, resource_id)
    _require_all(permitted, shown, needs)


def require_writable(permitted: Permitted, change: Change, *, needs: Needs) -> None:
    """Raises Refusal("forbidden") for content the caller may not write, which is in the record of
    somebody it does not reach, or in nobody's."""
    indexed = change.indexed
    if permitted.whole or indexed is None:
        return
    told = Shown(change.type, change.id, change.updated, indexed.patients, lambda: indexed)
    _require_all(permitted, told, needs)


def missing(resource_type: str, resource_id: str, state: State | None = None) -> Refusal:
    """There is none, or there is none any more where that may be told."""
    if state is not None and state.version:
        return Refusal(
            "gone",
            f"{resource_type}/{resource_id} a été supprimé (version {state.version}).",
            version=state.version,
        )
    return Refusal("not_found", f"{resource_type}/{resource_id} n'existe pas.")


def _require_all(permitted: Permitted, shown: Shown, needs: Needs) -> None:
    """Every patient in whose record it is must be reached; or whoever they are."""
    opening = {each.patient for each in permitted.grants if _opens(each, shown, needs)}
    if None in opening or (opening and opening >= set(shown.patients)):
        return
    raise Refusal(
        "forbidden",
        f"Votre jeton ne permet pas d'écrire cette ressource {shown.type} : elle n'est pas, ou pas "
        "seulement, de celles auxquelles il donne accès.",
    )


def _opens(grant: Grant, shown: Shown, needs: Needs) -> bool:
    if grant.patient is not None and grant.patient not in shown.patients:
        return False
    if grant.query is None:
        return True
    criterion = granted(shown.type, grant, Reading(needs.base, needs.clock.now()))
    held = Held(shown.type, shown.id, shown.updated, shown.indexed())
    return criterion is not None and holds(criterion, held)


def _indexed(text: bytes, needs: Needs) -> Indexed:
    return index(parse(text), base=needs.base)
