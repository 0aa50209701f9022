"""`GET /static/{name}`: the style, the module and the icon, as they lie in `static/`; and what
programs that read every page are asked to leave alone, `GET /robots.txt`.

Their addresses carry a digest of what they are, so that a browser keeps them for ever and never
too long.
"""

import hashlib
from importlib.resources import files
from typing import Final

from fastapi import APIRouter, Response

from socle.errors import Refusal

_TYPES: Final = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
_FOR_EVER: Final = "public, max-age=31536000, immutable"
_ROBOTS: Final = """\
User-agent: *
Disallow: /mobilite/
Disallow: /*/flux
Disallow: /*?
"""
"""Boards that never end, places of people, the interfaces of programs: nothing to find there."""
_A_WHILE: Final = "public, max-age=60"


class StaticFiles:
    """Every file, read once."""

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
        """The address of a file, with its digest."""
        return f"/static/{name}?v={self._digest[name]}"

    def router(self) -> APIRouter:
        """The address of the files."""
        router = APIRouter(include_in_schema=False)

        @router.get("/static/{name}")
        async def static(name: str, v: str = "") -> Response:
            content = self._content.get(name)
            if content is None:
                raise Refusal("not_found", "Ce fichier n'existe pas.")
            # Requested by another release's page: the content is not the expected one.
            cache = _FOR_EVER if v == self._digest[name] else _A_WHILE
            headers = {"cache-control": cache, "x-content-type-options": "nosniff"}
            return Response(content, media_type=_TYPES[name.rpartition(".")[2]], headers=headers)

        @router.get("/robots.txt")
        async def robots() -> Response:
            return Response(_ROBOTS, media_type="text/plain", headers={"cache-control": _A_WHILE})

        return router
