"""Files that whoever asks keeps, and nobody on the way; by their media types, as OpenAPI tells."""

from fastapi import Response

from pilotes.http.api.cache_control import NO_STORE


class File(Response):
    """One of them, under the name it is kept by. FastAPI reads the documented status from the
    default of `status_code`, and cannot document a response class without one."""

    def __init__(self, content: bytes, name: str, status_code: int = 200) -> None:
        headers = {
            "content-disposition": f'attachment; filename="{name}"',
            "cache-control": NO_STORE,
        }
        super().__init__(content, status_code, headers)


class Csv(File):
    media_type = "text/csv"


class Parquet(File):
    media_type = "application/vnd.apache.parquet"


class Pdf(File):
    media_type = "application/pdf"


class Json(File):
    media_type = "application/json"
