"""`GET /service-worker.js`: at the root, since its address decides of which pages it is.

It is versioned by the offline page: a release that changes the page, its style or its scripts has
another service worker, which stores its own files and deletes those of the release before.
"""

import hashlib
import json
import re
from importlib.resources import files
from typing import Final

from fastapi import Response

from portail.api.pages.hors_ligne.page import offline_page
from socle.http import Router
from socle.pages import LANGUAGES, PageRequest, Pages, answering

ADDRESS: Final = "/service-worker.js"
FOLDER: Final = files("portail.api")
_POLICY: Final = "default-src 'none'; connect-src 'self'"
"""A service worker has the policy of its own response: this one only requests, on this site."""
_FILE: Final = re.compile(r'"(/static/[^"]+)"')


def service_worker_router(pages: Pages) -> Router:
    """The router of the service worker."""
    router, script = Router(include_in_schema=False), service_worker_script(pages)

    @router.get(ADDRESS)
    async def service_worker() -> Response:
        headers = {
            "cache-control": "public, max-age=60",
            "content-security-policy": _POLICY,
            "x-content-type-options": "nosniff",
        }
        return Response(script, media_type="text/javascript", headers=headers)

    return router


def service_worker_script(pages: Pages) -> str:
    """The script, with its version and the static files of the offline page."""
    rendered = []
    for language in LANGUAGES:
        with answering(PageRequest(language)):
            rendered.append(offline_page(pages))
    needed = sorted({address for html in rendered for address in _FILE.findall(html)})
    parts = [_part(name) for name in ("offline-worker.js", "service-worker.js")]
    version = hashlib.sha256("".join((*rendered, *parts)).encode()).hexdigest()[:12]
    constants = f"const VERSION = {json.dumps(version)};\nconst FILES = {json.dumps(needed)};\n"
    return constants + "".join(parts)


def _part(name: str) -> str:
    return (FOLDER / name).read_text("utf-8")
