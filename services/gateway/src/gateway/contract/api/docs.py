"""The API documentation: Swagger UI from a wheel, so that it works offline.

Every part is a local file: the page's policy allows no inline code and no other origin.
"""

import gzip
from functools import cache
from importlib.resources import files
from typing import Final

from fastapi import APIRouter, Request, Response

from gateway.http.domain.content_encoding import accepts_gzip
from socle.errors import Refusal

_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
_ASSETS: Final = {
    "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
    "swagger-ui.css": "text/css; charset=utf-8",
    "favicon.png": "image/png",
}
_PAGE: Final = """<!doctype html>
<html lang="fr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Région Lab : documentation des interfaces</title>
<link rel="icon" href="/docs/favicon.png">
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<noscript><p>Cette page demande JavaScript. Le contrat est lisible à
<a href="/openapi.json">/openapi.json</a>.</p></noscript>
<main id="documentation"></main>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
"""
_START: Final = """window.ui = SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#documentation",
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  tryItOutEnabled: true,
  validatorUrl: null,
});
"""

router = APIRouter(include_in_schema=False)


@router.get("/docs")
async def page() -> Response:
    """The HTML page of Swagger UI."""
    return Response(_PAGE, media_type="text/html", headers={"content-security-policy": _POLICY})


@router.get("/docs/start.js")
async def start() -> Response:
    """The script that starts Swagger UI with the platform's contract."""
    return Response(_START, media_type="text/javascript", headers=_cache_headers(3600))


@router.get("/docs/{name}")
async def asset(name: str, request: Request) -> Response:
    """Swagger UI's files, from the wheel."""
    media_type = _ASSETS.get(name)
    if media_type is None:
        raise Refusal("not_found", "Ce fichier n'existe pas.")
    plain, compressed = _asset(name)
    headers = _cache_headers(86_400) | {"vary": "accept-encoding"}
    if accepts_gzip(dict(request.headers.raw)):
        return Response(
            compressed, media_type=media_type, headers=headers | {"content-encoding": "gzip"}
        )
    return Response(plain, media_type=media_type, headers=headers)


@cache
def _asset(name: str) -> tuple[bytes, bytes]:
    plain = files("fastapi_offline").joinpath("static", name).read_bytes()
    return plain, gzip.compress(plain, mtime=0)


def _cache_headers(seconds: int) -> dict[str, str]:
    return {"cache-control": f"public, max-age={seconds}"}
