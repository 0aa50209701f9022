"""Public answers: JSON with an entity tag, a short life in caches, and 304 for who has it already.

https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3
"""

import hashlib
from collections.abc import Mapping
from typing import Any, Final

import orjson
from fastapi import Request, Response
from fastapi.responses import JSONResponse

from socle.http import FACT_HEADER

_BOARD: Final = "public, max-age=5"
_SCHEDULE: Final = "public, max-age=60"
BOARD_WATCHED: Final = {FACT_HEADER.decode(): "board-watched"}
ALERT_READ: Final = {FACT_HEADER.decode(): "alert-read"}
"""What pilots may count (`gateway.request-served.v2`): that it was used, never by whom."""
GEOJSON: Final = "application/geo+json"
"""https://www.rfc-editor.org/rfc/rfc7946#section-12"""


class GeoJsonResponse(JSONResponse):
    """What the contract says of answers for maps."""

    media_type = GEOJSON


def tag_of(content: Any) -> str:
    """A weak entity tag: the same for contents that mean the same to whoever asked."""
    return f'W/"{hashlib.blake2b(orjson.dumps(content), digest_size=12).hexdigest()}"'


def live_answer(
    request: Request,
    body: bytes,
    tag: str,
    media_type: str = "application/json",
    headers: Mapping[str, str] | None = None,
) -> Response:
    """An answer that grows old within seconds."""
    return _answer(request, body, tag, {"cache-control": _BOARD, **(headers or {})}, media_type)


def schedule_answer(request: Request, content: Any) -> Response:
    """An answer that follows from the schedule."""
    body = orjson.dumps(content)
    return _answer(request, body, tag_of(content), {"cache-control": _SCHEDULE})


def _answer(
    request: Request,
    body: bytes,
    tag: str,
    headers: Mapping[str, str],
    media_type: str = "application/json",
) -> Response:
    headers = {"etag": tag, **headers}
    if has_already(request, tag):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=media_type, headers=headers)


def has_already(request: Request, tag: str) -> bool:
    """Weak comparison with any of the tags of If-None-Match."""
    told, opaque = request.headers.get("if-none-match", ""), tag.removeprefix("W/")
    tags = (each.strip().removeprefix("W/") for each in told[:4096].split(","))
    return told.strip() == "*" or opaque in tags
