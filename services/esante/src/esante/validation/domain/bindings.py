"""Validation of required bindings.

https://hl7.org/fhir/R4/terminologies.html#required
"""

import re
from typing import Any, Final

from esante.terminology.domain.expansion import Coded
from esante.terminology.domain.r4_terminology import codes_of

_MAX_LISTED: Final = 12
"""Greatest number of allowed codes that a message lists."""

# The syntax of the codes of value sets that cannot be listed.
_FORMS: Final = {
    # RFC 6838, with the parameters of RFC 2045; xml, json and ttl are defined by FHIR.
    "http://hl7.org/fhir/ValueSet/mimetypes": re.compile(
        r"xml|json|ttl|[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+*-]+(\s*;.*)?"
    ),
}


def binding_problem(value: Any, type_name: str, value_set: str) -> str | None:
    """Why a value is not allowed by a required binding, in French.

    `value`: of the data type `type_name`. `value_set`: its canonical. None if the value is allowed,
    is not of that type (StructureValidator reports it), or if the codes of the value set cannot be
    listed.
    """
    form = _FORMS.get(value_set)
    if form is not None and isinstance(value, str):
        return None if form.fullmatch(value) else f"« {value} » n’a pas la forme d’un tel code."
    codes = codes_of(value_set)
    if codes is None:
        return None
    if type_name == "CodeableConcept":
        return _concept_problem(value, codes, value_set)
    if type_name in ("Coding", "Quantity"):
        return None if _is_bound(value, codes) else _not_in_value_set(value, codes, value_set)
    if isinstance(value, str) and not any(code == value for _, code in codes):
        return _not_in_value_set(value, codes, value_set)
    return None


def _concept_problem(value: Any, codes: frozenset[Coded], value_set: str) -> str | None:
    if not isinstance(value, dict):
        return None
    codings = value.get("coding")
    if not isinstance(codings, list) or not codings:
        return f"Un code du jeu de valeurs {value_set} est exigé ici."
    if any(_is_bound(coding, codes) for coding in codings):
        return None
    return _not_in_value_set(codings[0], codes, value_set)


def _is_bound(coding: Any, codes: frozenset[Coded]) -> bool:
    """Whether a Coding is one of those codes. True for what is no Coding, which StructureValidator
    reports."""
    if not isinstance(coding, dict):
        return True
    system, code = coding.get("system"), coding.get("code")
    if not isinstance(system, str | None) or not isinstance(code, str | None):
        return True
    return (system, code) in codes


def _not_in_value_set(value: Any, codes: frozenset[Coded], value_set: str) -> str:
    code_text = value
    if isinstance(value, dict):
        code_text = "|".join(str(value.get(each, "")) for each in ("system", "code"))
    words = f"« {code_text} » n’est pas du jeu de valeurs {value_set}"
    if len(codes) > _MAX_LISTED:
        return words + "."
    return f"{words} ; codes admis : {', '.join(sorted(code for _, code in codes))}."
