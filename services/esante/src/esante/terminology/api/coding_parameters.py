"""The codes in the parameters of terminology operations."""

from typing import Any, Final

from esante.core.api.operation_parameters import OperationParameters
from esante.terminology.domain.concepts import Coding
from socle.errors import Refusal

_MAX_CODINGS: Final = 100
"""Greatest number of codings of one concept."""


def read_codings(parameters: OperationParameters) -> list[Coding]:
    """The codes in the parameter `codeableConcept`, else in `coding`, else in `code`; empty without
    any. Raises Refusal if one is malformed, and past `_MAX_CODINGS`."""
    concept = parameters.find_object("codeableConcept")
    sent = parameters.find_object("coding")
    if concept is not None:
        codings = concept.get("coding", [])
        if not isinstance(codings, list):
            return []
        if len(codings) > _MAX_CODINGS:
            raise Refusal(
                "invalid", f"{_MAX_CODINGS} codes au plus sont attendus.", issue="too-costly"
            )
        return [read_coding(each) for each in codings]
    if sent is not None:
        return [read_coding(sent)]
    code = parameters.find_text("code")
    if code is None:
        return []
    return [Coding(parameters.find_text("system"), code, parameters.find_text("display"))]


def require_codings(parameters: OperationParameters) -> list[Coding]:
    """As `read_codings`, at least one. Raises Refusal as it, and without any."""
    codings = read_codings(parameters)
    if not codings:
        raise Refusal("invalid", "Un code est attendu (code, coding ou codeableConcept).")
    return codings


def read_coding(sent: Any) -> Coding:
    """The Coding of a parameter. Raises Refusal if it is malformed."""
    coding = sent if isinstance(sent, dict) else {"code": sent}
    values = [coding.get(name) for name in ("system", "code", "display")]
    if any(not isinstance(each, str | None) for each in values) or coding is not sent:
        raise Refusal("invalid", "Un Coding a un système et un code, des textes.")
    return Coding(values[0] or "", values[1], values[2])
