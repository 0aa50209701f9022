"""The JSON of the public API about lines and runs, as small functions.

Line A goes from Gare to Hôpital, with a branch to Parc after Coligny.
"""

from typing import Any

from region_data import NOW, Json, alert, at, route, stop

NAMES = {"gare": "Gare d'Orléans", "coligny": "Coligny", "parc": "Parc", "hopital": "Hôpital"}


def line_stop(name: str, trips: int = 10, *connections: str, **members: Any) -> Json:
    own = {"trips": trips, "connections": list(connections)}
    return {**stop(f"tao:{name}", NAMES[name]), **own, **members}


def direction(number: int | None = 0, headsign: str = "Hôpital", **members: Any) -> Json:
    content: Json = {"direction_id": number, "headsigns": [headsign], "trips": 10}
    content["stops"] = [
        line_stop("gare", 10, "sncf:K2", "tao:2"),
        line_stop("coligny", 10, wheelchair="no"),
        line_stop("parc", 3, wheelchair="unknown"),
        line_stop("hopital", 7),
    ]
    content["patterns"] = [
        {"trips": 7, "stops": [0, 1, 3]},
        {"trips": 3, "stops": [0, 1, 2]},
    ]
    return {**content, "shape": None, "shape_source": None, **members}


def listed_line(name: str = "A", **members: Any) -> Json:
    own = {"feed": "tao", "agency": None, "termini": ["Hôpital", "Gare"], "type": 0}
    return {**route(name), **own, **members}


def line(*directions: Json, **members: Any) -> Json:
    """Line A; with both directions unless stated otherwise."""
    both = directions or (direction(), direction(1, "Gare"))
    content = {**listed_line(), "directions": list(both), "alerts": []}
    content["connections"] = [route("2", "00A54F"), {**route("K2"), "id": "sncf:K2"}]
    return {**content, "valid_from": "20260101", "valid_to": "20261231", **members}


def table_call(place: int, time: str, state: str = "scheduled", **members: Any) -> Json:
    content: Json = {"stop": place, "arrival": at(time), "departure": at(time)}
    content |= {"predicted": None, "delay": None, "state": state}
    return {**content, "pickup": 0, "drop_off": 0, "approximate": False, **members}


def table_run(trip: str, *calls: Json, **members: Any) -> Json:
    content: Json = {"trip_id": f"tao:{trip}", "start_date": "20260302", "start_time": None}
    content |= {"headsign": "Hôpital", "headway": False, "cancelled": False}
    content |= {"outside_timetable": False, "modified": False, "wheelchair": "yes"}
    content |= {"first_stop": 0, "last_stop": 3, "calls": list(calls)}
    return {**content, **members}


def timetable(*runs: Json, **members: Any) -> Json:
    stops = [stop(f"tao:{name}", NAMES[name]) for name in NAMES]
    content: Json = {"route": route(), "date": "20260302", "direction_id": 0, "stops": stops}
    return {**content, "runs": list(runs), "next_date": None, "generated_at": NOW, **members}


def vehicle(**members: Any) -> Json:
    content: Json = {"id": "tao:v7", "lat": 47.9, "lon": 1.9, "label": "7", "feed": "tao"}
    content |= {"occupancy": "few_seats_available", "carriages": [], "status": "in_transit_to"}
    content |= {"stop": {"id": "tao:hopital", "name": "Hôpital"}, "stale": False}
    return {**content, "measured_at": at("08:59:50"), **members}


def progress(name: str, time: str, delay: int | None = None) -> Json:
    content: Json = {"stop": stop(f"tao:{name}", NAMES[name]), "stop_sequence": 1}
    content |= {"scheduled": at(time), "predicted": None, "delay": delay, "state": "scheduled"}
    if delay is not None:
        content |= {"state": "predicted", "predicted": at(time)}
    return content


def current_run(trip: str = "1", **members: Any) -> Json:
    content: Json = {"trip_id": f"tao:{trip}", "start_date": "20260302", "start_time": None}
    content |= {"direction_id": 0, "headsign": "Hôpital", "departure": at("08:50")}
    content |= {"status": "running", "outside_timetable": False, "vehicle": None}
    content |= {"previous": progress("coligny", "08:58"), "next": progress("hopital", "09:04", 240)}
    return {**content, **members}


