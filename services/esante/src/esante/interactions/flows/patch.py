"""patch. https://hl7.org/fhir/R4/http.html#patch"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from esante.access.flows.authorization import missing, require_changeable, require_writable
from esante.core.domain.permissions import Access, permission
from esante.core.domain.resource import Parsed, Resource, read
from esante.interactions.domain.patch.json_text import rewritten
from esante.interactions.flows.conditional import settled
from esante.interactions.flows.dependencies import TRIES, Needs
from esante.interactions.flows.prepare_write import change_of, incoming_as, written
from esante.interactions.flows.update import ANY, Precondition, busy
from esante.interactions.ports import Pairs
from esante.store.ports import Change, Stale, State, Transaction
from socle.errors import Refusal


@dataclass(frozen=True, slots=True)
class Patch:
    """`changed` gives the changed value of a resource; what it is given stays as it was. `size`: of
    what the patch says, in characters."""

    changed: Callable[[dict[str, Any]], Any]
    size: int


Patching = Callable[[Parsed], Patch]
"""Reads the patch that a resource carries (Parameters, or Binary of JSON Patch). Raises Refusal."""


async def patch(
    change: Patch,
    resource_type: str,
    resource_id: str,
    *,
    by: Access,
    needs: Needs,
    if_: Precondition = ANY,
) -> Resource:
    """The next version. Raises Refusal."""
    for _ in range(TRIES):
        state = await needs.store.find(resource_type, resource_id)
        make = partial(patched, change, resource_type, resource_id, state)
        size = weight(change, state)
        made = await needs.aside.do(size, partial(make, by=by, needs=needs, if_=if_))
        try:
            await needs.store.write([made])
        except Stale:
            continue
        return written(made)
    raise busy(resource_type, resource_id)


async def patch_matching(
    change: Patch,
    resource_type: str,
    criteria: Pairs,
    *,
    by: Access,
    needs: Needs,
    if_: Precondition = ANY,
) -> Resource:
    """The next version of the one that meets the criteria. Raises Refusal."""

    async def do(transaction: Transaction, found: str | None) -> Resource:
        if found is None:
            raise Refusal(
                "not_found", f"Aucune ressource {resource_type} ne répond à la condition."
            )
        (state,) = await transaction.find_for_change([(resource_type, found)])
        make = partial(patched, change, resource_type, found, state)
        size = weight(change, state)
        made = await needs.aside.do(size, partial(make, by=by, needs=needs, if_=if_))
        await transaction.write([made])
        return written(made)

    return await settled(resource_type, criteria, do, by=by, needs=needs)


def weight(change: Patch, state: State) -> int:
    """What there is to work on, in characters: the patch and what it changes."""
    return change.size + len(state.text or b"")


def patched(
    change: Patch,
    resource_type: str,
    resource_id: str,
    state: State,
    *,
    by: Access,
    needs: Needs,
    if_: Precondition,
) -> Change:
    """The change a patch makes of what was found. Raises Refusal."""
    permitted = permission(by, resource_type, "u")
    if state.text is None:
        raise missing(resource_type, resource_id, state if permitted.whole else None)
    require_changeable(permitted, resource_type, resource_id, state, server=needs)
    if_.check(state, f"{resource_type}/{resource_id}")
    before = read(state.text)
    try:
        after = change.changed(before.value)
        text = rewritten(before, after) if isinstance(after, dict) else None
    except RecursionError:
        text = None  # operation upon operation, deeper than any resource
    if text is None:
        raise Refusal("invalid", "Le patch ne laisse pas une ressource.", rule="unprocessable")
    if len(text) > needs.most_text:
        raise Refusal("too_large", f"Le patch laisse plus de {needs.most_text} caractères.")
    parsed = incoming_as(text.encode(), resource_type, resource_id)
    made = change_of(
        parsed,
        resource_type,
        resource_id,
        over=state,
        interaction="patch",
        needs=needs,
    )
    require_writable(permitted, made, server=needs)
    return made
