"""$expand: the codes of a value set, page by page.

https://hl7.org/fhir/R4/valueset-operation-expand.html
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from esante.core.domain.folding import fold
from esante.terminology.domain.concepts import ValueSet
from esante.terminology.domain.expansion import Coded, Unexpandable, expand
from esante.terminology.flows.resolver import TerminologyResolver
from socle.errors import Refusal

PAGE: Final = 1000
"""Greatest number of codes on a page, and the default."""


@dataclass(frozen=True, slots=True)
class Expansion:
    """One page of ValueSet.expansion."""

    value_set: ValueSet
    total: int
    """Number of codes on all pages."""
    offset: int
    """Number of codes before this page."""
    contains: Sequence[tuple[str, str, str | None]]
    """(system, code, display)."""


async def expand_value_set(
    value_set: ValueSet,
    *,
    resolver: TerminologyResolver,
    filter_: str = "",
    offset: int = 0,
    count: int = PAGE,
) -> Expansion:
    """One page of the codes of a value set.

    `filter_`: only codes whose code or display contains every word of it. `offset`: how many codes
    are before the page. `count`: greatest number of codes on it, `PAGE` if more. Raises Refusal if
    the codes of the value set cannot be listed, or it has too many parts.
    """
    await resolver.load_parts(value_set)
    words = fold(filter_).split()

    def list_matches() -> list[tuple[str, str, str | None]]:
        found = expand(value_set, resolver.terminology).items()
        return [(*coded, display) for coded, display in found if _matches(coded, display, words)]

    try:
        codes = await resolver.workers.run(resolver.size, list_matches)
    except Unexpandable as why:
        raise Refusal("unsupported", str(why), rule="unprocessable") from None
    page = codes[offset : offset + min(count, PAGE)]
    return Expansion(value_set, len(codes), offset, page)


def _matches(coded: Coded, display: str | None, words: list[str]) -> bool:
    if not words:
        return True
    text = f"{fold(coded[1])} {fold(display or '')}"
    return all(word in text for word in words)
