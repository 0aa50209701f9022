"""The business identifiers that a condition or a resource names: who names the same one may mean
the same person, whatever else they say.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

from esante.search.domain.query.value_parser import Token, read_token, split_escaped
from socle.errors import Refusal

_MEMBERS: Final = ("identifier", "masterIdentifier")


def identifiers_in_condition(pairs: Sequence[tuple[str, str]]) -> Iterator[Token]:
    """Those of `identifier=s|v,…`; what is ill-formed is none, and refused where it is searched."""
    for name, value in pairs:
        if name == "identifier":
            for each in split_escaped(value, ","):
                with suppress(Refusal):
                    yield read_token(each)


def identifiers_of(resource: Mapping[str, Any]) -> Iterator[Token]:
    """Those that a resource bears, one or a list of them, as far as they are well-formed."""
    for member in _MEMBERS:
        identifiers = resource.get(member)
        for each in identifiers if isinstance(identifiers, list) else [identifiers]:
            if isinstance(each, dict) and isinstance(each.get("value"), str):
                system = each.get("system")
                yield Token(system if isinstance(system, str) else "", each["value"])


def values_of(tokens: Iterable[Token]) -> set[str]:
    """Their values, without case: `v` may mean the same as `s|v`."""
    return {each.code.casefold() for each in tokens if each.code}
