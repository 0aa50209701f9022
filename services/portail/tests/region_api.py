"""A region's public API: the JSON of the contract, served over HTTP, which tests can change.

It is Monday 2 March 2026, 09:00 in Paris. Members the portal does not read are sent too.
"""

import asyncio
import json
import unicodedata
from collections.abc import Awaitable, Callable
from typing import Any, Protocol
from urllib.parse import parse_qs, unquote

from socle.http import ASGIApp, Receive, Scope, Send

Json = dict[str, Any]
Layer = Callable[[ASGIApp], ASGIApp]


class StartPortal(Protocol):
    """Starts the pages over an API; their address."""

    def __call__(self, api: str, layer: Layer = ..., **changes: Any) -> Awaitable[str]: ...


NOW = "2026-03-02T09:00:00+01:00"
GARE = "tao:gare"


def at(time: str, day: str = "2026-03-02") -> str:
    """« 09:04 » as the API says it."""
    return f"{day}T{time}{':00' if len(time) == 5 else ''}+01:00"


def route(name: str = "A", color: str | None = "E2001A", **members: Any) -> Json:
    content = {"id": f"tao:{name}", "short_name": name, "long_name": None, "type": 3}
    return {**content, "color": color, "text_color": None, **members}


def departure(trip: str, time: str, state: str = "scheduled", **members: Any) -> Json:
    """One line of a board; predicted ones are on time unless said."""
    scheduled = at(time)
    return {
        "trip_id": f"tao:{trip}",
        "start_date": "20260302",
        "start_time": None,
        "stop_id": "tao:gare-1",
        "stop_sequence": 3,
        "platform_code": None,
        "route": route(),
        "headsign": "Hôpital",
        "ends_at": None,
        "scheduled": scheduled,
        "predicted": scheduled if state == "predicted" else None,
        "delay": 0 if state == "predicted" else None,
        "state": state,
        "pickup": "regular",
        "approximate": False,
        "wheelchair": "unknown",
        "feed": "tao",
        "updated_at": at("08:59:40"),
        "age": 20,
        "measured_at": None,
        **members,
    }


def stop(stop_id: str = GARE, name: str = "Gare d'Orléans", **members: Any) -> Json:
    return {
        "id": stop_id,
        "name": name,
        "code": None,
        "platform_code": None,
        "kind": "station",
        "station": None,
        "lat": 47.908,
        "lon": 1.905,
        "wheelchair": "yes",
        "timezone": "Europe/Paris",
        "feed": stop_id.partition(":")[0],
        **members,
    }


def board(*departures: Json, **members: Any) -> Json:
    real_time = {
        "state": "live",
        "message": "Temps réel à jour.",
        "updated_at": at("08:59:40"),
        "age": 20,
    }
    network = {
        "id": "tao",
        "name": "TAO Orléans",
        "licence": "etalab-2.0",
        "attribution": "Orléans Métropole",
        "real_time": real_time,
    }
    content = {"stop": stop(), "at": NOW, "generated_at": NOW, "message": None, "feeds": [network]}
    return {**content, "departures": list(departures), "next": None, **members}


def silent(state: str, message: str, updated_at: str | None) -> list[Json]:
    """The networks of a board whose real time is not heard."""
    (network,) = board()["feeds"]
    content = {"state": state, "message": message, "updated_at": updated_at, "age": None}
    return [{**network, "real_time": content}]


def alert(number: str, header: str, **members: Any) -> Json:
    return {
        "id": f"tao:0:{number}",
        "feed": "tao",
        "header": header,
        "description": None,
        "translations": {},
        "cause": "construction",
        "effect": "detour",
        "severity": "warning",
        "cause_text": "travaux",
        "effect_text": "déviation",
        "active_periods": [{"start": at("07:00"), "end": at("18:00")}],
        "active": True,
        "informed": [],
        "ambiguous": False,
        "note": None,
        "url": None,
        "updated_at": at("08:00"),
        **members,
    }


def feed(feed_id: str, name: str, *sources: Json) -> Json:
    return {"id": feed_id, "name": name, "licence": None, "real_time": list(sources)}


def schedule(*findings: Json, outcome: str = "imported", problem: str | None = None) -> Json:
    """A schedule with the report of its import."""
    attempt = {"at": at("04:00"), "outcome": outcome, "problem": problem}
    validity = {"valid_from": "20260301", "valid_to": "20260630"}
    return {"serving": True, **validity, "report": list(findings), "last_attempt": attempt}


def finding(file: str, message: str, count: int, *samples: str) -> Json:
    content = {"file": file, "code": "code", "message": message, "count": count}
    return {**content, "samples": list(samples)}


def source(state: str = "live", updated_at: str | None = None, **entities: int) -> Json:
    counts = {"trip_updates": 0, "vehicles": 0, "alerts": 0, **entities}
    return {"index": 0, "state": state, "updated_at": updated_at, "entities": counts}


