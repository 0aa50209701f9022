"""$validate. https://hl7.org/fhir/R4/resource-operation-validate.html"""

from typing import Final

from esante.core.api.fhir_request import Asked
from esante.core.api.fhir_router import Interaction
from esante.core.api.operation_parameters import Given, given, operation_answer
from esante.core.api.responses import Answer
from esante.core.domain.outcome import Issue, outcome
from esante.core.domain.permissions import permission
from esante.core.domain.resource import Parsed
from esante.core.domain.resource import read as read_text
from esante.core.flows.worker_pool import Aside
from esante.core.ports import ReadResource
from esante.validation.flows.validate import Validator, claimed
from esante.validation.flows.validate import told as told_of
from socle.errors import Refusal

_DEFINITION: Final = "http://hl7.org/fhir/OperationDefinition/Resource-validate"
_MODES: Final = (None, "create", "update", "delete", "profile")
_GOOD: Final = Issue("information", "informational", "Rien à redire.")


class ValidateOperation:
    """At the address of a type, or of a resource."""

    def __init__(self, validator: Validator, *, read: ReadResource, aside: Aside) -> None:
        self._validator, self._read, self._aside = validator, read, aside

    def interactions(self) -> tuple[Interaction, ...]:
        """How it is asked for."""
        return (
            Interaction(
                "POST", "{type}/$validate", "$validate", "type", self._of_type, _DEFINITION
            ),
            Interaction(
                "POST", "{type}/{id}/$validate", "$validate", "instance", self._one, _DEFINITION
            ),
        )

    async def _of_type(self, asked: Asked) -> Answer:
        _may(asked)
        told = await given(asked, self._aside, names=("resource", "mode", "profile"))
        mode = _mode(told)
        resource = told.resource_of("resource")
        if resource is None:
            raise Refusal("invalid", "Une ressource est attendue (paramètre « resource »).")
        found = await self._judge(resource, told, asked)
        if mode == "update" and "id" not in resource.value:
            found.append(_error("required", f"{asked.type}.id", "Une mise à jour dit son id."))
        return _answer(found, asked)

    async def _one(self, asked: Asked) -> Answer:
        told = await given(asked, self._aside, names=("resource", "mode", "profile"))
        mode = _mode(told)
        resource = told.resource_of("resource")
        stored = await self._read(asked.type, asked.id, by=asked.access)
        if mode == "delete":
            return _answer([], asked)
        if resource is None:
            size = len(stored.text)
            parsed = await self._aside.do(size, lambda: read_text(stored.text))
            return _answer(await self._judge(parsed, told, asked), asked)
        found = await self._judge(resource, told, asked)
        if resource.value.get("id") != asked.id:
            found.append(_error("value", f"{asked.type}.id", f"L'adresse dit {asked.id}."))
        return _answer(found, asked)

    async def _judge(self, resource: Parsed, told: Given, asked: Asked) -> list[Issue]:
        kind = resource.value.get("resourceType")
        if kind != asked.type:
            return [_error("value", asked.type, f"L'adresse attend {asked.type}, pas {kind}.")]
        profiles = told.texts("profile")
        return await self._aside.do(len(resource.text), lambda: self._found(resource, profiles))

    def _found(self, resource: Parsed, profiles: list[str]) -> list[Issue]:
        validator = self._validator
        found = validator.findings(resource.value, resource.text, thorough=True)
        found += validator.held(resource.value, profiles, required=True)
        others = [url for url in claimed(resource.value) if url not in profiles]
        found += validator.held(resource.value, others)
        return list(dict.fromkeys(found))


def _may(asked: Asked) -> None:
    """Whoever may write or read that type may have one judged."""
    if not any(asked.access.permitted(asked.type, each) for each in ("r", "u")):
        permission(asked.access, asked.type, "c")


def _mode(told: Given) -> str | None:
    mode = told.text_of("mode")
    if mode not in _MODES:
        raise Refusal("invalid", f"« {str(mode)[:40]} » n'est pas un mode.")
    return mode


def _error(code: str, place: str, words: str) -> Issue:
    return Issue("error", code, words, (place,))


def _answer(found: list[Issue], asked: Asked) -> Answer:
    return operation_answer(outcome(told_of(found) or [_GOOD]), asked)
