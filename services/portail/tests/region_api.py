"""A region's public API over HTTP: the JSON of the contract, which tests can change."""

import asyncio
import json
import unicodedata
from collections.abc import Awaitable, Callable
from typing import Any, Protocol
from urllib.parse import parse_qs, unquote

from region_data import GARE, NOW, Json, board, feed, source, stop

from socle.http import ASGIApp, Receive, Scope, Send

Layer = Callable[[ASGIApp], ASGIApp]


class StartPortal(Protocol):
    """Starts the pages over an API; their address."""

    def __call__(self, api: str, layer: Layer = ..., **changes: Any) -> Awaitable[str]: ...


class Region:
    """The API: an ASGI application over what the test puts in its attributes."""

    def __init__(self) -> None:
        self.address = ""
        self.requests: list[str] = []
        self.headers: list[dict[bytes, bytes]] = []
        self.away = False
        self.stops: list[Json] = [stop()]
        self.places: list[Json] = []
        self.routes: dict[str, list[Json]] = {}
        self.boards: dict[str, Json] = {GARE: board()}
        self.pages: dict[str, Json] = {}  # boards by cursor
        self.alerts: list[Json] = []
        self.feeds: list[Json] = [feed("tao", "TAO Orléans", source(trip_updates=1))]
        self.rental: list[Json] = []
        self.rental_systems: list[Json] = []
        self.lines: list[Json] = []
        self.vehicles: list[Json] = []
        self.journeys: Json = {"journeys": [], "message": None, "next": None, "previous": None}
        self.followed: dict[str, Json] = {}
        self.queries: dict[str, Json] = {}
        self.web_push: Json = {"public_key": None, "delay": 300}
        self.answers: dict[str, Json] = {}
        """Responses by path (`/routes/tao:A`), whatever the query."""
        self.indicators: dict[str, list[Json]] = {}
        """Rows by indicator and dimension (`punctuality day`), also with the first day."""
        self.undated: dict[str, Json] = {}
        """Responses by path to requests without a date."""
        self.streamed: dict[str, Json] = {}
        """Values of streams by path (`/trips/tao:1/stream`)."""
        self.listening = 0
        self.streams_opened = 0
        self._changed = asyncio.Event()

    def change(self, content: Json, stop_id: str = GARE) -> None:
        """The board of a stop changes, also for who listens."""
        self.boards[stop_id] = content
        self._changed.set()
        self._changed = asyncio.Event()

    def change_stream(self, path: str, content: Json) -> None:
        """The value of a stream changes, also for who listens."""
        self.streamed[path] = content
        self._changed.set()
        self._changed = asyncio.Event()

    def change_journey(self, content: Json, journey_id: str = "j") -> None:
        """A followed journey changes, also for who listens."""
        self.followed[journey_id] = content
        self._changed.set()
        self._changed = asyncio.Event()

    def go_away(self) -> None:
        """Answer errors from now on, and end the streams."""
        self.away = True
        self._changed.set()
        self._changed = asyncio.Event()

    def come_back(self) -> None:
        self.away = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["raw_path"].decode().removeprefix("/mobilite/v1")
        query = {
            name: values[0] for name, values in parse_qs(scope["query_string"].decode()).items()
        }
        self.requests.append(path + ("?" + scope["query_string"].decode() if query else ""))
        self.headers.append(dict(scope["headers"]))
        if self.away:
            await _answer(send, 503, _problem("unavailable", "Momentanément absent."))
            return
        stop_id = unquote(path.split("/")[2]) if path.endswith("/departures/stream") else ""
        if stop_id in self.boards:
            await self._stream(lambda: self.boards[stop_id], receive, send)
            return
        if path == "/vehicles/stream":
            await self._stream(lambda: self._vehicle_list(query), receive, send, event="snapshot")
            return
        if path.endswith("/watch") and (journey_id := path.split("/")[2]) in self.followed:
            assert scope["method"] == "POST"
            await self._stream(lambda: self.followed[journey_id], receive, send)
            return
        if (streamed := unquote(path)) in self.streamed:
            await self._stream(lambda: self.streamed[streamed], receive, send)
            return
        status, content = self._content(path, query)
        await _answer(send, status, content)

    def _content(self, path: str, query: dict[str, str]) -> tuple[int, Json]:
        if (answer := self.answers.get(unquote(path))) is not None:
            return 200, answer
        if "date" not in query and (answer := self.undated.get(unquote(path))) is not None:
            return 200, answer
        parts = [unquote(part) for part in path.strip("/").split("/")]
        match parts:
            case ["feeds"]:
                return 200, {"generated_at": NOW, "feeds": self.feeds}
            case ["indicators", name]:
                by, first = query.get("by"), query.get("from")
                rows = self.indicators.get(f"{name} {by} {first}")
                rows = self.indicators.get(f"{name} {by}", []) if rows is None else rows
                wanted = query.get("route", query.get("feed", ""))
                rows = [row for row in rows if _owner(row, wanted).startswith(wanted)]
                return 200, {"definition": f"Définition de {name}.", "rows": rows}
            case ["rental", "systems"]:
                return 200, {"systems": self.rental_systems, "message": None}
            case ["routes"]:
                lines = [each for each in self.lines if each["id"].startswith(query["feed"] + ":")]
                return 200, {"routes": [*lines, *self.routes.get(query["feed"], [])], "next": None}
            case ["vehicles"]:
                return 200, self._vehicle_list(query)
            case ["rental"]:
                return 200, {"rental": self.rental, "systems": [], "message": None, "next": None}
            case ["web-push"]:
                return 200, self.web_push
            case ["journeys", journey_id, "query"] if journey_id in self.queries:
                return 200, self.queries[journey_id]
            case ["journeys", journey_id] if journey_id in self.followed:
                return 200, self.followed[journey_id]
            case ["journeys", "gone"]:
                return 410, _problem("gone", "Ce trajet est passé.")
            case ["journeys"] if query["from"].startswith("tao:inconnu"):
                return 404, _problem("not_found", "Cet arrêt n'existe pas.")
            case ["journeys"]:
                return 200, self.journeys
            case ["alerts"]:
                return 200, {"alerts": self._alerts(query), "next": None}
            case ["places"]:
                wanted = _folded(query["q"])
                found = [each for each in self.places if wanted in _folded(each["name"])]
                return 200, {"places": found, "missing": [], "message": None}
            case ["stops"] if "q" in query:
                found = [s for s in self.stops if query["q"].lower() in s["name"].lower()]
                return 200, {"stops": [self._found(s, None) for s in found], "next": None}
            case ["stops"]:
                return 200, {"stops": [self._found(s, 347.2) for s in self.stops], "next": None}
            case ["stops", stop_id, "departures"]:
                content = self.pages.get(query.get("cursor", "")) or self.boards.get(stop_id)
                if content:
                    return 200, content
        return 404, _problem("not_found", f"Aucun arrêt {parts[1]}.")

    def _found(self, content: Json, distance: float | None) -> Json:
        routes = self.routes.get(content["id"], [])
        own = {"routes": routes, "modes": ["tram", "bus"], "towards": []}
        return {**own, **content, "distance": distance}

    def _alerts(self, query: dict[str, str]) -> list[Json]:
        def wanted(each: Json) -> bool:
            when = {"now": each["active"], "upcoming": not each["active"]}
            named = {entity["route"]["id"] for entity in each["informed"] if entity.get("route")}
            return (
                when.get(query.get("active", "all"), True)
                and query.get("feed", each["feed"]) == each["feed"]
                and ("route" not in query or query["route"] in named)
            )

        return [each for each in self.alerts if wanted(each)][: int(query["limit"])]

    def _vehicle_list(self, query: dict[str, str]) -> Json:
        found = [each for each in self.vehicles if query.get("feed", each["feed"]) == each["feed"]]
        if "route" in query:
            found = [each for each in found if (each["route"] or {}).get("id") == query["route"]]
        return {"generated_at": NOW, "feeds": [], "vehicles": found, "next": None}

    async def _stream(
        self, content: Callable[[], Json], receive: Receive, send: Send, *, event: str = "message"
    ) -> None:
        gone = asyncio.create_task(_gone(receive))
        self.listening += 1
        self.streams_opened += 1
        headers = [(b"content-type", b"text/event-stream")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        try:
            while not self.away and not gone.done():
                changed = self._changed
                body = (
                    f"id: x\nevent: {event}\ndata: ".encode()
                    + json.dumps(content()).encode()
                    + b"\n\n"
                )
                await send({"type": "http.response.body", "body": body, "more_body": True})
                waiting = asyncio.create_task(changed.wait())
                await asyncio.wait((waiting, gone), return_when=asyncio.FIRST_COMPLETED)
                waiting.cancel()
            await send({"type": "http.response.body", "body": b""})
        finally:
            self.listening -= 1
            gone.cancel()


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _folded(name: str) -> str:
    """A name in lower case, without accents."""
    return unicodedata.normalize("NFD", name.lower()).encode("ascii", "ignore").decode()


def _owner(row: Json, unknown: str) -> str:
    """The line or the network of a row of figures; `unknown` if it has none."""
    return row.get("route") or row.get("feed") or unknown


def _problem(category: str, detail: str) -> Json:
    return {"type": f"urn:regionlab:problem:{category}", "title": "", "detail": detail}


async def _answer(send: Send, status: int, content: Json) -> None:
    body = json.dumps(content).encode()
    headers = [(b"content-type", b"application/json"), (b"cache-control", b"public, max-age=5")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
