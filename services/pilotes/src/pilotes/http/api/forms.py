"""A form as a browser sends it (URL-encoded, HTML §4.10.21.8)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qs

from fastapi import Request

from socle.errors import Refusal
from socle.pages import SESSION_FIELD, check_session

_MAX_FIELDS: Final = 700
"""Fields of a form, at most: a protocol has 16 for each of up to 30 indicators."""


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of a form, without the empty ones."""

    fields: Mapping[str, Sequence[str]]

    def get(self, name: str) -> str:
        """The first value of that name; empty without one."""
        return next(iter(self.fields.get(name, ())), "")

    @property
    def pairs(self) -> Sequence[tuple[str, str]]:
        """Every field with each of its values."""
        return [(name, each) for name, values in self.fields.items() for each in values]

    def get_all(self, name: str) -> Sequence[str]:
        """All values of that name; empty without one."""
        return self.fields.get(name, ())


EMPTY_FORM: Final = Form({})
"""A form in which nothing is filled in yet."""


async def read_form(request: Request, *, announced: bool = False) -> Form:
    """The form in the request's body. Raises Refusal if it is none, and as `check_session`.

    `announced`: as in `check_session`."""
    form = await parse_form(request)
    check_session(form.get(SESSION_FIELD), announced=announced)
    return form


async def parse_form(request: Request) -> Form:
    """The form in the request's body. Raises Refusal if it is no form, or has more than
    `_MAX_FIELDS` fields or a null character."""
    try:
        body = (await request.body()).decode("utf-8")
        fields = parse_qs(body, max_num_fields=_MAX_FIELDS)
    except ValueError:
        raise _invalid_form() from None
    # No browser sends a null character, and no database stores it.
    if any("\0" in each for name, values in fields.items() for each in (name, *values)):
        raise _invalid_form()
    return Form(fields)


def _invalid_form() -> Refusal:
    return Refusal(
        "invalid", "Ce formulaire n'a pas pu être lu : recommencez.", rule="form_unreadable"
    )