def place(place_id: str, name: str, **members: Any) -> Json:
    """A place found; a hub of trains and trams unless stated otherwise."""
    content: Json = {"id": place_id, "type": "hub", "name": name, "lat": 47.908, "lon": 1.905}
    content |= {"commune": None, "modes": ["rail", "tram"], "feeds": ["tao"], "stops": []}
    return {**content, "board": place_id, **members}


def station(name: str, vehicles: int | None, docks: int | None, *counts: Json) -> Json:
    """A rental station; `counts` by type."""
    content = {"vehicles_available": vehicles, "docks_available": docks, "vehicle_types": counts}
    known = None if vehicles is None else vehicles > 0
    place = {"id": f"tao:{name}", "kind": "station", "name": name, "distance": 120.0}
    return {**place, "available": known, "station": content, "vehicle": None}


def leg_end(stop_id: str | None, name: str | None, platform: str | None = None) -> Json:
    return {"id": stop_id, "name": name, "lat": 47.9, "lon": 1.9, "platform": platform}


def leg(mode: str, start: Json, end: Json, departure: str, arrival: str, **members: Any) -> Json:
    """A way on foot, or a ride if `route` is given."""
    content = {
        "mode": mode,
        "from": start,
        "to": end,
        "departure": at(departure),
        "arrival": at(arrival),
        "scheduled_departure": at(departure),
        "scheduled_arrival": at(arrival),
        "duration": 600,
        "distance": 350 if mode == "walk" else None,
        "route": None,
        "headsign": None,
        "state": None,
        "stops": [],
        "alerts": [],
        "geometry": None,
        "on_streets": False if mode == "walk" else None,
        "stay_seated": None if mode == "walk" else False,
    }
    return {**content, **members}


def emissions(co2e_g: int | None, nox_mg: int | None = None, pm10_mg: int | None = None) -> Json:
    return {"co2e_g": co2e_g, "nox_mg": nox_mg, "pm10_mg": pm10_mg, "unknown_legs": []}


def fare(amount: float, currency: str = "EUR", *products: str) -> Json:
    note = "Plein tarif, par personne."
    return {"amount": amount, "currency": currency, "products": products, "note": note}


def journey(*legs: Json, **members: Any) -> Json:
    content = {
        "id": "j",
        "departure": legs[0]["departure"],
        "arrival": legs[-1]["arrival"],
        "duration": 4800,
        "transfers": max(0, sum(leg["mode"] != "walk" for leg in legs) - 1),
        "walk": sum(leg["distance"] or 0 for leg in legs),
        "summary": "",
        "wheelchair": "unknown",
        "emissions": emissions(None),
        "fare": None,
        "reasons": [],
    }
    return {**content, "legs": list(legs), **members}


def followed(*journeys: Json, **members: Any) -> Json:
    """A followed journey that goes to plan, unless stated otherwise."""
    content: Json = {
        "from": leg_end(GARE, "Gare d'Orléans"),
        "to": leg_end(None, None),
        "journeys": list(journeys),
        "alerts": [],
        "status": "upcoming",
        "possible": True,
        "summary": "Tout se passe comme prévu : arrivée à 09:25.",
        "changes": [],
        "whereabouts": {"place": leg_end(GARE, "Gare d'Orléans"), "at": NOW, "leg": None},
        "alternatives": None,
    }
    return {**content, **members}


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
        self.journeys: Json = {"journeys": [], "message": None, "next": None, "previous": None}
        self.followed: dict[str, Json] = {}
        self.web_push: Json = {"public_key": None, "delay": 300}
        self.listening = 0
        self.streams_opened = 0
        self._changed = asyncio.Event()

    def change(self, content: Json, stop_id: str = GARE) -> None:
        """The board of a stop changes, also for who listens."""
        self.boards[stop_id] = content
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
        if path.endswith("/watch") and (journey_id := path.split("/")[2]) in self.followed:
            assert scope["method"] == "POST"
            await self._stream(lambda: self.followed[journey_id], receive, send)
            return
        status, content = self._content(path, query)
        await _answer(send, status, content)

    def _content(self, path: str, query: dict[str, str]) -> tuple[int, Json]:
        parts = [unquote(part) for part in path.strip("/").split("/")]
        match parts:
            case ["feeds"]:
                return 200, {"generated_at": NOW, "feeds": self.feeds}
            case ["rental"]:
                return 200, {"rental": self.rental, "systems": [], "message": None, "next": None}
            case ["web-push"]:
                return 200, self.web_push
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

    async def _stream(self, content: Callable[[], Json], receive: Receive, send: Send) -> None:
        gone = asyncio.create_task(_gone(receive))
        self.listening += 1
        self.streams_opened += 1
        headers = [(b"content-type", b"text/event-stream")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        try:
            while not self.away and not gone.done():
                changed = self._changed
                body = b"id: x\ndata: " + json.dumps(content()).encode() + b"\n\n"
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


def _problem(category: str, detail: str) -> Json:
    return {"type": f"urn:regionlab:problem:{category}", "title": "", "detail": detail}


async def _answer(send: Send, status: int, content: Json) -> None:
    body = json.dumps(content).encode()
    headers = [(b"content-type", b"application/json"), (b"cache-control", b"public, max-age=5")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
