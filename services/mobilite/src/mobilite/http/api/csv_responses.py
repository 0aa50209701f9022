"""Rows of an answer as CSV (RFC 4180), in UTF-8."""

import csv
import hashlib
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from fastapi import Request, Response

from mobilite.http.api.responses import matches_etag

CSV_TYPE: Final = "text/csv"
CSV_RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {CSV_TYPE: {"schema": {"type": "string"}}}}
}
"""`responses=` of a route, for OpenAPI."""
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_CACHE_CONTROL: Final = "public, max-age=300"


def csv_response(
    request: Request, columns: Sequence[str], rows: Iterable[Mapping[str, Any]], *, name: str
) -> Response:
    """A file of these columns of the rows, empty where a value is None. `name`: of the file."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows([_cell(row[column]) for column in columns] for row in rows)
    body = text.getvalue().encode()
    tag = f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
    headers = {
        "etag": tag,
        "cache-control": _CACHE_CONTROL,
        "content-disposition": f'attachment; filename="{name}"',
    }
    if matches_etag(request, tag):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=f"{CSV_TYPE}; charset=utf-8", headers=headers)


def _cell(value: object) -> object:
    """A value as JSON writes it, where CSV has no way of its own. Spreadsheets compute a text that
    begins like a formula: it gets an apostrophe."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
