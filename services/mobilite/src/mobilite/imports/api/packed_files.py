"""`GET /internal/timetables/{sha256}`: packed files for the replicas of this service.

Not routed by the gateway. A file never changes, so it is cacheable for ever.
"""

from collections.abc import Callable
from pathlib import Path as FilePath
from typing import Annotated

from fastapi import Path
from fastapi.responses import FileResponse

from mobilite.timetable.ports import PACKED_FILES_PATH
from socle.errors import Refusal
from socle.http import Router


def timetable_files(find: Callable[[str], FilePath | None]) -> Router:
    """The router of the packed files. `find`: the file of a SHA-256, None if there is none."""
    router = Router(include_in_schema=False)

    @router.get(PACKED_FILES_PATH + "/{sha256}")
    async def packed_file(
        sha256: Annotated[str, Path(pattern="^[0-9a-f]{64}$")],
    ) -> FileResponse:
        path = find(sha256)
        if path is None:
            raise Refusal("not_found", "Cette version des horaires n'est plus sur l'étagère.")
        return FileResponse(
            path,
            media_type="application/octet-stream",
            headers={
                "ETag": f'"{sha256}"',
                "Cache-Control": "private, max-age=31536000, immutable",
            },
        )

    return router
