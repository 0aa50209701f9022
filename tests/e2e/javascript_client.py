"""SMART's JavaScript client as it is published, and applications that use it: one for its calls,
and the example of its own README, unchanged.

npm package `fhirclient` (Apache-2.0), fetched once into the cache and held to its digest. Where npm
is not at hand the tests that need it are skipped, by name. https://github.com/smart-on-fhir/client-js
"""

import base64
import hashlib
import os
import re
import shutil
import subprocess
import tarfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

PACKAGE, VERSION = "fhirclient", "2.6.3"
INTEGRITY = (
    "sha512-CirZixcwWelbkIXxpxlNQx5+ZdJirl6F1s4y4yvA1X7hHAkr9n99aVHaMi0wX+97nATjKQ65X6NB5as"
    "/wZoJzg=="
)
_BUILD = "package/build/fhir-client.pure.js"  # for browsers of today
_ROOT = Path(__file__).parents[2]
_LAUNCH = """<!doctype html><title>Lancement</title><script src="/fhir-client.js"></script>
<script>
const settings = {settings};
if (location.search.includes("launch=")) settings.scope += " launch";
FHIR.oauth2.authorize(settings);
</script>"""
_BACK = """<!doctype html><title>Retour</title><script src="/fhir-client.js"></script>
<script>window.client = FHIR.oauth2.ready()</script>"""


_EXAMPLE = re.compile(r"```html\n(<!-- launch\.html -->.*?)(<!-- index\.html -->.*?)```", re.DOTALL)


def javascript_client() -> bytes:
    """The script that a page loads."""
    return _published(_BUILD)


def _published(name: str) -> bytes:
    """A file of the package."""
    cache = Path(os.environ.get("REGIONLAB_CACHE", _ROOT / ".cache"))
    archive = cache / f"{PACKAGE}-{VERSION}.tgz"
    if not archive.is_file():
        _fetch(cache)
    digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    assert f"sha512-{digest}" == INTEGRITY, f"{archive} is not what was published"
    with tarfile.open(archive) as packed:
        file = packed.extractfile(name)
        assert file is not None
        return file.read()


def _fetch(cache: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip(f"needs npm, to fetch {PACKAGE}@{VERSION}")
    cache.mkdir(parents=True, exist_ok=True)
    command = [npm, "pack", f"{PACKAGE}@{VERSION}", "--silent"]
    done = subprocess.run(command, cwd=cache, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(
            f"needs {PACKAGE}@{VERSION}, which npm could not fetch: {done.stderr.strip()[:200]}"
        )


def application(settings: str) -> web.Application:
    """Its pages: where it is launched, asking for access with those settings (JSON), and where the
    person comes back; `/ailleurs` is of an application that is no script."""

    def page(text: str) -> web.Response:
        return web.Response(text=text, content_type="text/html")

    async def launch(_: web.Request) -> web.Response:
        return page(_LAUNCH.replace("{settings}", settings))

    async def back(_: web.Request) -> web.Response:
        return page(_BACK)

    async def elsewhere(_: web.Request) -> web.Response:
        return page("<!doctype html><title>Retour</title>")

    async def client(_: web.Request) -> web.Response:
        return web.Response(body=javascript_client(), content_type="text/javascript")

    app = web.Application()
    app.router.add_get("/lancement", launch)
    app.router.add_get("/retour", back)
    app.router.add_get("/ailleurs", elsewhere)
    app.router.add_get("/fhir-client.js", client)
    return app


def example_application() -> web.Application:
    """The application of the package's README, as it is there: `launch.html`, and `index.html`,
    which writes what it reads to the console. Its id is `my_web_app`."""
    found = _EXAMPLE.search(_published("package/README.md").decode())
    assert found is not None
    pages = {"/launch.html": found[1], "/": found[2]}

    async def page(request: web.Request) -> web.Response:
        return web.Response(text=pages[request.path], content_type="text/html")

    async def script(request: web.Request) -> web.Response:
        body = _published(f"package/build/{request.match_info['name']}")
        return web.Response(body=body, content_type="text/javascript")

    app = web.Application()
    for path in pages:
        app.router.add_get(path, page)
    app.router.add_get("/node_module/fhirclient/build/{name}", script)
    return app


@asynccontextmanager
async def serving(app: web.Application) -> AsyncIterator[str]:
    """An application's pages on a free port; their address."""
    runner = web.AppRunner(app)
    try:
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
