"""What is answered: a status, headers, a body; and a resource in the view that was asked for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from typing import Any

import orjson

from esante.core.api.fhir_request import Asked, require_json
from esante.core.api.outcomes import FHIR_JSON
from esante.core.api.views import View, shown, view_of
from esante.core.domain.resource import Resource
from esante.core.flows.worker_pool import Aside
from socle.errors import Refusal
from socle.http import Send
from socle.http.problems import Headers


@dataclass(slots=True)
class Answer:
    """One answer. Nothing of it may be kept by anybody."""

    status: int
    body: bytes = b""
    headers: Headers = field(default_factory=list)
    content_type: bytes = FHIR_JSON

    async def send(self, send: Send) -> None:
        """Over ASGI."""
        headers = [(b"cache-control", b"no-store"), *self.headers]
        if self.body:
            headers.append((b"content-type", self.content_type))
        if self.status not in (204, 304):
            headers.append((b"content-length", str(len(self.body)).encode()))
        start = {"type": "http.response.start", "status": self.status, "headers": headers}
        await send(start)
        await send({"type": "http.response.body", "body": self.body})


def checked_view(asked: Asked, known: frozenset[str] = frozenset()) -> View:
    """How the answer is to be shown. `known`: parameters that say something else. Raises Refusal
    for a format or a parameter we do not know."""
    view = view_of(asked.query)
    require_json(asked.headers.get(b"accept"), view.format)
    unknown = [each for each in view.unknown if each not in known]
    if unknown and not asked.lenient:
        names = ", ".join(f"« {each[:40]} »" for each in unknown)
        raise Refusal(
            "invalid",
            f"Paramètre inconnu ici : {names}. Prefer: handling=lenient le fait ignorer.",
            issue="not-supported",
        )
    return view


async def resource_answer(resource: Resource, asked: Asked, aside: Aside) -> Answer:
    """A resource, with its version and its instant."""
    body = await render_resource(resource, checked_view(asked), aside)
    return Answer(200, body, version_headers(resource.version, resource.updated))


def version_headers(version: int, updated: datetime) -> Headers:
    """ETag and Last-Modified."""
    return [
        (b"etag", b'W/"%d"' % version),
        (b"last-modified", format_datetime(updated, usegmt=True).encode()),
    ]


async def render_resource(resource: Resource, view: View, aside: Aside) -> bytes:
    """The JSON of a resource in that view."""
    return await aside.do(
        view.work(len(resource.text)), lambda: shown(resource.text, resource.type, view)
    )


def json_answer(value: Mapping[str, Any], asked: Asked, *, status: int = 200) -> Answer:
    """A resource of the server's own making."""
    view = checked_view(asked)
    option = orjson.OPT_INDENT_2 if view.pretty else None
    return Answer(status, orjson.dumps(value, option=option))
