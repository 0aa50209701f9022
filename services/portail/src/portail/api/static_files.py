"""`GET /static/{name}`: the style sheet, the script and the icon in `static/`; `GET /robots.txt`.

The addresses of static files contain a digest of the content, so that browsers can cache them
without limit.
"""

import hashlib
from importlib.resources import files
from typing import Final

from fastapi import APIRouter, Response

from socle.errors import Refusal

_TYPES: Final = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
_IMMUTABLE: Final = "public, max-age=31536000, immutable"
_ROBOTS: Final = """\
User-agent: *
Disallow: /mobilite/
Disallow: /*/flux
Disallow: /*?
"""
"""Excludes the API, streams, and pages with parameters, which can contain positions."""
_SHORT: Final = "public, max-age=60"


class StaticFiles:
    """The static files, read once. `version`: a digest of all of them."""

    def __init__(self) -> None:
        folder = files("portail.api") / "static"
        self._content = {
            file.name: file.read_bytes()
            for file in folder.iterdir()
            if file.name.rpartition(".")[2] in _TYPES
        }
        self._digest = {
            name: hashlib.sha256(content).hexdigest()[:12]
            for name, content in self._content.items()
        }
        everything = "".join(sorted(self._digest.values()))
        self.version = hashlib.sha256(everything.encode()).hexdigest()[:12]

    def address(self, name: str) -> str:
        """The address of a file, with its digest. Raises KeyError if there is no such file."""
        return f"/static/{name}?v={self._digest[name]}"

    def router(self) -> APIRouter:
        """The router of the files and of robots.txt."""
        router = APIRouter(include_in_schema=False)

        @router.get("/static/{name}")
        async def static(name: str, v: str = "") -> Response:
            content = self._content.get(name)
            if content is None:
                raise Refusal("not_found", "Ce fichier n'existe pas.")
            # A page of another release requests another digest: the content must not be cached.
            cache = _IMMUTABLE if v == self._digest[name] else _SHORT
            headers = {"cache-control": cache, "x-content-type-options": "nosniff"}
            return Response(content, media_type=_TYPES[name.rpartition(".")[2]], headers=headers)

        @router.get("/robots.txt")
        async def robots() -> Response:
            return Response(_ROBOTS, media_type="text/plain", headers={"cache-control": _SHORT})

        return router
