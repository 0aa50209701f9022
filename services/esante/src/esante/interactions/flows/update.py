"""update, including create with a client-assigned id, and conditional update.
https://hl7.org/fhir/R4/http.html#update"""

from dataclasses import dataclass
from functools import partial
from typing import Final, Literal

from esante.access.flows.authorization import not_found, require_changeable, require_writable
from esante.core.domain.append_only import APPEND_ONLY, change_refused
from esante.core.domain.json_parser import JsonObject
from esante.core.domain.permissions import Access, require_permission
from esante.core.domain.resource import Resource, is_id
from esante.interactions.flows.conditional import run_conditional
from esante.interactions.flows.dependencies import MAX_ATTEMPTS, Dependencies
from esante.interactions.flows.prepare_write import (
    parse_identified_resource,
    parse_resource,
    prepare_change,
    with_new_patient,
    written_resource,
)
from esante.interactions.flows.unchanged_update import changes_nothing, current_version
from esante.interactions.flows.write_change import write_change
from esante.interactions.ports import Pairs
from esante.store.ports import Change, Interaction, ResourceState, Transaction, WriteConflict
from socle.errors import Refusal

UpdateOutcome = Literal["create", "update"] | None
"""What an update has written: None if it changed nothing."""


@dataclass(frozen=True, slots=True)
class Precondition:
    """The preconditions of a write on the current version."""

    version: int | None = None
    """The current version must be this one (If-Match)."""
    absent: bool = False
    """The resource must not exist (If-None-Match: *)."""
    required: bool = False
    """If the resource exists, If-Match is mandatory."""

    def check(self, state: ResourceState, where: str) -> None:
        """Raises Refusal, rule `stale`, `exists` or `version-required`, if one is not met.

        `state`: of the resource, whose version counts only if it exists. `where`: its `type/id`,
        for the message.
        """
        exists = state.text is not None
        if self.version is not None and (not exists or state.version != self.version):
            current = f"la version {state.version} est l'actuelle" if exists else "il n'existe pas"
            raise Refusal(
                "conflict",
                f"{where} : {current}, If-Match demande la version {self.version}.",
                rule="stale",
                current=state.version,
            )
        if self.absent and exists:
            raise Refusal("conflict", f"{where} existe déjà.", rule="exists")
        if self.required and exists and self.version is None:
            raise Refusal(
                "conflict",
                f"{where} existe : dites la version que vous modifiez (If-Match).",
                rule="version-required",
            )


NO_PRECONDITION: Final = Precondition()


async def update(
    body: bytes,
    resource_type: str,
    resource_id: str,
    *,
    by: Access,
    dependencies: Dependencies,
    precondition: Precondition = NO_PRECONDITION,
) -> tuple[Resource, UpdateOutcome]:
    """Write the next version, unless it would be the same; returns the current version, and
    whether the resource is new (or had been deleted), changed or unchanged.

    Raises Refusal if it is invalid or not permitted, the precondition fails, or conflicts continue.
    """
    size = len(body)
    parsed = await dependencies.workers.run(
        size, lambda: parse_identified_resource(body, resource_type, resource_id)
    )
    for _ in range(MAX_ATTEMPTS):
        state = await dependencies.store.find(resource_type, resource_id)
        make = partial(prepare_update, parsed, resource_type, resource_id, state)
        change = await dependencies.workers.run(
            size, partial(make, by=by, dependencies=dependencies, precondition=precondition)
        )
        compare = partial(_writes_nothing, change, parsed, state, dependencies)
        if await dependencies.workers.run(max(size, len(state.text or b"")), compare):
            return current_version(resource_type, resource_id, state), None
        try:
            await write_change(change, by=by, dependencies=dependencies)
        except WriteConflict:
            continue
        return written_resource(change), _outcome(change)
    raise write_contention(resource_type, resource_id)


async def conditional_update(
    body: bytes,
    resource_type: str,
    criteria: Pairs,
    *,
    by: Access,
    dependencies: Dependencies,
    precondition: Precondition = NO_PRECONDITION,
) -> tuple[Resource, UpdateOutcome]:
    """Update the match of the criteria; without a match, create a resource.

    The new resource has the `id` in the body, or a new one. Returns as `update`. Raises
    Refusal as `update`, for several matches, and if that `id` is used.
    https://hl7.org/fhir/R4/http.html#cond-update
    """
    size = len(body)
    parsed = await dependencies.workers.run(size, lambda: parse_resource(body, resource_type))

    async def do(transaction: Transaction, found: str | None) -> tuple[Resource, UpdateOutcome]:
        own = parsed.value.get("id")
        resource_id = conditional_target_id(own, found, resource_type) or dependencies.new_id()
        (state,) = await transaction.find_for_update([(resource_type, resource_id)])
        if found is None and is_id_taken(resource_type, state, by=by):
            raise id_taken(resource_type, resource_id)
        make = partial(prepare_update, parsed, resource_type, resource_id, state)
        change = await dependencies.workers.run(
            size, partial(make, by=by, dependencies=dependencies, precondition=precondition)
        )
        compare = partial(_writes_nothing, change, parsed, state, dependencies)
        if await dependencies.workers.run(max(size, len(state.text or b"")), compare):
            return current_version(resource_type, resource_id, state), None
        await write_change(change, by=by, dependencies=dependencies, within=transaction)
        return written_resource(change), _outcome(change)

    return await run_conditional(
        resource_type, criteria, do, by=by, dependencies=dependencies, content=parsed.value
    )


