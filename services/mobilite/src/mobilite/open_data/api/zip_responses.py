"""Responses with a published schedule, and the links to its licence."""

from typing import Final

from fastapi import Request, Response
from fastapi.responses import FileResponse

from mobilite.feeds.domain.licences import licence_url, merged_licence
from mobilite.http.api.responses import matches_etag
from mobilite.open_data.domain.merged_network import MergedVersion
from mobilite.open_data.flows.merge_schedule import MergedFile

_CACHE: Final = "public, max-age=300"


def zip_response(request: Request, file: MergedFile, *, filename: str, link: str) -> Response:
    """The file, in whole or in ranges; 304 if the client has this version. `link`: the value of
    the Link header."""
    headers = {"etag": f'"{file.version}"', "cache-control": _CACHE, "link": link}
    if matches_etag(request, headers["etag"]):
        return Response(status_code=304, headers=headers)
    return FileResponse(file.path, media_type="application/zip", filename=filename, headers=headers)


def licence_links(index: str, version: MergedVersion) -> str:
    """The value of the Link header: the index that describes the data, and its licence."""
    licence = licence_url(merged_licence(feed.licence for feed in version.feeds))
    links = [f'<{index}>; rel="describedby"; type="application/json"']
    return ", ".join([*links, f'<{licence}>; rel="license"'] if licence else links)
