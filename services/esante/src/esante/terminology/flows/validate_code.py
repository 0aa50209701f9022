"""$validate-code: whether a code is in a code system or a value set.

https://hl7.org/fhir/R4/valueset-operation-validate-code.html
"""

from collections.abc import Sequence
from dataclasses import dataclass

from esante.core.domain.folding import fold
from esante.terminology.domain.concepts import Coding, ValueSet
from esante.terminology.flows.resolver import TerminologyResolver
from socle.errors import Refusal


@dataclass(frozen=True, slots=True)
class CodeValidation:
    """The output parameters of $validate-code."""

    result: bool
    message: str | None = None
    """In French."""
    display: str | None = None
    """The defined display of the code."""


async def validate_in_code_system(
    coding: Coding, url: str, *, resolver: TerminologyResolver
) -> CodeValidation:
    """Whether a code is in a code system.

    `url`: the canonical of the code system. Raises Refusal("not_found") if it is not known, and
    Refusal("unsupported") if only some of its codes are known and the code is none of them.
    """
    system = await resolver.code_system(url)
    if system is None:
        raise Refusal("not_found", f"Le système de codes {url} n'est pas connu ici.")
    if coding.system not in (None, url):
        return CodeValidation(False, f"Le code est de {coding.system}, pas de {url}.")
    concept = system.find(coding.code or "")
    if concept is not None:
        return _valid(coding, concept.display)
    if not system.complete:
        raise _incomplete(url)
    return CodeValidation(False, f"« {coding.code} » n'est pas un code de {url}.")


async def validate_in_value_set(
    codings: Sequence[Coding], value_set: ValueSet, *, resolver: TerminologyResolver
) -> CodeValidation:
    """Whether one of those codes is in a value set whose parts are loaded.

    Raises Refusal("unsupported") if that cannot be decided, as not all codes are known, or the
    value set is endless.
    """
    undecided = False
    codes = await resolver.membership(value_set)
    for coding in codings:
        is_member = codes.contains(coding.system, coding.code)
        if is_member:
            return _valid(coding, _display(coding, resolver))
        undecided = undecided or is_member is None
    if undecided:
        raise _incomplete(value_set.url)
    listed = ", ".join(f"{c.system or ''}|{c.code or ''}" for c in codings)
    return CodeValidation(False, f"« {listed} » n'est pas du jeu de valeurs {value_set.url}.")


def _incomplete(url: str) -> Refusal:
    words = f"Les codes de {url} ne sont pas tous connus ici."
    return Refusal("unsupported", words, rule="unprocessable")


def _display(coding: Coding, resolver: TerminologyResolver) -> str | None:
    system = resolver.terminology.code_system(coding.system) if coding.system else None
    concept = system.find(coding.code or "") if system else None
    return concept.display if concept else None


def _valid(coding: Coding, display: str | None) -> CodeValidation:
    """The result for a code that is a member: negative if its display is not the defined one."""
    if coding.display and display and fold(coding.display) != fold(display):
        return CodeValidation(False, f"Le libellé de {coding.code} est « {display} ».", display)
    return CodeValidation(True, None, display)
