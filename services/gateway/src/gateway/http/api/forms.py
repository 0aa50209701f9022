"""Reads forms and query strings."""

from collections import Counter
from collections.abc import Iterable
from typing import Final
from urllib.parse import parse_qsl

from fastapi import Request

from socle.errors import Refusal

_MAX_FIELDS: Final = 100


async def read_form_fields(request: Request) -> list[tuple[str, str]]:
    """The fields of a form in order, repeated ones included, without the empty ones.

    Raises Refusal if the form is not readable, has too many fields or contains a null character.
    """
    try:
        fields = parse_qsl((await request.body()).decode(), max_num_fields=_MAX_FIELDS)
    except (UnicodeDecodeError, ValueError):
        raise Refusal("invalid", "Le formulaire envoyé n'est pas lisible.") from None
    if not has_no_null(fields):
        raise Refusal("invalid", "Le formulaire envoyé contient un caractère nul.")
    return fields


def read_query(request: Request) -> dict[str, str]:
    """The query parameters, without the empty ones.

    Raises Refusal for a null character, and for a repeated one, which could be checked under one
    value and used under another.
    """
    fields = request.query_params.multi_items()
    if repeated := find_repeated(fields):
        raise Refusal("invalid", f"Le paramètre « {repeated} » est répété dans l'adresse.")
    if not has_no_null(fields):
        raise Refusal("invalid", "L'adresse contient un caractère nul.")
    return {name: value for name, value in fields if value}


def has_no_null(fields: Iterable[tuple[str, str]]) -> bool:
    """Whether PostgreSQL can store the values: its texts have no null character. Names are not
    checked: they are never stored."""
    return not any("\0" in value for _, value in fields)


def find_repeated(fields: Iterable[tuple[str, str]]) -> str | None:
    """The name of a field that occurs more than once; None if there is none."""
    counts = Counter(name for name, _ in fields)
    return next((name for name, n in counts.items() if n > 1), None)
