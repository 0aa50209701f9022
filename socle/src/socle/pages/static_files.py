"""Static files whose addresses contain a digest, so that browsers cache them without limit."""

import hashlib
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

from fastapi import Response

from socle.errors import Refusal
from socle.http import Router

_TYPES: Final = {
    "css": "text/css",
    "js": "text/javascript",
    "mjs": "text/javascript",
    "png": "image/png",
    "svg": "image/svg+xml",
    "txt": "text/plain",
}
_IMMUTABLE: Final = "public, max-age=31536000, immutable"
_SHORT: Final = "public, max-age=60"


class StaticFiles:
    """The static files of a folder and of its folders, read once.

    A file of a folder has the name `library/file.js`. `prefix`: the beginning of their addresses
    (`/static/site/`). `version`: a digest of all of them.
    """

    def __init__(self, folder: Traversable, prefix: str) -> None:
        self._prefix = prefix
        self._content = dict(_files_of(folder))
        self._digest = {
            name: hashlib.sha256(content).hexdigest()[:12]
            for name, content in self._content.items()
        }
        everything = "".join(sorted(self._digest.values()))
        self.version = hashlib.sha256(everything.encode()).hexdigest()[:12]

    def __contains__(self, name: str) -> bool:
        return name in self._content

    def address(self, name: str) -> str:
        """The address of a file, with its digest. Raises KeyError if there is no such file."""
        return f"{self._prefix}{name}?v={self._digest[name]}"

    def router(self) -> Router:
        """The router of the files."""
        router = Router(include_in_schema=False)

        @router.get(self._prefix + "{name:path}")
        async def static(name: str, v: str = "") -> Response:
            content = self._content.get(name)
            if content is None:
                raise Refusal("not_found", "Ce fichier n'existe pas.")
            # A page of another release requests another digest: the content must not be cached.
            cache = _IMMUTABLE if v == self._digest[name] else _SHORT
            headers = {"cache-control": cache, "x-content-type-options": "nosniff"}
            return Response(content, media_type=_TYPES[name.rpartition(".")[2]], headers=headers)

        return router


def _files_of(folder: Traversable, prefix: str = "") -> Iterator[tuple[str, bytes]]:
    for file in folder.iterdir():
        if file.is_dir():
            yield from _files_of(file, f"{prefix}{file.name}/")
        elif file.name.rpartition(".")[2] in _TYPES:
            yield prefix + file.name, file.read_bytes()


SITE_FILES: Final = StaticFiles(files("socle.pages") / "static", "/static/site/")
"""The style and the icon of every page. Each service with pages serves them, so that its pages are
complete while another service is down."""
