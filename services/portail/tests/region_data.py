"""The JSON of the public API's contract, as small functions.

It is Monday 2 March 2026, 09:00 in Paris. Members the portal does not read are sent too.
"""

from typing import Any

Json = dict[str, Any]

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


def vehicle(name: str = "412", trip: str | None = "t", **members: Any) -> Json:
    """A vehicle on its way to the station, seen half a minute ago; on time."""
    return {
        "id": f"tao:{name}",
        "feed": "tao",
        "label": f"Rame {name}",
        "lat": 47.905,
        "lon": 1.903,
        "bearing": 90.0,
        "speed": 8.0,
        "occupancy": None,
        "occupancy_text": None,
        "status": "in_transit_to",
        "stop": {"id": GARE, "name": "Gare d'Orléans"},
        "trip_id": None if trip is None else f"tao:{trip}",
        "start_date": "20260302",
        "start_time": None,
        "route": route(type=0),
        "headsign": "Hôpital",
        "delay": 0,
        "measured_at": at("08:59:30"),
        "stale": False,
        **members,
    }


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
    place |= {"lat": 47.9, "lon": 1.9}
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


def tram(**members: Any) -> Json:
    """A ride of tram A from the station to the park."""
    ends = leg_end(GARE, "Gare d'Orléans", "A1"), leg_end("tao:parc", "Parc")
    line = route("A", type=0)
    return leg("tram", *ends, "09:05", "09:20", route=line, state="predicted", **members)


def walk_from_tram() -> Json:
    """The way on foot from the park to a destination that is no stop."""
    return leg("walk", leg_end("tao:parc", "Parc"), leg_end(None, None), "09:20", "09:25")


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
