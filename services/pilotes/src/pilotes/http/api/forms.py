"""A form as a browser sends it (URL-encoded, HTML §4.10.21.8)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qs

from fastapi import Request

from socle.errors import Refusal

_MOST: Final = 60  # fields


@dataclass(frozen=True, slots=True)
class Form:
    """What was filled in."""

    fields: Mapping[str, Sequence[str]]

    def one(self, name: str) -> str:
        """The first of that name; empty without one."""
        return next(iter(self.fields.get(name, ())), "")

    def every(self, name: str) -> Sequence[str]:
        """All of that name."""
        return self.fields.get(name, ())


async def form_of(request: Request) -> Form:
    """What the request's body says. Raises Refusal where it is no form."""
    try:
        told = (await request.body()).decode("utf-8")
        fields = parse_qs(told, max_num_fields=_MOST)
    except ValueError:
        raise _unread() from None
    # No browser sends one, and no database keeps it.
    if any("\0" in each for values in fields.values() for each in values):
        raise _unread()
    return Form(fields)


def _unread() -> Refusal:
    return Refusal("invalid", "Ce formulaire n'a pas pu être lu : recommencez.")
