"""What an operation is given: by its address, by a Parameters resource, or by a bare resource.

https://hl7.org/fhir/R4/operations.html#request
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from esante.core.api.fhir_request import Asked, require_json
from esante.core.api.responses import Answer
from esante.core.api.views import view_of
from esante.core.domain.resource import Parsed, read, read_list, read_object, read_own, read_whole
from esante.core.flows.worker_pool import Aside
from socle.errors import Refusal

# Of the answer, not of the operation.
_OF_THE_ANSWER: Final = ("_format", "_pretty", "_summary", "_elements")


@dataclass(frozen=True, slots=True)
class Given:
    """The parameters by name, each with its values: texts, numbers, what JSON has, or resources; a
    bare resource is the parameter `resource`."""

    values: Mapping[str, list[Any]] = field(default_factory=dict)

    def texts(self, name: str) -> list[str]:
        """Its values that are texts. Raises Refusal for one that is none."""
        for value in self.values.get(name, ()):
            if not isinstance(value, str):
                raise Refusal("invalid", f"Le paramètre « {name} » est un texte.")
        return list(self.values.get(name, ()))

    def text_of(self, name: str) -> str | None:
        """Its one value, a text. Raises Refusal for several."""
        told = self.texts(name)
        if len(told) > 1:
            raise Refusal("invalid", f"Le paramètre « {name} » ne vient qu'une fois.")
        return told[0] if told else None

    def number_of(self, name: str) -> int | None:
        """Its one value, a whole number from 0 on."""
        for value in self.values.get(name, ()):
            told = str(value)
            if not (told.isascii() and told.isdigit() and len(told) < 10):
                raise Refusal("invalid", f"Le paramètre « {name} » est un nombre entier.")
            return int(told)
        return None

    def resource_of(self, name: str) -> Parsed | None:
        """Its one value, a resource."""
        for value in self.values.get(name, ()):
            if not isinstance(value, Parsed):
                raise Refusal("invalid", f"Le paramètre « {name} » est une ressource.")
            return value
        return None

    def object_of(self, name: str) -> dict[str, Any] | None:
        """Its one value, of a complex type."""
        for value in self.values.get(name, ()):
            if not isinstance(value, dict):
                raise Refusal("invalid", f"Le paramètre « {name} » n'est pas un texte.")
            return value
        return None


async def given(asked: Asked, aside: Aside, *, names: Collection[str]) -> Given:
    """What was given. Raises Refusal for what cannot be read, and for a parameter whose name is
    none of those, unless the caller is lenient."""
    values: dict[str, list[Any]] = {}
    for name, value in asked.query:
        if name not in _OF_THE_ANSWER:
            values.setdefault(name, []).append(value)
    if asked.method == "POST":
        body = await asked.body()
        if body:
            asked.content_type()
            await aside.do(len(body), lambda: _read_body(body, values))
    unknown = [name for name in values if name not in names]
    if unknown and not asked.lenient:
        told = ", ".join(f"« {name[:40]} »" for name in unknown)
        raise Refusal("invalid", f"Paramètre inconnu ici : {told}.", issue="not-supported")
    return Given(values)


def _read_body(body: bytes, values: dict[str, list[Any]]) -> None:
    parsed = read(body)
    if parsed.value.get("resourceType") != "Parameters":
        values.setdefault("resource", []).append(parsed)
        return
    parameters: list[Parsed] = read_whole(body, _parameters).value.get("parameter", [])
    for each in (parameter.value for parameter in parameters):
        if not isinstance(each.get("name"), str):
            raise Refusal("invalid", "Un paramètre a un nom.", expression=["Parameters.parameter"])
        told = next((each[m] for m in each if m == "resource" or m.startswith("value")), None)
        if told is not None:
            values.setdefault(each["name"], []).append(told)


def _parameters(text: str, at: int) -> tuple[Parsed, int]:
    return read_object(text, at, {"parameter": _list})


def _list(text: str, at: int) -> tuple[list[Parsed], int]:
    return read_list(text, at, _parameter)


def _parameter(text: str, at: int) -> tuple[Parsed, int]:
    """A resource in it has a text of its own, which is judged as it came."""
    return read_object(text, at, {"resource": read_own})


def operation_answer(value: Mapping[str, Any], asked: Asked) -> Answer:
    """What an operation found; its own parameters are none of the view's."""
    view = view_of([pair for pair in asked.query if pair[0] in _OF_THE_ANSWER])
    require_json(asked.headers.get(b"accept"), view.format)
    option = orjson.OPT_INDENT_2 if view.pretty else None
    return Answer(200, orjson.dumps(value, option=option))


def parameters(*pairs: tuple[str, str, Any]) -> dict[str, Any]:
    """A Parameters resource of (name, member, value); those without a value are left out."""
    told = [{"name": name, member: value} for name, member, value in pairs if value is not None]
    return {"resourceType": "Parameters", "parameter": told}
