"""JSON or XML: which of them a request sends, and which it asks for.
https://hl7.org/fhir/R4/http.html#mime-type
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Final, Literal
from urllib.parse import parse_qsl

from socle.errors import Refusal
from socle.http import Scope, accepted_media, best_quality

Format = Literal["json", "xml"]

JSON_MEDIA: Final = frozenset({"application/fhir+json", "application/json", "text/json"})
XML_MEDIA: Final = frozenset({"application/fhir+xml", "application/xml", "text/xml"})
FORMAT: Final = "fhir_format"
"""The member of an ASGI scope with the format of the response, once the request was parsed."""
FHIR_JSON: Final = b"application/fhir+json; charset=utf-8"
FHIR_XML: Final = b"application/fhir+xml; charset=utf-8"

_HTML: Final = frozenset({"text/html", "application/xhtml+xml"})
# A browser's Accept names application/xml beside HTML.
_FHIR: Final = JSON_MEDIA | {"application/fhir+xml"}
_ANY: Final = ("*/*", "application/*")
_NEITHER: Final = (
    "Ce serveur répond en JSON (application/fhir+json) ou en XML (application/fhir+xml) :"
    " dites-le dans Accept ou _format."
)
_NOT_JSON: Final = (
    "Cette demande n'a de réponse qu'en JSON (application/fhir+json) : dites-le dans Accept ou"
    " _format."
)


@lru_cache(maxsize=256)
def find_format(
    accept: bytes | None, wanted: str | None, content_type: bytes | None
) -> Format | None:
    """The format of the response; None if the caller accepts neither.

    `wanted`: `_format`, which takes precedence over the Accept header. Who accepts both equally
    gets the one that they named, else the format of what they sent; JSON if they named both.
    """
    if wanted is not None:
        return _named(wanted)
    ranges = accepted_media(accept or b"")
    if not ranges:
        return _sent(content_type)
    json, xml = best_quality(ranges, JSON_MEDIA), best_quality(ranges, XML_MEDIA)
    others = best_quality(ranges, _ANY) or 0.0
    of_json, of_xml = others if json is None else json, others if xml is None else xml
    if of_json != of_xml:
        return "json" if of_json > of_xml else "xml"
    if not of_json:
        return None
    if json is None and xml is None:
        return _sent(content_type)
    return "xml" if json is None else "json"


def _sent(content_type: bytes | None) -> Format:
    """JSON for what is no FHIR, too: a Binary in `application/xml` is bytes."""
    media = (content_type or b"").partition(b";")[0].strip().lower()
    return "xml" if media == b"application/fhir+xml" else "json"


def _named(wanted: str) -> Format | None:
    # A "+" that was not percent-encoded has been decoded as a space.
    media = wanted.partition(";")[0].strip().lower().replace("fhir ", "fhir+")
    if media == "json" or media in JSON_MEDIA:
        return "json"
    return "xml" if media == "xml" or media in XML_MEDIA else None


def require_format(accept: bytes | None, wanted: str | None) -> None:
    """Raises Refusal, rule `not-acceptable`, if the caller accepts neither JSON nor XML."""
    if (wanted is not None or accept is not None) and find_format(accept, wanted, None) is None:
        raise Refusal("invalid", _NEITHER, rule="not-acceptable", issue="not-supported")


def require_json(accept: bytes | None) -> None:
    """Raises Refusal, rule `not-acceptable`, if the caller does not accept JSON: for a response
    that exists in JSON alone."""
    if accept is None:
        return
    ranges = accepted_media(accept)
    if ranges and not best_quality(ranges, (*JSON_MEDIA, *_ANY)):
        raise Refusal("invalid", _NOT_JSON, rule="not-acceptable", issue="not-supported")


def prefers_html(accept: bytes | None, wanted: str | None) -> bool:
    """Whether the caller requests a page: `_format`, or an Accept header with HTML and no FHIR."""
    if wanted is not None:
        return wanted.lower() in {"html", *_HTML}
    named = accepted_media(accept or b"").keys()
    return not named.isdisjoint(_HTML) and named.isdisjoint(_FHIR)


def format_of_scope(scope: Scope) -> Format:
    """The format of the response to a request that was refused, maybe before it was parsed."""
    if (known := scope.get(FORMAT)) is not None:
        return "xml" if known == "xml" else "json"
    headers, wanted = dict(scope["headers"]), format_in(scope["query_string"])
    return find_format(headers.get(b"accept"), wanted, headers.get(b"content-type")) or "json"


def format_in(query: bytes) -> str | None:
    """`_format` in a query string, which can be malformed; None without it."""
    if b"_format" not in query:
        return None
    return last_format(parse_qsl(query.decode("latin-1"), keep_blank_values=True))


def last_format(pairs: Iterable[tuple[str, str]]) -> str | None:
    """`_format` among parameters, the last one; None without it."""
    return next((value for name, value in reversed(tuple(pairs)) if name == "_format"), None)
