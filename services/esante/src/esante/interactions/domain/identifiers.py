"""The business identifiers that a condition or a resource names: who names the same one may mean
the same person, whatever else they say.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

from esante.search.domain.query.values import Token, pieces, read_token
from socle.errors import Refusal

_MEMBERS: Final = ("identifier", "masterIdentifier")


def identifiers_asked(pairs: Sequence[tuple[str, str]]) -> Iterator[Token]:
    """Those of `identifier=s|v,…`; what is ill-formed is none, and refused where it is searched."""
    for name, value in pairs:
        if name == "identifier":
            for each in pieces(value, ","):
                with suppress(Refusal):
                    yield read_token(each)


def identifiers_held(resource: Mapping[str, Any]) -> Iterator[Token]:
    """Those that a resource bears, one or a list of them, as far as they are well-formed."""
    for member in _MEMBERS:
        told = resource.get(member)
        for each in told if isinstance(told, list) else [told]:
            if isinstance(each, dict) and isinstance(each.get("value"), str):
                system = each.get("system")
                yield Token(system if isinstance(system, str) else "", each["value"])


def values_of(tokens: Iterable[Token]) -> set[str]:
    """Their values, without case: `v` may mean the same as `s|v`."""
    return {each.code.casefold() for each in tokens if each.code}
