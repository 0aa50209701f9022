"""`GET /mobilite/v1/indicators/passages`: the archive of passages, a Parquet file for each feed and
service date that is over."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Annotated, Final

from fastapi import Path as PathParameter
from fastapi import Query, Request, Response
from fastapi.responses import FileResponse

from mobilite.gtfs.domain.ids import FeedId
from mobilite.http.api.date_parameters import FromDate, ToDate
from mobilite.http.api.parameters import BoundedNumber, Cursor
from mobilite.http.api.responses import matches_etag, schedule_response
from mobilite.machine.flows.search_limiter import SearchLimiter
from mobilite.passages.api.models import PassageFileJson, PassageFileListJson
from mobilite.passages.domain.passage_table import COLUMN_DESCRIPTIONS
from mobilite.passages.ports import ArchivedFiles
from socle.cursors import decode_start, page_from
from socle.errors import Refusal
from socle.http import Router

PARQUET: Final = "application/vnd.apache.parquet"
_PREFIX: Final = "/mobilite/v1/indicators/passages"
_CACHE: Final = "public, max-age=3600"
FileLimit = Annotated[int, BoundedNumber(1, 500), Query(description="Nombre de fichiers")]


def passages_router(
    archive: ArchivedFiles,
    licence_of: Callable[[FeedId], str | None],
    checksum: Callable[[Path], str],
    limiter: SearchLimiter,
) -> Router:
    """The router of the endpoints of the archive. `checksum`: the SHA-256 of a file."""
    router = Router(tags=["indicators"])

    def file_json(day: date, feed_id: FeedId, path: Path) -> PassageFileJson:
        return {
            "date": day.isoformat(),
            "feed": feed_id,
            "url": f"{_PREFIX}/{day.isoformat()}/{feed_id}.parquet",
            "bytes": path.stat().st_size,
            "sha256": checksum(path),
            "licence": licence_of(feed_id),
        }

    _add_list(router, archive, file_json, limiter)
    _add_file(router, archive, limiter)
    return router


def _add_list(
    router: Router,
    archive: ArchivedFiles,
    file_json: Callable[[date, FeedId, Path], PassageFileJson],
    limiter: SearchLimiter,
) -> None:
    @router.get(
        "/indicators/passages",
        operation_id="list_passage_files",
        response_model=PassageFileListJson,
        summary="Les passages observés, jour par jour",
    )
    async def list_files(
        request: Request,
        feed: Annotated[
            str | None, Query(description="Identifiant d'un réseau ; tous s'il manque")
        ] = None,
        first: FromDate = None,
        last: ToDate = None,
        limit: FileLimit = 100,
        cursor: Cursor = None,
    ) -> Response:
        """Un fichier Parquet par réseau et jour fini : chaque passage prévu, et ce qui a été
        observé, par source. Rien n'y désigne une personne."""
        start = decode_start(cursor)

        def page() -> PassageFileListJson:
            files = archive.list_files(first or date.min, last or date.max, feed)[::-1]
            listed, following = page_from(files, start, limit)
            return {
                "columns": dict(COLUMN_DESCRIPTIONS),
                "files": [file_json(*each) for each in listed],
                "next": following,
            }

        return schedule_response(request, await limiter.run(page))


def _add_file(router: Router, archive: ArchivedFiles, limiter: SearchLimiter) -> None:
    @router.head("/indicators/passages/{day}/{file}", include_in_schema=False)
    @router.get(
        "/indicators/passages/{day}/{file}",
        operation_id="get_passage_file",
        response_class=FileResponse,
        responses={200: {"content": {PARQUET: {}}}},
        summary="Les passages d'un réseau, un jour",
    )
    async def send_file(
        request: Request,
        day: Annotated[str, PathParameter(description="Jour de service, AAAA-MM-JJ")],
        file: Annotated[str, PathParameter(description="réseau.parquet")],
    ) -> Response:
        """Le fichier, avec la description de ses colonnes."""
        path = await limiter.run(lambda: _find(archive, day, file))
        stat = path.stat()
        tag = f'"{stat.st_size:x}-{stat.st_mtime_ns:x}"'
        headers = {"etag": tag, "cache-control": _CACHE}
        if matches_etag(request, tag):
            return Response(status_code=304, headers=headers)
        return FileResponse(
            path, media_type=PARQUET, filename=f"passages-{day}-{file}", headers=headers
        )


def _find(archive: ArchivedFiles, day: str, file: str) -> Path:
    """The path of a file of the archive. Raises Refusal("not_found")."""
    try:
        parsed = date.fromisoformat(day)
    except ValueError:
        parsed = None
    if parsed is not None:
        for _, feed_id, path in archive.list_files(parsed, parsed, None):
            if file == f"{feed_id}.parquet":
                return path
    raise Refusal(
        "not_found",
        f"Ces passages ne sont pas archivés, ou leur jour n'est pas fini : voyez {_PREFIX}.",
    )
