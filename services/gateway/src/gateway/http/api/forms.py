"""Forms and query strings, each field once."""

from collections import Counter
from collections.abc import Iterable
from typing import Final
from urllib.parse import parse_qsl

from fastapi import Request

from socle.errors import Refusal

_MOST_FIELDS: Final = 100


async def fields_of(request: Request) -> list[tuple[str, str]]:
    """The fields of a form, in order, empty ones as if absent. Raises Refusal."""
    try:
        fields = parse_qsl((await request.body()).decode(), max_num_fields=_MOST_FIELDS)
    except (UnicodeDecodeError, ValueError):
        raise Refusal("invalid", "Le formulaire envoyé n'est pas lisible.") from None
    if not storable(fields):
        raise Refusal("invalid", "Le formulaire envoyé contient un caractère nul.")
    return fields


def query_of(request: Request) -> dict[str, str]:
    """The parameters of an address, each once. Raises Refusal: one that comes twice might have
    been judged under one value and used under another."""
    fields = request.query_params.multi_items()
    if twice := repeated(fields):
        raise Refusal("invalid", f"Le paramètre « {twice} » est répété dans l'adresse.")
    if not storable(fields):
        raise Refusal("invalid", "L'adresse contient un caractère nul.")
    return {name: value for name, value in fields if value}


def storable(fields: Iterable[tuple[str, str]]) -> bool:
    """Whether PostgreSQL takes them: no text of its has a null character."""
    return not any("\0" in value for _, value in fields)


def repeated(fields: Iterable[tuple[str, str]]) -> str | None:
    counted = Counter(name for name, _ in fields)
    return next((name for name, n in counted.items() if n > 1), None)
