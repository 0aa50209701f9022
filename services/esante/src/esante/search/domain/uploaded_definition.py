"""The search parameters that a SearchParameter resource defines.
https://hl7.org/fhir/R4/searchparameter.html
"""

import hashlib
import re
from collections.abc import Mapping
from typing import Any, Final, cast

from esante.core.domain.structures import RESOURCE_TYPES
from esante.fhirpath.domain.parser import fhirpath_problem
from esante.search.domain.definitions import (
    ParameterType,
    SearchParameter,
    standard_parameters_of,
)
from esante.search.domain.extraction_plan import is_indexed
from socle.errors import Refusal

SEARCH_PARAMETER: Final = "SearchParameter"
_OF_R4: Final = "http://hl7.org/fhir/SearchParameter/"
_CODE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}", re.ASCII)
_TYPES: Final = ("date", "number", "quantity", "reference", "string", "token", "uri")
_MAX_BASES: Final = 20


def is_published_by_hl7(resource: Mapping[str, Any]) -> bool:
    """Whether a SearchParameter is one of R4, which also has some of extensions and examples."""
    return str(resource.get("url")).startswith(_OF_R4)


def defines_parameters(resource: Mapping[str, Any]) -> bool:
    """Whether a SearchParameter defines search parameters: it is active, and not one of R4 that is
    searchable without it."""
    if resource.get("status") != "active":
        return False
    bases, code = resource.get("base") or (), resource.get("code")
    return not is_published_by_hl7(resource) or all(
        each in RESOURCE_TYPES and code not in standard_parameters_of(each) for each in bases
    )


def uploaded_definition(resource: Mapping[str, Any]) -> tuple[SearchParameter, ...]:
    """The parameters of a valid, active SearchParameter, one for each of its types (`base`).

    Raises Refusal, with the element, for what cannot be evaluated or exists already.
    """
    code, parameter_type = str(resource.get("code")), str(resource.get("type"))
    expression = resource.get("expression")
    if not _CODE.fullmatch(code):
        raise _refusal("code", "« code » : une lettre, puis des lettres, chiffres, « - » ou « _ ».")
    if parameter_type not in _TYPES:
        raise _refusal(
            "type",
            f"« type » : {parameter_type} n'est pas pris en charge ({', '.join(_TYPES)}).",
        )
    if not isinstance(expression, str):
        raise _refusal("expression", "« expression » manque : elle dit ce qui est indexé.")
    if problem := fhirpath_problem(expression):
        raise _refusal("expression", f"« expression » : {problem}")
    targets = _targets(resource)
    found = []
    for base in _bases(resource):
        if code in standard_parameters_of(base):
            raise _refusal("code", f"« code » : {code} est déjà un paramètre de {base}.")
        stored = f"{code}~{_digest(code, parameter_type, base, expression, *targets)}"
        own = targets or tuple(sorted(RESOURCE_TYPES)) if parameter_type == "reference" else ()
        parameter = SearchParameter(
            stored, cast(ParameterType, parameter_type), base, expression, own, uploaded=True
        )
        _require_indexed(parameter)
        found.append(parameter)
    return tuple(found)


def public_code(parameter: SearchParameter) -> str:
    """The code by which searches name an uploaded parameter."""
    return parameter.code.partition("~")[0]


def _bases(resource: Mapping[str, Any]) -> list[str]:
    bases = list(dict.fromkeys(resource.get("base") or ()))
    unknown = [str(each) for each in bases if each not in RESOURCE_TYPES]
    if unknown or not 1 <= len(bases) <= _MAX_BASES:
        raise _refusal(
            "base",
            f"« base » : de 1 à {_MAX_BASES} types de ressource qui existent"
            + (f", non {unknown[0][:64]}." if unknown else "."),
        )
    return bases


def _targets(resource: Mapping[str, Any]) -> tuple[str, ...]:
    targets = sorted(set(resource.get("target") or ()))
    for each in targets:
        if each not in RESOURCE_TYPES and each != "Resource":
            raise _refusal("target", f"« target » : {str(each)[:64]} n'est pas un type.")
    return () if "Resource" in targets else tuple(targets)


def _require_indexed(parameter: SearchParameter) -> None:
    try:
        indexed = is_indexed(parameter, parameter.base)
    except ValueError as why:
        raise _refusal("expression", f"« expression » : {why}.") from None
    if not indexed:
        raise _refusal(
            "type",
            f"« type » : ce que l'expression désigne dans {parameter.base} ne se cherche pas comme"
            f" {parameter.type}.",
        )


def _digest(*parts: str) -> str:
    return hashlib.blake2b("\x1f".join(parts).encode(), digest_size=6).hexdigest()


def _refusal(element: str, sentence: str) -> Refusal:
    return Refusal(
        "invalid",
        sentence,
        rule="unprocessable",
        issue="not-supported",
        expression=[f"{SEARCH_PARAMETER}.{element}"],
    )
