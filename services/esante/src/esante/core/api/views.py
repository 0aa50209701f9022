"""How a resource is shown: whole, some of its elements, indented. Texts stay as they were written.
https://hl7.org/fhir/R4/search.html#summary
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from esante.core.domain.resource import read
from esante.core.domain.stamping import subset
from esante.core.domain.summaries import mandatory_members, summary_members
from socle.errors import Refusal

# The last two change what all the rest means: they are never left out.
_ALWAYS: Final = frozenset({"resourceType", "id", "meta", "implicitRules", "modifierExtension"})
_SUMMARIES: Final = ("true", "text", "data", "count", "false")
_TOKEN: Final = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[\]{},:]|[^\s\[\]{},:"]++')


@dataclass(frozen=True, slots=True)
class View:
    """`elements`: names of `_elements`, of a type or of any; `unknown`: parameters that say
    nothing of the view."""

    format: str | None = None
    pretty: bool = False
    summary: str | None = None
    elements: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    def work(self, size: int) -> int:
        """How much of a text of that size is worked on: nothing where it is shown whole."""
        return 0 if self == _WHOLE else size

    def without_layout(self) -> "View":
        """The same of a part: what is around it is laid out once."""
        return View(None, False, self.summary, self.elements)


_WHOLE: Final = View()


def view_of(query: Iterable[tuple[str, str]]) -> View:
    """The view that parameters ask for. Raises Refusal for values that are none."""
    if not query:
        return _WHOLE
    told: dict[str, str] = {}
    unknown: list[str] = []
    for name, value in query:
        if name in ("_format", "_pretty", "_summary", "_elements"):
            told[name] = f"{told[name]},{value}" if name == "_elements" and name in told else value
        else:
            unknown.append(name)
    summary, pretty = told.get("_summary"), told.get("_pretty", "false")
    if summary is not None and summary not in _SUMMARIES:
        raise Refusal("invalid", f"_summary est l'un de : {', '.join(_SUMMARIES)}.", issue="value")
    if pretty not in ("true", "false"):
        raise Refusal("invalid", "_pretty est true ou false.", issue="value")
    elements = tuple(each.strip() for each in told.get("_elements", "").split(",") if each.strip())
    return View(told.get("_format"), pretty == "true", summary, elements, tuple(unknown))


def shown(text: bytes, resource_type: str, view: View) -> bytes:
    """The resource's text in that view."""
    if view == _WHOLE:
        return text
    parsed = read(text)
    keep = _kept(resource_type, parsed.spans, view)
    if keep is not None:
        text = subset(parsed, keep).encode()
    return pretty(text.decode()).encode() if view.pretty else text


def _kept(resource_type: str, members: Collection[str], view: View) -> frozenset[str] | None:
    """The members to keep; None: all."""
    if view.elements:
        own = frozenset(
            each.removeprefix(f"{resource_type}.").partition(".")[0]
            for each in view.elements
            if "." not in each or each.split(".")[0] == resource_type or each[0].islower()
        )
        named = own | frozenset(f"_{each}" for each in own)
        return _ALWAYS | mandatory_members(resource_type) | named
    if view.summary == "true":
        return _ALWAYS | summary_members(resource_type, members)
    if view.summary == "text":
        return _ALWAYS | mandatory_members(resource_type) | {"text"}
    if view.summary == "data":
        return frozenset(members) - {"text"}
    return None


def pretty(text: str) -> str:
    """The same JSON, indented by two spaces; strings and numbers stay letter for letter."""
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
