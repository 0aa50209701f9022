"""JSON responses with an entity tag and a short cache lifetime; 304 if the client has the content.

https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import orjson
from fastapi import Request, Response
from fastapi.responses import JSONResponse

from socle.http import FACT_HEADER

_LIVE_CACHE_CONTROL: Final = "public, max-age=5"
_SCHEDULE_CACHE_CONTROL: Final = "public, max-age=60"
_MAP_CACHE_CONTROL: Final = "public, max-age=600"
"""Of the base of a map, which is asked again at every movement."""
PRIVATE: Final = {"cache-control": "private, no-store"}
"""Response headers, in place of those above, of a query with a point: it can be a traveller's
position."""
BOARD_WATCHED: Final = {FACT_HEADER.decode(): "board-watched"}
ALERT_READ: Final = {FACT_HEADER.decode(): "alert-read"}
"""Response headers of usage facts that pilots can count (`gateway.request-served.v2`)."""
GEOJSON_TYPE: Final = "application/geo+json"
"""https://www.rfc-editor.org/rfc/rfc7946#section-12"""


class GeoJsonResponse(JSONResponse):
    """Declares the media type of GeoJSON in OpenAPI."""

    media_type = GEOJSON_TYPE


def entity_tag(content: Any) -> str:
    """A weak entity tag: equal for contents with the same meaning."""
    return f'W/"{hashlib.blake2b(orjson.dumps(content), digest_size=12).hexdigest()}"'


def live_response(
    request: Request,
    body: bytes,
    tag: str,
    media_type: str = "application/json",
    headers: Mapping[str, str] | None = None,
    *,
    made_at: datetime | None = None,
) -> Response:
    """A response that is outdated within seconds. `tag`: the entity tag of what it says, without
    ages.

    `made_at`: when a body that states ages, or when it was generated, was made. Its entity tag is
    that of `tag` and the minute: a cache that revalidates it states no age that is more than a
    minute too low.
    """
    if made_at is not None:
        tag = entity_tag([tag, int(made_at.timestamp()) // 60])
    return _response(
        request, body, tag, {"cache-control": _LIVE_CACHE_CONTROL, **(headers or {})}, media_type
    )


def schedule_response(
    request: Request, content: Any, headers: Mapping[str, str] | None = None
) -> Response:
    """A response that depends on the schedule only."""
    body, cache = orjson.dumps(content), {"cache-control": _SCHEDULE_CACHE_CONTROL}
    return _response(request, body, entity_tag(content), {**cache, **(headers or {})})


def map_response(request: Request, content: Any) -> Response:
    """A GeoJSON response that depends on the schedule only."""
    body = orjson.dumps(content)
    tag = entity_tag(orjson.Fragment(body))
    return _response(request, body, tag, {"cache-control": _MAP_CACHE_CONTROL}, GEOJSON_TYPE)


def _response(
    request: Request,
    body: bytes,
    tag: str,
    headers: Mapping[str, str],
    media_type: str = "application/json",
) -> Response:
    headers = {"etag": tag, **headers}
    if matches_etag(request, tag):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=media_type, headers=headers)


def matches_etag(request: Request, tag: str) -> bool:
    """Whether If-None-Match contains the tag (weak comparison)."""
    header, opaque = request.headers.get("if-none-match", ""), tag.removeprefix("W/")
    tags = (each.strip().removeprefix("W/") for each in header[:4096].split(","))
    return header.strip() == "*" or opaque in tags
