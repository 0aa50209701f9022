"""The page at `/`: where everything is, until a portal welcomes people there."""

import base64
import hashlib
from typing import Final

from fastapi import APIRouter, Response

_STYLE: Final = (
    "body{font:1.1rem/1.6 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem;"
    "color:#1b1b35;background:#fff}a{color:#000091}code{background:#f0f0f5;padding:.1em .3em}"
    "dt{margin-top:1rem;font-weight:600}dd{margin:0}a,code{overflow-wrap:anywhere}"
)
_DIGEST: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{_DIGEST}'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_PAGE: Final = f"""<!doctype html>
<html lang="fr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Région Lab</title>
<link rel="icon" href="/docs/favicon.png">
<style>{_STYLE}</style>
</head>
<body>
<main>
<h1>Région Lab</h1>
<p>Santé et transport en Centre-Val de Loire&nbsp;: des services indépendants, une seule porte.</p>
<h2>Adresses</h2>
<dl>
<dt><a href="/mobilite/v1/stops?q=gare">/mobilite/v1/stops?q=gare</a></dt>
<dd>Les arrêts dont le nom contient «&nbsp;gare&nbsp;», ou
<a href="/mobilite/v1/stops?lat=47.6021&amp;lon=1.3301&amp;radius=500">autour d'un point</a>.</dd>
<dt><code>/mobilite/v1/stops/{{stop_id}}/departures</code></dt>
<dd>Les prochains départs d'un arrêt, en temps réel&nbsp;; en continu avec
<code>/stream</code>.</dd>
<dt><a href="/mobilite/v1/feeds">/mobilite/v1/feeds</a></dt>
<dd>Les sources de données, leur fraîcheur et leur licence.</dd>
<dt><a href="/docs">/docs</a></dt>
<dd>La documentation des interfaces, à essayer dans la page
(<a href="/openapi.json">contrat OpenAPI</a>).</dd>
<dt><a href="/readyz">/readyz</a></dt>
<dd>L'état de chaque service.</dd>
</dl>
</main>
</body>
</html>
"""

router = APIRouter(include_in_schema=False)


@router.get("/")
async def home() -> Response:
    """The addresses, for people."""
    return Response(_PAGE, media_type="text/html", headers={"content-security-policy": _POLICY})
