"""$expand: the codes of a value set, page by page.

https://hl7.org/fhir/R4/valueset-operation-expand.html
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from esante.core.domain.folding import fold
from esante.terminology.domain.concepts import ValueSet
from esante.terminology.domain.expansion import Coded, Unexpandable, expand
from esante.terminology.flows.resolver import Terms
from socle.errors import Refusal

PAGE: Final = 1000


@dataclass(frozen=True, slots=True)
class Expansion:
    """One page of the codes of a value set: (system, code, display)."""

    value_set: ValueSet
    total: int
    offset: int
    contains: Sequence[tuple[str, str, str | None]]


async def expand_value_set(
    value_set: ValueSet, *, terms: Terms, filter_: str = "", offset: int = 0, count: int = PAGE
) -> Expansion:
    """One page of the codes whose code or display has every word of `filter_`. Raises Refusal for
    a value set whose codes cannot be listed."""
    await terms.parts(value_set)
    words = fold(filter_).split()

    def kept() -> list[tuple[str, str, str | None]]:
        found = expand(value_set, terms.known).items()
        return [(*coded, shown) for coded, shown in found if _matches(coded, shown, words)]

    try:
        codes = await terms.aside.do(terms.size, kept)
    except Unexpandable as why:
        raise Refusal("unsupported", str(why), rule="unprocessable") from None
    page = codes[offset : offset + min(count, PAGE)]
    return Expansion(value_set, len(codes), offset, page)


def _matches(coded: Coded, display: str | None, words: list[str]) -> bool:
    if not words:
        return True
    told = f"{fold(coded[1])} {fold(display or '')}"
    return all(word in told for word in words)
