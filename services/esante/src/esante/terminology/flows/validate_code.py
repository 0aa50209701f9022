"""$validate-code: whether a code is in a code system or a value set.

https://hl7.org/fhir/R4/valueset-operation-validate-code.html
"""

from collections.abc import Sequence
from dataclasses import dataclass

from esante.core.domain.folding import fold
from esante.terminology.domain.concepts import Coding, ValueSet
from esante.terminology.domain.membership import membership
from esante.terminology.flows.resolver import Terms
from socle.errors import Refusal


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a code is one, its display, and what is to be said (French)."""

    result: bool
    message: str | None = None
    display: str | None = None


async def validate_in_code_system(coding: Coding, url: str, *, terms: Terms) -> Verdict:
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


async def validate_in_value_set(
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
