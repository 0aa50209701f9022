"""The members of a resource that `_summary=true` returns.

Summary elements are listed in `r4/summaries.txt`, which `tools/compile_summaries.py` writes.
https://hl7.org/fhir/R4/search.html#summary
"""

from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Final

_CHOICE: Final = "[x]"


@cache
def _summary_elements() -> dict[str, frozenset[str]]:
    text = (files("esante.core.domain") / "r4" / "summaries.txt").read_text("utf-8")
    lines = (line.split() for line in text.splitlines() if not line.startswith("#"))
    return {name: frozenset(elements) for name, *elements in lines}


def summary_members(resource_type: str, members: Iterable[str]) -> frozenset[str]:
    """The members, among those, that belong to the summary of that type."""
    names = _summary_elements().get(resource_type, frozenset())
    choices = tuple(each.removesuffix(_CHOICE) for each in names if each.endswith(_CHOICE))

    def is_retained(member: str) -> bool:
        name = member.removeprefix("_")
        if name in names:
            return True
        return any(name.startswith(each) and name[len(each) :][:1].isupper() for each in choices)

    return frozenset(member for member in members if is_retained(member))
