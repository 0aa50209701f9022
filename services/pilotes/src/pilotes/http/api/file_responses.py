"""Responses that a browser saves as a file and no cache stores, with their media types for
OpenAPI."""

from fastapi import Response

from pilotes.http.api.cache_control import NO_STORE


class File(Response):
    """A file. `name`: the one it is saved under. FastAPI reads the documented status from the
    default of `status_code`, and cannot document a response class without one."""

    def __init__(self, content: bytes, name: str, status_code: int = 200) -> None:
        headers = {
            "content-disposition": f'attachment; filename="{name}"',
            "cache-control": NO_STORE,
        }
        super().__init__(content, status_code, headers)


class Csv(File):
    """A CSV file (RFC 4180)."""

    media_type = "text/csv"


class Parquet(File):
    """An Apache Parquet file."""

    media_type = "application/vnd.apache.parquet"


class Pdf(File):
    """A PDF file."""

    media_type = "application/pdf"


class Json(File):
    """A JSON file."""

    media_type = "application/json"
