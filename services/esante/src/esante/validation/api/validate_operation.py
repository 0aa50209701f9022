"""$validate. https://hl7.org/fhir/R4/resource-operation-validate.html"""

from typing import Final

from esante.access.flows.authorization import permission
from esante.core.api.fhir_request import Asked
from esante.core.api.fhir_router import Interaction
from esante.core.api.operation_parameters import Given, given, operation_answer
from esante.core.api.responses import Answer
from esante.core.domain.outcome import Issue, outcome
from esante.core.domain.resource import Parsed
from esante.core.domain.resource import read as read_text
from esante.interactions.flows.dependencies import Needs
from esante.interactions.flows.read import read
from esante.validation.flows.validate import claimed
from esante.validation.flows.validate import told as told_of
from socle.errors import Refusal

_DEFINITION: Final = "http://hl7.org/fhir/OperationDefinition/Resource-validate"
_MODES: Final = (None, "create", "update", "delete", "profile")
_GOOD: Final = Issue("information", "informational", "Rien à redire.")


class ValidateOperation:
    """At the address of a type, or of a resource."""

    def __init__(self, needs: Needs) -> None:
        self._needs = needs

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
        told = await given(asked, self._needs.aside, names=("resource", "mode", "profile"))
        mode = _mode(told)
        resource = told.resource_of("resource")
        if resource is None:
            raise Refusal("invalid", "Une ressource est attendue (paramètre « resource »).")
        found = await self._judge(resource, told, asked)
        if mode == "update" and "id" not in resource.value:
            found.append(_error("required", f"{asked.type}.id", "Une mise à jour dit son id."))
        return _answer(found, asked)

    async def _one(self, asked: Asked) -> Answer:
        told = await given(asked, self._needs.aside, names=("resource", "mode", "profile"))
        mode = _mode(told)
        resource = told.resource_of("resource")
        stored = await read(asked.type, asked.id, by=asked.access, needs=self._needs)
        if mode == "delete":
            return _answer([], asked)
        if resource is None:
            size = len(stored.text)
            parsed = await self._needs.aside.do(size, lambda: read_text(stored.text))
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
        return await self._needs.aside.do(
            len(resource.text), lambda: self._found(resource, profiles)
        )

    def _found(self, resource: Parsed, profiles: list[str]) -> list[Issue]:
        validator = self._needs.validator
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
