"""Evaluates the FHIRPath subset of patches to the places in a resource: names, indexes, `where`
of equalities, `first()`, `last()`, `extension('url')`, `ofType(T)`.
https://hl7.org/fhir/R4/fhirpatch.html
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from esante.core.domain.structures import ElementDefinition, find_structure
from esante.interactions.domain.patch.json_patch import equal_json
from socle.errors import Refusal

_TOKEN: Final = re.compile(
    r"\s*(?:(?P<text>'(?:[^'\\]|\\.)*')|(?P<number>-?[0-9]+(?:\.[0-9]+)?)|(?P<date>@[0-9T:.+\-Z]+)"
    r"|(?P<name>[A-Za-z_$][A-Za-z0-9_]*|`[^`]+`)|(?P<sign>[.()\[\]=]))"
)
_MAX_LENGTH: Final = 1000
_LITERALS: Final = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Place:
    """The place of a value in a resource, where it can be replaced or removed."""

    holder: Any
    """The object or list that contains the value."""
    key: Any
    """The name or index of the value in `holder`; "" for the resource itself."""
    type: str
    """The type of the value."""

    @property
    def value(self) -> Any:
        """The value at the place."""
        return self.holder[self.key]


def find_places(resource: dict[str, Any], path: str) -> list[Place]:
    """The places that a path selects, in order. Raises Refusal for an unsupported path."""
    return _PathEvaluator(path).evaluate(resource)


def find_member(type_name: str, name: str) -> ElementDefinition | None:
    """The element with that JSON name; None if the type has none, or is unknown."""
    structure = find_structure(type_name)
    return None if structure is None else structure.elements.get(name)


def choice_elements(type_name: str, name: str) -> Iterator[ElementDefinition]:
    """The elements of the choice `name[x]`."""
    structure = find_structure(type_name)
    for element in structure.elements.values() if structure else ():
        if element.path.endswith(f".{name}[x]"):
            yield element


class _PathEvaluator:
    """Parses and evaluates one path, from left to right."""

    def __init__(self, path: str) -> None:
        self._path, self._at = path, 0
        self._tokens = _tokens(path)

    def evaluate(self, resource: dict[str, Any]) -> list[Place]:
        resource_type = str(resource["resourceType"])
        found = [Place({"": resource}, "", resource_type)]
        names_type = self._peek() in (resource_type, "Resource", "DomainResource")
        if names_type:
            self._at += 1
        found = self._steps(found, started=names_type)
        if self._at < len(self._tokens):
            raise self._unsupported()
        return found

    def _steps(self, found: list[Place], *, started: bool) -> list[Place]:
        while True:
            if self._take("["):
                at = self._need("number")
                if not at.isdecimal():
                    raise self._unsupported()
                self._expect("]")
                found = found[int(at) :][:1]
            elif (started and self._take(".")) or not started:
                found = self._step(found)
            else:
                return found
            started = True

    def _step(self, found: list[Place]) -> list[Place]:
        name = self._need("name").strip("`")
        if not self._take("("):
            return [child for place in found for child in _children(place, name)]
        match name:
            case "first" | "single":
                found = found[:1] if name == "first" or len(found) <= 1 else self._ambiguous()
            case "last":
                found = found[-1:]
            case "extension":
                url = self._literal()
                extensions = [c for place in found for c in _children(place, "extension")]
                found = [each for each in extensions if each.value.get("url") == url]
            case "ofType" | "as":
                wanted = self._need("name").strip("`")
                found = [each for each in found if each.type == wanted]
            case "where":
                return self._where(found)
            case _:
                raise self._unsupported()
        self._expect(")")
        return found

    def _where(self, found: list[Place]) -> list[Place]:
        start = self._at
        selected = [each for each in found if self._holds(each, start)]
        # The condition must be parsed even if there is nothing to evaluate it on.
        if not found:
            self._holds(Place({"": {}}, "", ""), start)
        self._expect(")")
        return selected

    def _holds(self, place: Place, start: int) -> bool:
        """Whether the condition that begins at the token `start` is true of that place."""
        self._at = start
        holds = True
        while True:
            here = [place]
            if self._peek() == "$this":
                self._at += 1
                reached = self._steps(here, started=True)
            else:
                reached = self._steps(here, started=False)
            self._expect("=")
            wanted = self._literal()
            holds &= len(reached) == 1 and equal_json(reached[0].value, wanted)
            if self._peek() != "and":
                return holds
            self._at += 1

    def _literal(self) -> Any:
        token_type, text = self._next()
        match token_type:
            case "text":
                return re.sub(r"\\(.)", r"\1", text[1:-1])
            case "number":
                return Decimal(text)
            case "date":
                return text[1:]
        if text in _LITERALS:
            return _LITERALS[text]
        raise self._unsupported()

    def _peek(self) -> str | None:
        return self._tokens[self._at][1] if self._at < len(self._tokens) else None

    def _next(self) -> tuple[str, str]:
        if self._at >= len(self._tokens):
            raise self._unsupported()
        self._at += 1
        return self._tokens[self._at - 1]

    def _take(self, sign: str) -> bool:
        if self._at < len(self._tokens) and self._tokens[self._at] == ("sign", sign):
            self._at += 1
            return True
        return False

    def _need(self, token_type: str) -> str:
        found, text = self._next()
        if found != token_type:
            raise self._unsupported()
        return text

    def _expect(self, sign: str) -> None:
        if not self._take(sign):
            raise self._unsupported()

    def _ambiguous(self) -> list[Place]:
        raise Refusal(
            "invalid", f"« {self._path} » désigne plusieurs éléments.", rule="unprocessable"
        )

    def _unsupported(self) -> Refusal:
        return Refusal(
            "invalid",
            f"« {self._path[:100]} » n'est pas un chemin compris ici : noms, [n], where(a = 'b'), "
            "first(), last(), extension('…'), ofType(T).",
            issue="value",
        )


def _tokens(path: str) -> Sequence[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    text = path[:_MAX_LENGTH].rstrip()
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or len(path) > _MAX_LENGTH:
            raise Refusal(
                "invalid", f"« {path[:100]} » n'est pas un chemin FHIRPath.", issue="value"
            )
        assert match.lastgroup is not None
        found.append((match.lastgroup, match[match.lastgroup]))
        at = match.end()
    return found


def _children(place: Place, name: str) -> Iterator[Place]:
    holder = place.value
    if not isinstance(holder, dict):
        return
    own = find_member(place.type, name)
    for element in (own,) if own else choice_elements(place.type, name):
        if element is None or element.name not in holder:
            continue
        value = holder[element.name]
        value_type = element.type
        if value_type == "Resource" and isinstance(value, dict):
            value_type = str(value.get("resourceType"))
        if not isinstance(value, list):
            yield Place(holder, element.name, value_type)
            continue
        for at, item in enumerate(value):
            nested = item.get("resourceType") if isinstance(item, dict) else None
            yield Place(value, at, str(nested) if nested else value_type)
