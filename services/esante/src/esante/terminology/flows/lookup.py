"""What a code means, whether it is one, and which codes there are.

https://hl7.org/fhir/R4/codesystem-operation-lookup.html,
https://hl7.org/fhir/R4/valueset-operation-validate-code.html,
https://hl7.org/fhir/R4/valueset-operation-expand.html
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from esante.core.domain.folding import fold
from esante.terminology.domain.concepts import CodeSystem, Concept, ValueSet
from esante.terminology.domain.expansion import Coded, Unexpandable, expand
from esante.terminology.domain.membership import membership
from esante.terminology.flows.resolver import Terms
from socle.errors import Refusal

PAGE: Final = 1000


@dataclass(frozen=True, slots=True)
class Coding:
    """A code that is asked about. `system` None: of whichever system."""

    system: str | None
    code: str | None
    display: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a code is one, its display, and what is to be said (French)."""

    result: bool
    message: str | None = None
    display: str | None = None


@dataclass(frozen=True, slots=True)
class Expansion:
    """One page of the codes of a value set: (system, code, display)."""

    value_set: ValueSet
    total: int
    offset: int
    contains: Sequence[tuple[str, str, str | None]]


async def look_up(coding: Coding, *, terms: Terms) -> tuple[CodeSystem, Concept]:
    """What is known of a code. Raises Refusal("not_found")."""
    if not coding.system or not coding.code:
        raise Refusal("invalid", "Un code et son système sont attendus.", issue="required")
    system = await terms.code_system(coding.system)
    if system is None:
        raise Refusal("not_found", f"Le système de codes {coding.system} n'est pas connu ici.")
    concept = system.find(coding.code)
    if concept is None:
        raise Refusal("not_found", f"« {coding.code} » n'est pas un code de {system.url}.")
    return system, concept


async def code_of_system(coding: Coding, url: str, *, terms: Terms) -> Verdict:
    """Whether a code is one of a code system. Raises Refusal where nobody here knows it."""
    system = await terms.code_system(url)
    if system is None:
        raise Refusal("not_found", f"Le système de codes {url} n'est pas connu ici.")
    if coding.system not in (None, url):
        return Verdict(False, f"Le code est de {coding.system}, pas de {url}.")
    concept = system.find(coding.code or "")
    if concept is not None:
        return _said(coding, concept.display)
    if not system.complete:
        raise _unknown(url)
    return Verdict(False, f"« {coding.code} » n'est pas un code de {url}.")


async def code_of_value_set(
    codings: Sequence[Coding], value_set: ValueSet, *, terms: Terms
) -> Verdict:
    """Whether one of those codes is in a value set, whose parts were gathered."""
    undecided = False
    codes = await terms.aside.do(terms.size, lambda: membership(value_set, terms.known))
    for coding in codings:
        told = codes.has(coding.system, coding.code)
        if told:
            return _said(coding, _display(coding, terms))
        undecided = undecided or told is None
    if undecided:
        raise _unknown(value_set.url)
    said = ", ".join(f"{c.system or ''}|{c.code or ''}" for c in codings)
    return Verdict(False, f"« {said} » n'est pas du jeu de valeurs {value_set.url}.")


def _unknown(url: str) -> Refusal:
    words = f"Les codes de {url} ne sont pas tous connus ici."
    return Refusal("unsupported", words, rule="unprocessable")


def _display(coding: Coding, terms: Terms) -> str | None:
    system = terms.known.code_system(coding.system) if coding.system else None
    concept = system.find(coding.code or "") if system else None
    return concept.display if concept else None


def _said(coding: Coding, display: str | None) -> Verdict:
    """A code that is one; a display that is not its own is said."""
    if coding.display and display and fold(coding.display) != fold(display):
        return Verdict(False, f"Le libellé de {coding.code} est « {display} ».", display)
    return Verdict(True, None, display)


async def expansion(
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