def runs(*current: Json) -> Json:
    return {"route": route(), "runs": list(current), "generated_at": NOW}


def call(name: str, sequence: int, time: str, delay: int | None = None, **members: Any) -> Json:
    predicted = None if delay is None else at(time)
    own = {"scheduled": at(time), "predicted": predicted, "delay": delay}
    content: Json = {"stop": stop(f"tao:{name}", NAMES[name]), "stop_sequence": sequence}
    content |= {"arrival": own, "departure": own, "scheduled_stop_id": None, "headsign": "Hôpital"}
    content |= {"state": "scheduled" if delay is None else "predicted", "occupancy": None}
    return {**content, "pickup": 0, "drop_off": 0, **members}


def trip(*calls: Json, **members: Any) -> Json:
    """A run four minutes late, between Coligny and Hôpital."""
    usual = (
        call("gare", 1, "08:50", 120),
        call("coligny", 2, "08:58", 180),
        call("parc", 3, "09:00", state="skipped"),
        call("hopital", 4, "09:04", 240),
    )
    content: Json = {"trip_id": "tao:1", "start_date": "20260302", "start_time": None}
    content |= {"route": route(), "direction_id": 0, "headsign": "Hôpital", "status": "running"}
    content |= {"next_stop_sequence": 4, "cancelled": False, "outside_timetable": False}
    content |= {"modified": False, "wheelchair": "yes", "calls": list(calls or usual)}
    content |= {"vehicle": vehicle(), "alerts": [], "generated_at": NOW, "measured_at": None}
    content |= {"feed": {"id": "tao", "name": "TAO Orléans", "licence": None, "attribution": None}}
    content |= {"updated_at": at("08:59:40"), "age": 20, "shape": None, "shape_source": None}
    return {**content, **members}


def table_of_the_day() -> Json:
    """Few runs: a cancelled one, an added one, one to Parc to be booked."""
    return timetable(
        table_run("1", *(table_call(n, t) for n, t in ((0, "08:50"), (1, "08:58"), (3, "09:10")))),
        table_run(
            "2",
            *(table_call(n, t, "cancelled") for n, t in ((0, "09:20"), (1, "09:28"), (3, "09:40"))),
            cancelled=True,
        ),
        table_run(
            "3",
            table_call(0, "10:20", pickup=2),
            table_call(1, "10:28", "skipped"),
            table_call(2, "10:30"),
            headsign="Parc",
            last_stop=2,
        ),
        table_run("4", table_call(0, "11:20", "added"), outside_timetable=True, last_stop=1),
    )


def frequent_table() -> Json:
    """A run every four minutes, at one stop."""
    return timetable(
        *(
            table_run(f"{hour}{minute:02}", table_call(0, f"{hour:02}:{minute:02}"))
            for hour in range(6, 22)
            for minute in range(0, 60, 4)
        )
    )


def furnish_lines(region: Any) -> None:
    """One line of each kind of timetable, its runs, and runs in every state."""
    second = listed_line("2", long_name="Gare – Parc des Expositions", type=3)
    region.answers["/routes"] = {"routes": [listed_line(), second], "next": None}
    for name, table in (("A", table_of_the_day()), ("2", frequent_table())):
        region.answers[f"/routes/tao:{name}"] = line(id=f"tao:{name}", short_name=name)
        region.answers[f"/routes/tao:{name}/timetable"] = table
        current = (current_run(vehicle=vehicle()), current_run("9", status="cancelled", next=None))
        region.answers[f"/routes/tao:{name}/runs"] = runs(*current)
    region.answers["/trips/tao:1"] = trip(alerts=["tao:0:9"])
    region.answers["/alerts/tao:0:9"] = alert("9", "Travaux")
    region.answers["/trips/tao:2"] = trip(
        *(call(name, n, f"09:2{n}", state="cancelled") for n, name in enumerate(NAMES)),
        trip_id="tao:2",
        status="cancelled",
        next_stop_sequence=None,
        vehicle=None,
    )
