"""patch. https://hl7.org/fhir/R4/http.html#patch"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from esante.access.flows.authorization import not_found, require_changeable, require_writable
from esante.core.domain.json_parser import JsonObject, parse_object
from esante.core.domain.json_rewrite import rewrite, to_json
from esante.core.domain.permissions import Access, require_permission
from esante.core.domain.resource import Resource
from esante.core.domain.stamping import is_subset
from esante.interactions.flows.conditional import run_conditional
from esante.interactions.flows.dependencies import MAX_ATTEMPTS, Dependencies
from esante.interactions.flows.prepare_write import (
    parse_identified_resource,
    prepare_change,
    written_resource,
)
from esante.interactions.flows.unchanged_update import current_version
from esante.interactions.flows.update import NO_PRECONDITION, Precondition, write_contention
from esante.interactions.flows.write_change import write_change
from esante.interactions.ports import Pairs
from esante.store.ports import Change, ResourceState, Transaction, WriteConflict
from socle.errors import Refusal


@dataclass(frozen=True, slots=True)
class Patch:
    """A parsed patch of any format."""

    apply: Callable[[dict[str, Any]], Any]
    """Returns the patched value of a resource, without modifying its argument."""
    size: int
    """Characters of the patch."""


PatchReader = Callable[[JsonObject], Patch]
"""Parses the patch in a resource (Parameters, or Binary of JSON Patch). Raises Refusal."""


async def patch(
    parsed_patch: Patch,
    resource_type: str,
    resource_id: str,
    *,
    by: Access,
    dependencies: Dependencies,
    precondition: Precondition = NO_PRECONDITION,
) -> tuple[Resource, bool]:
    """Patch a resource; returns its current version, and whether that is a new one: a patch that
    changes nothing writes nothing.

    Raises Refusal if the resource is absent, the patch is not permitted or cannot be applied, its
    result is invalid, the precondition fails, or conflicts continue.
    """
    for _ in range(MAX_ATTEMPTS):
        state = await dependencies.store.find(resource_type, resource_id)
        make = partial(prepare_patch, parsed_patch, resource_type, resource_id, state)
        size = patch_size(parsed_patch, state)
        made = await dependencies.workers.run(
            size, partial(make, by=by, dependencies=dependencies, precondition=precondition)
        )
        if made is None:
            return current_version(resource_type, resource_id, state), False
        try:
            await write_change(made, by=by, dependencies=dependencies)
        except WriteConflict:
            continue
        return written_resource(made), True
    raise write_contention(resource_type, resource_id)


async def conditional_patch(
    parsed_patch: Patch,
    resource_type: str,
    criteria: Pairs,
    *,
    by: Access,
    dependencies: Dependencies,
    precondition: Precondition = NO_PRECONDITION,
) -> tuple[Resource, bool]:
    """Patch the match of the criteria; returns as `patch`.

    Raises Refusal as `patch`, and without a match or with several.
    """

    async def do(transaction: Transaction, found: str | None) -> tuple[Resource, bool]:
        if found is None:
            raise Refusal(
                "not_found", f"Aucune ressource {resource_type} ne répond à la condition."
            )
        (state,) = await transaction.find_for_update([(resource_type, found)])
        make = partial(prepare_patch, parsed_patch, resource_type, found, state)
        size = patch_size(parsed_patch, state)
        made = await dependencies.workers.run(
            size, partial(make, by=by, dependencies=dependencies, precondition=precondition)
        )
        if made is None:
            return current_version(resource_type, found, state), False
        await write_change(made, by=by, dependencies=dependencies, within=transaction)
        return written_resource(made), True

    return await run_conditional(resource_type, criteria, do, by=by, dependencies=dependencies)


def patch_size(parsed_patch: Patch, state: ResourceState) -> int:
    """The size to process: characters of the patch and bytes of the resource."""
    return parsed_patch.size + len(state.text or b"")


def prepare_patch(
    parsed_patch: Patch,
    resource_type: str,
    resource_id: str,
    state: ResourceState,
    *,
    by: Access,
    dependencies: Dependencies,
    precondition: Precondition,
) -> Change | None:
    """The change that patches an existing resource; None if the patch changes nothing.

    `state`: its current version. Raises Refusal as `patch`.
    """
    permitted = require_permission(by, resource_type, "u")
    if state.text is None:
        raise not_found(resource_type, resource_id, state if permitted.unrestricted else None)
    require_changeable(permitted, resource_type, resource_id, state, server=dependencies)
    precondition.check(state, f"{resource_type}/{resource_id}")
    before = parse_object(state.text)
    _require_complete(before.value)
    text = _patched_text(parsed_patch, before)
    if text is None:
        return None
    if len(text) > dependencies.max_text:
        raise Refusal("too_large", f"Le patch laisse plus de {dependencies.max_text} caractères.")
    parsed = parse_identified_resource(text.encode(), resource_type, resource_id)
    made = prepare_change(
        parsed,
        resource_type,
        resource_id,
        previous=state,
        interaction="patch",
        by=by,
        dependencies=dependencies,
    )
    require_writable(permitted, made, server=dependencies)
    return made


def _require_complete(resource: Mapping[str, Any]) -> None:
    """Raises Refusal for a Binary whose content is stored elsewhere, which no patch can name; no
    other resource is stored as a partial copy."""
    if is_subset(resource):
        raise Refusal(
            "invalid",
            "Le contenu de ce Binary est trop volumineux pour une modification : envoyez-le à"
            " nouveau, en octets (PUT).",
            rule="unprocessable",
            issue="not-supported",
        )


def _patched_text(parsed_patch: Patch, before: JsonObject) -> str | None:
    """The JSON of a patched resource; None if the patch changes nothing. Raises Refusal if it
    leaves no resource."""
    try:
        after = parsed_patch.apply(before.value)
        # Values that differ have other texts; equal ones can too (1.0 and 1.00, true and 1).
        if after == before.value and to_json(after) == to_json(before.value):
            return None
        text = rewrite(before, after) if isinstance(after, dict) else None
    except RecursionError:
        text = None  # nested deeper than any resource
    if text is None:
        raise Refusal("invalid", "Le patch ne laisse pas une ressource.", rule="unprocessable")
    return text
