"""The business identifiers in a condition or a resource.

Concurrent writes with one identifier can concern one person, whatever their other criteria.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

from esante.search.domain.query.value_parser import Token, read_token, split_escaped
from socle.errors import Refusal

_MEMBERS: Final = ("identifier", "masterIdentifier")


def identifiers_in_condition(pairs: Sequence[tuple[str, str]]) -> Iterator[Token]:
    """The identifiers in `identifier=s|v,…`. Malformed ones are skipped: searches refuse them."""
    for name, value in pairs:
        if name == "identifier":
            for each in split_escaped(value, ","):
                with suppress(Refusal):
                    yield read_token(each)


def identifiers_of(resource: Mapping[str, Any]) -> Iterator[Token]:
    """The well-formed identifiers of a resource."""
    for member in _MEMBERS:
        identifiers = resource.get(member)
        for each in identifiers if isinstance(identifiers, list) else [identifiers]:
            if isinstance(each, dict) and isinstance(each.get("value"), str):
                system = each.get("system")
                yield Token(system if isinstance(system, str) else "", each["value"])


def folded_values(tokens: Iterable[Token]) -> set[str]:
    """The values of identifiers in lower case, without systems, since `v` also matches `s|v`."""
    return {each.code.casefold() for each in tokens if each.code}
