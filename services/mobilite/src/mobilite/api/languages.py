"""The languages somebody reads: the parameter `lang`, then the header Accept-Language.

https://www.rfc-editor.org/rfc/rfc9110#section-12.5.4
"""

import re
from typing import Annotated, Any, Final

from fastapi import Depends, Header, Query
from pydantic import BeforeValidator, WithJsonSchema

_TAG: Final = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}")
_LONGEST: Final = 500
_MOST: Final = 10


def _language(text: Any) -> str:
    if not _TAG.fullmatch(str(text)):
        raise ValueError("un code de langue est attendu (fr, en, de-CH)")
    return str(text)


Lang = Annotated[
    str | None,
    BeforeValidator(_language),
    WithJsonSchema({"type": "string", "examples": ["fr", "en"]}),
    Query(description="Langue souhaitée ; sinon celles de l'en-tête Accept-Language"),
]


def wanted_languages(
    lang: Lang = None,
    accept_language: Annotated[str | None, Header(include_in_schema=False)] = None,
) -> tuple[str, ...]:
    """The languages wanted, the dearest first."""
    accepted = accepted_languages(accept_language or "")
    return accepted if lang is None else (lang, *accepted)


def accepted_languages(header: str) -> tuple[str, ...]:
    """What Accept-Language asks for, the dearest first; what cannot be read of it is left out."""
    weighed: list[tuple[float, str]] = []
    for part in header[:_LONGEST].split(",")[:_MOST]:
        tag, *parameters = (each.strip() for each in part.split(";"))
        weight = _weight(parameters)
        if _TAG.fullmatch(tag) and weight > 0:
            weighed.append((weight, tag))
    return tuple(tag for _, tag in sorted(weighed, key=lambda each: -each[0]))


def _weight(parameters: list[str]) -> float:
    for each in parameters:
        name, _, value = each.partition("=")
        if name.strip().casefold() == "q":
            return float(value) if re.fullmatch(r"[01](\.[0-9]{0,3})?", value.strip()) else 0.0
    return 1.0


Languages = Annotated[tuple[str, ...], Depends(wanted_languages)]
