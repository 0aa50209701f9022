"""Conditions on what exists: `If-None-Exist`, `PUT Patient?identifier=…`.

Those who ask the same of the same type wait for one another, from the search to the commit: fifty
identical conditional creates at once make one resource.
https://hl7.org/fhir/R4/http.html#ccreate
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar
from urllib.parse import urlencode

from esante.domain.access import Access
from esante.flows.needs import TRIES, Needs, Pairs
from esante.ports import Stale, Transaction
from socle.errors import Refusal

DoneT = TypeVar("DoneT")


def condition_key(resource_type: str, pairs: Pairs) -> str:
    """What those who ask the same have in common: criteria in any order."""
    return f"{resource_type}?{urlencode(sorted(pairs))}"


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
) -> DoneT:
    """What `do` makes of the one that meets the condition; nobody else asks the same meanwhile."""
    for _ in range(TRIES):
        try:
            async with needs.store.transaction() as transaction:
                await transaction.exclude_others([condition_key(resource_type, pairs)])
                found = await find_one(resource_type, pairs, by=by, needs=needs, within=transaction)
                return await do(transaction, found)
        except Stale:
            continue
    raise Refusal("conflict", f"Ces ressources {resource_type} changent sans cesse ; réessayez.")