def _writes_nothing(
    change: Change, parsed: JsonObject, state: ResourceState, dependencies: Dependencies
) -> bool:
    """Whether nothing is written: with an Idempotency-Key, a version records what was done."""
    return dependencies.idempotency_key is None and changes_nothing(change, parsed, state)


def _outcome(change: Change) -> UpdateOutcome:
    return "update" if change.replaces else "create"


def conditional_target_id(own: object, found: str | None, resource_type: str) -> str | None:
    """The id that a conditional update writes; None for a new one.

    `own`: the `id` in the body, of any type. `found`: the id of the match. Raises Refusal if `own`
    is malformed or differs from the match.
    """
    if own is not None and not is_id(own):
        raise Refusal("invalid", "« id » est mal formé.", expression=[f"{resource_type}.id"])
    if found is not None and own is not None and own != found:
        raise Refusal(
            "invalid",
            f"La condition désigne {resource_type}/{found}, le contenu dit {own}.",
            expression=[f"{resource_type}.id"],
        )
    return found or (str(own) if own is not None else None)


def is_id_taken(resource_type: str, state: ResourceState, *, by: Access) -> bool:
    """Whether an id cannot be that of a new resource of the caller. `state`: of its resource."""
    return state.text is not None or _is_withheld(resource_type, state, by=by)


def _is_withheld(resource_type: str, state: ResourceState, *, by: Access) -> bool:
    """Whether the id is that of a deleted resource which the caller cannot bring back: under
    restricted grants nobody can, since it could have been of another patient."""
    if state.text is not None or not state.version:
        return False
    given = [by.permitted(resource_type, action) for action in ("c", "u")]
    return any(each and not each.unrestricted for each in given)


def id_taken(resource_type: str, resource_id: str) -> Refusal:
    """The Refusal of a conditional update without match, whose id is already used."""
    return Refusal(
        "conflict",
        f"Aucune ressource ne répond à la condition, et {resource_type}/{resource_id} existe déjà.",
    )


def require_update_permission(by: Access, resource_type: str) -> None:
    """Raises Refusal unless the caller can update or create resources of that type: an update
    creates a resource that does not exist."""
    if not by.permitted(resource_type, "c"):
        require_permission(by, resource_type, "u")


def prepare_update(
    parsed: JsonObject,
    resource_type: str,
    resource_id: str,
    state: ResourceState,
    *,
    by: Access,
    dependencies: Dependencies,
    precondition: Precondition,
) -> Change:
    """The change that replaces the current version, or creates the resource.

    `state`: the current version. Raises Refusal if it is invalid or not permitted, or the
    precondition fails.
    """
    exists = state.text is not None
    if not (
        exists
        or by.permitted(resource_type, "c")
        or require_permission(by, resource_type, "u").unrestricted
    ):
        # As for a resource of another patient: the caller cannot tell them apart.
        raise not_found(resource_type, resource_id)
    by = with_new_patient(by, resource_type, resource_id, state)
    permitted = require_permission(by, resource_type, "u" if exists else "c")
    if _is_withheld(resource_type, state, by=by):
        require_permission(by, resource_type, "u")  # as for one that exists
        raise not_found(resource_type, resource_id)
    if exists:
        require_changeable(permitted, resource_type, resource_id, state, server=dependencies)
        if resource_type == APPEND_ONLY:
            raise change_refused()
    precondition.check(state, f"{resource_type}/{resource_id}")
    interaction: Interaction = "update" if exists else "create"
    make = partial(prepare_change, previous=state, interaction=interaction, by=by)
    change = make(parsed, resource_type, resource_id, dependencies=dependencies)
    require_writable(permitted, change, server=dependencies)
    return change


def write_contention(resource_type: str, resource_id: str) -> Refusal:
    """The Refusal after `MAX_ATTEMPTS` write conflicts."""
    return Refusal(
        "conflict",
        f"{resource_type}/{resource_id} est modifié par d'autres au même moment ; réessayez.",
    )
