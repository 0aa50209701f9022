"""What a resource shown in part keeps: `_summary=true` the elements of each type that stand in
`r4/summaries.txt`, which `tools/compile_summaries.py` writes; every part what the type cannot be
without. https://hl7.org/fhir/R4/search.html#summary
"""

from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Final

from esante.core.domain.structures import shape_of

_CHOICE: Final = "[x]"


@cache
def _names() -> dict[str, frozenset[str]]:
    text = (files("esante.core.domain") / "r4" / "summaries.txt").read_text("utf-8")
    lines = (line.split() for line in text.splitlines() if not line.startswith("#"))
    return {name: frozenset(elements) for name, *elements in lines}


def summary_members(resource_type: str, members: Iterable[str]) -> frozenset[str]:
    """Which of those members of a resource of that type a summary keeps."""
    names = _names().get(resource_type, frozenset())
    choices = tuple(each.removesuffix(_CHOICE) for each in names if each.endswith(_CHOICE))

    def kept(member: str) -> bool:
        name = member.removeprefix("_")
        if name in names:
            return True
        return any(name.startswith(each) and name[len(each) :][:1].isupper() for each in choices)

    return frozenset(member for member in members if kept(member))


@cache
def mandatory_members(resource_type: str) -> frozenset[str]:
    """The members, and those of their extensions, without which none of that type is valid."""
    shape = shape_of(resource_type)
    names = [name for name, e in shape.elements.items() if e.minimum] if shape else []
    return frozenset(told for name in names for told in (name, f"_{name}"))
