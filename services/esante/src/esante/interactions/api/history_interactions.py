"""The interactions history, in pages: each is a Bundle. https://hl7.org/fhir/R4/http.html#history"""

import base64
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlencode

from esante.core.api.fhir_request import FhirRequest
from esante.core.api.fhir_router import Route
from esante.core.api.responses import FhirResponse, negotiate_view
from esante.core.api.views import View, indent_json, render_view
from esante.core.domain.bundle import Entry, render_bundle
from esante.core.domain.resource import Resource, format_instant, is_id
from esante.core.domain.structures import RESOURCE_TYPES
from esante.interactions.flows.dependencies import Dependencies
from esante.interactions.flows.history import list_history
from esante.search.domain.ranges import date_range
from esante.store.ports import HistoryQuery, ResourceVersion
from socle.errors import Refusal

VERSION_AUTHOR: Final = "urn:regionlab:version-author"
"""The extension of `Bundle.entry.request` that names who wrote a version."""
_MAX_COUNT: Final = 1000
_DEFAULT_COUNT: Final = 100
_METHODS: Final = {"create": "POST", "update": "PUT", "patch": "PATCH", "delete": "DELETE"}
_STATUSES: Final = {"create": "201 Created", "delete": "204 No Content"}
_PARAMETERS: Final = frozenset({"_count", "_since", "_at", "_cursor", "_list"})


class HistoryInteractions:
    """The interactions history-instance, history-type and history-system."""

    def __init__(self, dependencies: Dependencies) -> None:
        self._dependencies = dependencies

    def routes(self) -> tuple[Route, ...]:
        """The routes of these interactions."""
        return (
            Route("GET", "{type}/{id}/_history", "history-instance", "instance", self._handle),
            Route("GET", "{type}/_history", "history-type", "type", self._handle),
            Route("GET", "_history", "history-system", "system", self._handle),
        )

    async def _handle(self, request: FhirRequest) -> FhirResponse:
        view = negotiate_view(request, _PARAMETERS)
        page = _parse_query(request)
        versions, last = await list_history(
            page, by=request.access, dependencies=self._dependencies
        )
        request.touched += [
            ("", Resource(each.type, each.id, each.version, each.updated, each.text or b""))
            for each in versions
        ]
        links = {"self": self._link(request, request.query)}
        if last is not None:
            following = [(name, value) for name, value in request.query if name != "_cursor"]
            links["next"] = self._link(request, [*following, ("_cursor", _cursor(last))])
        size = sum(len(each.text or b"") for each in versions)
        body = await self._dependencies.workers.run(
            view.processed_size(size), lambda: self._render(versions, links, view=view)
        )
        return FhirResponse(200, body)

    def _render(
        self, versions: Sequence[ResourceVersion], links: Mapping[str, str], *, view: View
    ) -> bytes:
        body = render_bundle("history", (self._entry(each, view) for each in versions), links=links)
        return indent_json(body.decode()).encode() if view.pretty else body

    def _entry(self, version_entry: ResourceVersion, view: View) -> Entry:
        place = f"{version_entry.type}/{version_entry.id}"
        method = _METHODS[version_entry.interaction]
        request: dict[str, Any] = {"method": method}
        request["url"] = version_entry.type if method == "POST" else place
        if version_entry.author is not None:
            request["extension"] = [_author_extension(version_entry.author)]
        response: dict[str, Any] = {
            "status": _STATUSES.get(version_entry.interaction, "200 OK"),
            "etag": f'W/"{version_entry.version}"',
            "lastModified": format_instant(version_entry.updated),
        }
        text = (
            None
            if version_entry.text is None
            else render_view(version_entry.text, version_entry.type, view.without_pretty())
        )
        members = {"request": request, "response": response}
        return Entry(f"{self._dependencies.base}/{place}", text, members)

    def _link(self, request: FhirRequest, query: Iterable[tuple[str, str]]) -> str:
        place = "/".join(each for each in (request.type, request.id, "_history") if each)
        query_string = urlencode(list(query))
        return f"{self._dependencies.base}/{place}" + (f"?{query_string}" if query_string else "")


def _author_extension(author: str) -> dict[str, Any]:
    account = author.removeprefix("account:")
    known = {"reference": author} if account == author else {"identifier": {"value": account}}
    return {"url": VERSION_AUTHOR, "valueReference": known}


def _parse_query(request: FhirRequest) -> HistoryQuery:
    parameters = {name: value for name, value in request.query if name in _PARAMETERS}
    if "_list" in parameters:
        raise Refusal("invalid", "_list n'est pas compris ici.", issue="not-supported")
    count = parameters.get("_count", str(_DEFAULT_COUNT))
    if not (count.isascii() and count.isdigit() and 0 < len(count) < 10 and int(count) > 0):
        raise Refusal("invalid", "_count est un nombre entier, à partir de 1.", issue="value")
    since = (
        _parse_instants("_since", parameters["_since"]) if "_since" in parameters else (None, None)
    )
    at = _parse_instants("_at", parameters["_at"]) if "_at" in parameters else (None, None)
    return HistoryQuery(
        request.type or None,
        request.id or None,
        since[0],
        at,
        _parse_cursor(parameters["_cursor"]) if "_cursor" in parameters else None,
        min(int(count), _MAX_COUNT),
    )


def _parse_instants(name: str, text: str) -> tuple[datetime | None, datetime | None]:
    # A "+" that was not percent-encoded has been decoded as a space.
    found = date_range(text.replace(" ", "+"))
    if found is None:
        raise Refusal("invalid", f"{name} n'est pas une date de FHIR.", issue="value")
    return found


def _cursor(version_entry: ResourceVersion) -> str:
    encoded = "|".join(
        (
            format_instant(version_entry.updated),
            version_entry.type,
            version_entry.id,
            str(version_entry.version),
        )
    )
    return base64.urlsafe_b64encode(encoded.encode()).decode().rstrip("=")


def _parse_cursor(cursor: str) -> tuple[datetime, str, str, int]:
    try:
        decoded = base64.urlsafe_b64decode(cursor.encode("ascii") + b"==").decode("ascii")
        updated, resource_type, name, version = decoded.split("|")
        written_at = datetime.fromisoformat(updated)
        moment = written_at.astimezone(UTC)
        known = resource_type in RESOURCE_TYPES and is_id(name)
        if written_at.tzinfo is None or not known or not re.fullmatch("[0-9]{1,9}", version):
            raise ValueError(cursor)
    except (ValueError, OverflowError):
        raise Refusal(
            "invalid", "_cursor ne vient pas d'ici : suivez le lien « next » d'une page."
        ) from None
    return moment, resource_type, name, int(version)
