"""The codes that `:in`, `:not-in`, `:below` and `:above` mean: value sets and hierarchies.

https://hl7.org/fhir/R4/search.html#modifiers
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from esante.search.domain.query.filter_parser import MODIFIERS, comparisons_of, parse_filter
from esante.search.domain.query.limits import MAX_CODES, too_costly
from esante.search.domain.query.value_parser import Token, read_token, split_escaped, unescape
from esante.terminology.domain.concepts import CodeSystem, ValueSet
from esante.terminology.domain.expansion import Coded, Terminology, Unexpandable, expand
from esante.terminology.domain.r4_terminology import R4
from socle.errors import Refusal

_OF_VALUE_SETS: Final = frozenset({"in", "not-in"})
_OF_HIERARCHIES: Final = frozenset({"below", "above"})


class CodeSets:
    """Value sets and code systems that are loaded for one search.

    `terminology`: finds them by canonical without version. `identified`: value sets by the text by
    which a search refers to a stored resource (`ValueSet/x`).
    """

    def __init__(
        self, terminology: Terminology = R4, identified: Mapping[str, ValueSet] | None = None
    ) -> None:
        self._terminology, self._identified = terminology, identified or {}
        self._expanded: dict[str, tuple[Coded, ...]] = {}

    def value_set(self, reference: str) -> tuple[Coded, ...]:
        """The codes of a value set. `reference`: its canonical, or a key of `identified`.

        Raises Refusal if it is not known, cannot be expanded, or has too many codes.
        """
        if reference not in self._expanded:
            self._expanded[reference] = self._expand(reference)
        return self._expanded[reference]

    def _expand(self, reference: str) -> tuple[Coded, ...]:
        found = self._identified.get(reference)
        found = found or self._terminology.value_set(reference.partition("|")[0])
        if found is None:
            raise Refusal("invalid", f"Le jeu de valeurs « {reference} » n'est pas connu ici.")
        try:
            codes = tuple(expand(found, self._terminology))
        except Unexpandable as why:
            raise Refusal("invalid", str(why)) from None
        if len(codes) > MAX_CODES:
            raise too_costly(f"Un jeu de valeurs de plus de {MAX_CODES} codes ne se recherche pas.")
        return codes

    def below(self, token: Token) -> tuple[Coded, ...]:
        """The code and those that it subsumes. Raises Refusal as `_concept`."""
        system, code = self._concept(token)
        return _bounded(system, sorted(system.subsumed_codes(code)))

    def above(self, token: Token) -> tuple[Coded, ...]:
        """The code and those that subsume it. Raises Refusal as `_concept`."""
        system, code = self._concept(token)
        return _bounded(system, sorted(system.subsuming_codes(code)))

    def _concept(self, token: Token) -> tuple[CodeSystem, str]:
        """Raises Refusal unless the code is one of a code system that is loaded."""
        if not token.system or token.code is None:
            raise Refusal("invalid", "« :below » et « :above » attendent système|code.")
        system = self._terminology.code_system(token.system)
        if system is None:
            raise Refusal("invalid", f"Le système de codes {token.system} n'est pas connu ici.")
        concept = system.find(token.code)
        if concept is None:
            raise Refusal("invalid", f"« {token.code} » n'est pas un code de {token.system}.")
        return system, concept.code


def _bounded(system: CodeSystem, codes: list[str]) -> tuple[Coded, ...]:
    if len(codes) > MAX_CODES:
        raise too_costly(f"Plus de {MAX_CODES} codes de {system.url} sont à comparer.")
    return tuple((system.url, each) for each in codes)


R4_CODES: Final = CodeSets()
"""The value sets and code systems of R4 only."""


def references_to_codes(pairs: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """("ValueSet" or "CodeSystem", reference) of what the parameters of a search refer to.

    The modifier is that of the last level of a chain or `_has`.
    """
    for name, value in pairs:
        if name == "_filter":
            yield from _references_in_filter(value)
            continue
        modifier = name.rpartition(":")[2] if ":" in name else ""
        if modifier in _OF_VALUE_SETS:
            for each in split_escaped(value, ","):
                yield "ValueSet", unescape(each)
        elif modifier in _OF_HIERARCHIES:
            for each in split_escaped(value, ","):
                if "|" in each and (system := _system(each)):
                    yield "CodeSystem", system


def _references_in_filter(text: str) -> Iterator[tuple[str, str]]:
    try:
        parsed = parse_filter(text)
    except Refusal:
        return
    for each in comparisons_of(parsed):
        if (modifier := MODIFIERS.get(each.operator)) is not None:
            yield from references_to_codes([(f":{modifier}", each.written_value)])


def _system(text: str) -> str | None:
    try:
        return read_token(text).system
    except Refusal:
        return None
