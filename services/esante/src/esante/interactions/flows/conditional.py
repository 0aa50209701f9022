"""Conditional interactions: `If-None-Exist`, `PUT Patient?identifier=…`.

Interactions with the same criteria on one type, or with the same identifier, are serialised from
the search to the commit. Fifty concurrent conditional creates of one person make one resource, even
if some search `identifier=s|v` and others `identifier=s|v&gender=female`.
https://hl7.org/fhir/R4/http.html#ccreate
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from esante.core.domain.permissions import Access
from esante.interactions.domain.identifiers import (
    folded_values,
    identifiers_in_condition,
    identifiers_of,
)
from esante.interactions.flows.dependencies import MAX_ATTEMPTS, Dependencies
from esante.interactions.ports import Pairs
from esante.store.ports import Transaction, WriteConflict
from socle.errors import Refusal

ResultT = TypeVar("ResultT")


def condition_key(resource_type: str, pairs: Pairs) -> str:
    """The lock key of criteria on a type, the same in any order of the pairs."""
    return f"{resource_type}?{urlencode(sorted(pairs))}"


def lock_keys(
    resource_type: str, pairs: Pairs, content: Mapping[str, Any] | None = None
) -> list[str]:
    """The lock keys of a condition: its criteria, and each identifier in them or in the content to
    write."""
    named = folded_values(identifiers_in_condition(pairs)) | folded_values(
        identifiers_of(content or {})
    )
    return [
        condition_key(resource_type, pairs),
        *(f"{resource_type} {each}" for each in sorted(named)),
    ]


async def find_single_match(
    resource_type: str, pairs: Pairs, *, by: Access, dependencies: Dependencies, within: Transaction
) -> str | None:
    """The id of the only match of the criteria; None without a match.

    `within`: the transaction that searches. Raises Refusal, rule `several-matches`, if there are
    several.
    """
    found: Sequence[str] = [
        each.id
        for each in await dependencies.find_matches(resource_type, pairs, by=by, within=within)
    ]
    if len(found) > 1:
        raise Refusal(
            "conflict",
            f"Plusieurs ressources {resource_type} répondent à la condition : précisez-la.",
            rule="several-matches",
            issue="multiple-matches",
        )
    return found[0] if found else None


async def run_conditional(
    resource_type: str,
    pairs: Pairs,
    do: Callable[[Transaction, str | None], Awaitable[ResultT]],
    *,
    by: Access,
    dependencies: Dependencies,
    content: Mapping[str, Any] | None = None,
) -> ResultT:
    """Search the match of a condition and call `do` with it, in one transaction with its locks.

    `pairs`: the criteria. `do`: called with the transaction and the id of the match, or None; again
    after a conflict. `content`: the resource to write, if there is one; its identifiers are locked
    too. Returns the result of `do`. Raises Refusal for several matches or too many conflicts, and
    what `do` raises.
    """
    keys = lock_keys(resource_type, pairs, content)
    for _ in range(MAX_ATTEMPTS):
        try:
            async with dependencies.store.transaction() as transaction:
                await transaction.lock(keys)
                found = await find_single_match(
                    resource_type, pairs, by=by, dependencies=dependencies, within=transaction
                )
                return await do(transaction, found)
        except WriteConflict:
            continue
    raise Refusal("conflict", f"Ces ressources {resource_type} changent sans cesse ; réessayez.")
