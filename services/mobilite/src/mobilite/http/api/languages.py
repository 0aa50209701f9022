"""The reader's languages: the parameter `lang`, then the header Accept-Language.

https://www.rfc-editor.org/rfc/rfc9110#section-12.5.4
"""

import re
from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal

from fastapi import Depends, Header, Query
from pydantic import BeforeValidator, WithJsonSchema

from mobilite.http.api.weighted_values import parse_weighted

TextLanguage = Literal["fr", "en"]
"""A language of the API's own texts."""

_TAG: Final = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}")


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


async def wanted_languages(
    lang: Lang = None,
    accept_language: Annotated[str | None, Header(include_in_schema=False)] = None,
) -> tuple[str, ...]:
    """The languages in order of preference."""
    accepted = accepted_languages(accept_language or "")
    return accepted if lang is None else (lang, *accepted)


def accepted_languages(header: str) -> tuple[str, ...]:
    """The languages of Accept-Language in order of preference; invalid parts and those of weight
    0 are ignored."""
    accepted = [
        (tag, weight)
        for tag, weight in parse_weighted(header)
        if _TAG.fullmatch(tag) and weight > 0
    ]
    return tuple(tag for tag, _ in sorted(accepted, key=lambda each: -each[1]))


def text_language(wanted: Sequence[str]) -> TextLanguage:
    """The first of the `wanted` languages, in order of preference, that the API's own texts exist
    in; else French."""
    for tag in wanted:
        match tag.partition("-")[0].casefold():
            case "fr":
                return "fr"
            case "en":
                return "en"
    return "fr"


Languages = Annotated[tuple[str, ...], Depends(wanted_languages)]
