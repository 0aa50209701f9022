"""The codes in the parameters of terminology operations."""

from typing import Any

from esante.core.api.operation_parameters import OperationParameters
from esante.terminology.domain.concepts import Coding
from socle.errors import Refusal


def read_codings(parameters: OperationParameters) -> list[Coding]:
    """The codes in the parameter `codeableConcept`, else in `coding`, else in `code`; empty without
    any."""
    concept = parameters.find_object("codeableConcept")
    sent = parameters.find_object("coding")
    if concept is not None:
        codings = concept.get("coding", [])
        return [read_coding(each) for each in codings] if isinstance(codings, list) else []
    if sent is not None:
        return [read_coding(sent)]
    code = parameters.find_text("code")
    if code is None:
        return []
    return [Coding(parameters.find_text("system"), code, parameters.find_text("display"))]


def read_coding(sent: Any) -> Coding:
    """The Coding of a parameter. Raises Refusal if it is malformed."""
    coding = sent if isinstance(sent, dict) else {"code": sent}
    values = [coding.get(name) for name in ("system", "code", "display")]
    if any(not isinstance(each, str | None) for each in values) or coding is not sent:
        raise Refusal("invalid", "Un Coding a un système et un code, des textes.")
    return Coding(values[0] or "", values[1], values[2])
