"""The languages of the pages, the choice between them, and the texts of each."""

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import Final

from aiohttp import web

LANGUAGES: Final = ("fr", "en")
"""The first one is used for a browser that accepts none."""


def _read(name: str) -> Mapping[str, str]:
    return tomllib.loads(files("embedded.issuer").joinpath(name).read_text("utf-8"))


TEXTS: Final = {"fr": _read("texts.toml"), "en": _read("texts.en.toml")}
"""The texts of the pages by language."""


def language_of(web_request: web.Request, ui_locales: str) -> str:
    """The language of the response: the first known one of `ui_locales` (OpenID Connect Core
    §3.1.2.1, empty if absent), else the one that the browser prefers. Regions are ignored."""
    header = ",".join(web_request.headers.getall("accept-language", ()))
    tags = [*ui_locales.split(), *_accepted(header)]
    languages = (tag.lower().partition("-")[0] for tag in tags)
    return next((each for each in languages if each in LANGUAGES), LANGUAGES[0])


def _accepted(header: str) -> list[str]:
    """The tags of `Accept-Language`, the preferred ones first (RFC 9110 §12.5.4)."""
    weights: dict[str, float] = {}
    for part in header.split(","):
        tag, _, parameter = part.partition(";")
        weights.setdefault(tag.strip(), _weight(parameter))
    accepted = [tag for tag, weight in weights.items() if weight > 0]
    return sorted(accepted, key=weights.__getitem__, reverse=True)


def _weight(parameter: str) -> float:
    """The weight in `q=0.8`; 1 without one, 0 if it is invalid."""
    try:
        return float(parameter.strip().removeprefix("q=") or 1)
    except ValueError:
        return 0.0
