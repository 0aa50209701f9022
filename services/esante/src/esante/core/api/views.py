"""Views of a resource: `_summary`, `_elements`, `_pretty`. Member texts stay as written.
https://hl7.org/fhir/R4/search.html#summary
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from esante.core.domain.json_parser import parse_object
from esante.core.domain.stamping import subset
from esante.core.domain.structures import mandatory_members
from esante.core.domain.summaries import summary_members
from socle.errors import Refusal

# Modifier elements change the meaning of the rest: no view omits them.
_ALWAYS_RETURNED: Final = frozenset(
    {"resourceType", "id", "meta", "implicitRules", "modifierExtension"}
)
_SUMMARIES: Final = ("true", "text", "data", "count", "false")
_TOKEN: Final = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[\]{},:]|[^\s\[\]{},:"]++')


@dataclass(frozen=True, slots=True)
class View:
    """The view that a request selects."""

    format: str | None = None
    """The value of `_format`."""
    pretty: bool = False
    summary: str | None = None
    """The value of `_summary`: one of `_SUMMARIES`."""
    elements: tuple[str, ...] = ()
    """Names of `_elements`: `subject`, or `Observation.subject` for one type."""
    unknown: tuple[str, ...] = ()
    """Parameters that do not concern the view."""

    def processed_size(self, size: int) -> int:
        """How many characters of a text of that size are processed; 0 if returned as stored."""
        return 0 if self == _UNCHANGED else size

    def without_pretty(self) -> "View":
        """The same view for a resource in a Bundle, since the complete Bundle is indented."""
        return View(None, False, self.summary, self.elements)


_UNCHANGED: Final = View()


def parse_view(query: Iterable[tuple[str, str]]) -> View:
    """The view that those parameters select. Raises Refusal for an invalid value."""
    if not query:
        return _UNCHANGED
    parameters: dict[str, str] = {}
    unknown: list[str] = []
    for name, value in query:
        if name in ("_format", "_pretty", "_summary", "_elements"):
            parameters[name] = (
                f"{parameters[name]},{value}"
                if name == "_elements" and name in parameters
                else value
            )
        else:
            unknown.append(name)
    summary, pretty = parameters.get("_summary"), parameters.get("_pretty", "false")
    if summary is not None and summary not in _SUMMARIES:
        raise Refusal("invalid", f"_summary est l'un de : {', '.join(_SUMMARIES)}.", issue="value")
    if pretty not in ("true", "false"):
        raise Refusal("invalid", "_pretty est true ou false.", issue="value")
    elements = tuple(
        each.strip() for each in parameters.get("_elements", "").split(",") if each.strip()
    )
    return View(parameters.get("_format"), pretty == "true", summary, elements, tuple(unknown))


def render_view(text: bytes, resource_type: str, view: View) -> bytes:
    """The JSON of the resource in that view."""
    if view == _UNCHANGED:
        return text
    parsed = parse_object(text)
    retained = _retained_members(resource_type, parsed.spans, view)
    if retained is not None:
        text = subset(parsed, retained).encode()
    return indent_json(text.decode()).encode() if view.pretty else text


def _retained_members(
    resource_type: str, members: Collection[str], view: View
) -> frozenset[str] | None:
    """The members to return; None: all."""
    if view.elements or view.summary == "text":
        named = _named_members(resource_type, view.elements) if view.elements else {"text"}
        return _ALWAYS_RETURNED | mandatory_members(resource_type) | named
    if view.summary == "true":
        return _ALWAYS_RETURNED | summary_members(resource_type, members)
    if view.summary == "data":
        return frozenset(members) - {"text"}
    return None


def _named_members(resource_type: str, elements: Iterable[str]) -> frozenset[str]:
    """The top-level members of that type in `_elements`, each with its `_name` member.

    `name.given` selects the complete `name`.
    """
    own = frozenset(
        each.removeprefix(f"{resource_type}.").partition(".")[0]
        for each in elements
        if "." not in each or each.split(".")[0] == resource_type or each[0].islower()
    )
    return own | frozenset(f"_{each}" for each in own)


def indent_json(text: str) -> str:
    """The same JSON, indented by two spaces; strings and numbers are unchanged."""
    tokens = _TOKEN.findall(text)
    out: list[str] = []
    depth = 0
    for at, token in enumerate(tokens):
        match token:
            case "{" | "[":
                depth += 1
                empty = tokens[at + 1] in "}]"
                out.append(token if empty else token + "\n" + "  " * depth)
            case "}" | "]":
                depth -= 1
                empty = tokens[at - 1] in ("{", "[")
                out.append(token if empty else "\n" + "  " * depth + token)
            case ",":
                out.append(",\n" + "  " * depth)
            case ":":
                out.append(": ")
            case _:
                out.append(token)
    return "".join(out)
