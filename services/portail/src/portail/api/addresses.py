"""The addresses of the pages of lines and runs."""

from urllib.parse import quote, urlencode

from portail.domain.board import Departure


def segment(public_id: str) -> str:
    """A public id as one segment of a path, percent-encoded."""
    return quote(public_id, safe=":")


def line_address(route_id: str) -> str:
    """The address of the page of a line."""
    return f"/lignes/{segment(route_id)}"


def trip_address(
    trip_id: str, start_date: str | None, start_time: str | None, route_id: str | None = None
) -> str:
    """The address of the page of a run. `route_id`: of its line, where the page leads if the run is
    no longer published."""
    given = {"date": start_date, "depart": start_time, "ligne": route_id}
    query = urlencode({name: value for name, value in given.items() if value}, safe=":")
    return f"/courses/{segment(trip_id)}" + (f"?{query}" if query else "")


def address_of_departure(departure: Departure) -> str:
    """The address of the run of a departure."""
    return trip_address(
        departure.trip_id, departure.start_date, departure.start_time, departure.route.id
    )
