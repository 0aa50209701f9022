"""Conditions on what exists: `If-None-Exist`, `PUT Patient?identifier=…`.

Those who ask the same of the same type, or name the same identifier of it, wait for one another,
from the search to the commit: fifty conditional creates of one person at once make one resource,
though some say `identifier=s|v` and others `identifier=s|v&gender=female`.
https://hl7.org/fhir/R4/http.html#ccreate
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from esante.core.domain.permissions import Access
from esante.interactions.domain.identifiers import identifiers_asked, identifiers_held, values_of
from esante.interactions.flows.dependencies import TRIES, Needs
from esante.interactions.ports import Pairs
from esante.store.ports import Stale, Transaction
from socle.errors import Refusal

DoneT = TypeVar("DoneT")


def condition_key(resource_type: str, pairs: Pairs) -> str:
    """What those who ask the same have in common: criteria in any order."""
    return f"{resource_type}?{urlencode(sorted(pairs))}"


def exclusive_keys(
    resource_type: str, pairs: Pairs, content: Mapping[str, Any] | None = None
) -> list[str]:
    """What must be nobody else's while a condition is met: itself, and each identifier that it or
    the content to be written names."""
    named = values_of(identifiers_asked(pairs)) | values_of(identifiers_held(content or {}))
    return [
        condition_key(resource_type, pairs),
        *(f"{resource_type} {each}" for each in sorted(named)),
    ]


async def find_one(
    resource_type: str, pairs: Pairs, *, by: Access, needs: Needs, within: Transaction
) -> str | None:
    """The id of the one that meets the condition, None where none does. Raises Refusal, rule
    `several-matches`."""
    found: Sequence[str] = [
        each.id for each in await needs.matching(resource_type, pairs, by=by, within=within)
    ]
    if len(found) > 1:
        raise Refusal(
            "conflict",
            f"Plusieurs ressources {resource_type} répondent à la condition : précisez-la.",
            rule="several-matches",
            issue="multiple-matches",
        )
    return found[0] if found else None


async def settled(
    resource_type: str,
    pairs: Pairs,
    do: Callable[[Transaction, str | None], Awaitable[DoneT]],
    *,
    by: Access,
    needs: Needs,
    content: Mapping[str, Any] | None = None,
) -> DoneT:
    """What `do` makes of the one that meets the condition; nobody else asks the same meanwhile.
    `content`: what is to be written, where it is known."""
    keys = exclusive_keys(resource_type, pairs, content)
    for _ in range(TRIES):
        try:
            async with needs.store.transaction() as transaction:
                await transaction.exclude_others(keys)
                found = await find_one(resource_type, pairs, by=by, needs=needs, within=transaction)
                return await do(transaction, found)
        except Stale:
            continue
    raise Refusal("conflict", f"Ces ressources {resource_type} changent sans cesse ; réessayez.")
