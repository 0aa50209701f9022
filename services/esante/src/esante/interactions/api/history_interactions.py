"""history over HTTP: a Bundle, by pages. https://hl7.org/fhir/R4/http.html#history"""

import base64
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlencode

from esante.core.api.fhir_request import Asked
from esante.core.api.fhir_router import Interaction
from esante.core.api.responses import Answer, checked_view
from esante.core.api.views import View, pretty, shown
from esante.core.domain.bundle import Entry, bundle
from esante.core.domain.resource import instant, is_id
from esante.core.domain.structures import RESOURCE_TYPES
from esante.interactions.flows.dependencies import Needs
from esante.interactions.flows.history import list_history
from esante.search.domain.ranges import date_range
from esante.store.ports import HistoryPage, Version
from socle.errors import Refusal

_MOST: Final = 1000
_USUAL: Final = 100
_METHODS: Final = {"create": "POST", "update": "PUT", "patch": "PATCH", "delete": "DELETE"}
_STATUSES: Final = {"create": "201 Created", "delete": "204 No Content"}
_OWN: Final = frozenset({"_count", "_since", "_at", "_cursor", "_list"})


class HistoryInteractions:
    """Of a resource, of a type, of everything."""

    def __init__(self, needs: Needs) -> None:
        self._needs = needs

    def interactions(self) -> tuple[Interaction, ...]:
        """How they are asked for."""
        return (
            Interaction(
                "GET", "{type}/{id}/_history", "history-instance", "instance", self._answer
            ),
            Interaction("GET", "{type}/_history", "history-type", "type", self._answer),
            Interaction("GET", "_history", "history-system", "system", self._answer),
        )

    async def _answer(self, asked: Asked) -> Answer:
        view = checked_view(asked, _OWN)
        page = _page(asked)
        lines, last = await list_history(page, by=asked.access, needs=self._needs)
        links = {"self": self._link(asked, asked.query)}
        if last is not None:
            following = [(name, value) for name, value in asked.query if name != "_cursor"]
            links["next"] = self._link(asked, [*following, ("_cursor", _cursor(last))])
        size = sum(len(each.text or b"") for each in lines)
        body = await self._needs.aside.do(
            view.work(size), lambda: self._told(lines, links, view=view)
        )
        return Answer(200, body)

    def _told(self, lines: Sequence[Version], links: Mapping[str, str], *, view: View) -> bytes:
        body = bundle("history", (self._entry(each, view) for each in lines), links=links)
        return pretty(body.decode()).encode() if view.pretty else body

    def _entry(self, line: Version, view: View) -> Entry:
        place = f"{line.type}/{line.id}"
        method = _METHODS[line.interaction]
        # A resource that was put where none was is told as it came.
        request = {"method": method, "url": line.type if method == "POST" else place}
        response: dict[str, Any] = {
            "status": _STATUSES.get(line.interaction, "200 OK"),
            "etag": f'W/"{line.version}"',
            "lastModified": instant(line.updated),
        }
        text = None if line.text is None else shown(line.text, line.type, view.without_layout())
        members = {"request": request, "response": response}
        return Entry(f"{self._needs.base}/{place}", text, members)

    def _link(self, asked: Asked, query: Iterable[tuple[str, str]]) -> str:
        place = "/".join(each for each in (asked.type, asked.id, "_history") if each)
        told = urlencode(list(query))
        return f"{self._needs.base}/{place}" + (f"?{told}" if told else "")


def _page(asked: Asked) -> HistoryPage:
    told = {name: value for name, value in asked.query if name in _OWN}
    if "_list" in told:
        raise Refusal("invalid", "_list n'est pas compris ici.", issue="not-supported")
    count = told.get("_count", str(_USUAL))
    if not (count.isascii() and count.isdigit() and 0 < len(count) < 10 and int(count) > 0):
        raise Refusal("invalid", "_count est un nombre entier, à partir de 1.", issue="value")
    since = _moment("_since", told["_since"]) if "_since" in told else (None, None)
    at = _moment("_at", told["_at"]) if "_at" in told else (None, None)
    return HistoryPage(
        asked.type or None,
        asked.id or None,
        since[0],
        at,
        _place(told["_cursor"]) if "_cursor" in told else None,
        min(int(count), _MOST),
    )


def _moment(name: str, text: str) -> tuple[datetime | None, datetime | None]:
    found = date_range(text)
    if found is None:
        raise Refusal("invalid", f"{name} n'est pas une date de FHIR.", issue="value")
    return found


def _cursor(line: Version) -> str:
    told = "|".join((instant(line.updated), line.type, line.id, str(line.version)))
    return base64.urlsafe_b64encode(told.encode()).decode().rstrip("=")


def _place(cursor: str) -> tuple[datetime, str, str, int]:
    try:
        told = base64.urlsafe_b64decode(cursor.encode("ascii") + b"==").decode("ascii")
        updated, kind, name, version = told.split("|")
        told_at = datetime.fromisoformat(updated)
        moment = told_at.astimezone(UTC)
        known = kind in RESOURCE_TYPES and is_id(name)
        if told_at.tzinfo is None or not known or not re.fullmatch("[0-9]{1,9}", version):
            raise ValueError(cursor)
    except (ValueError, OverflowError):
        raise Refusal(
            "invalid", "_cursor ne vient pas d'ici : suivez le lien « next » d'une page."
        ) from None
    return moment, kind, name, int(version)
