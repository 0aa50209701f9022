"""The distance of a Location as SQL: within a box by index, then by the haversine formula.

`near` computes the same in memory.
"""

from collections.abc import Iterable
from decimal import Decimal

from esante.search.adapters.comparisons_sql import Bind, any_sql
from esante.search.adapters.statement_builder import Row, Statement
from esante.search.domain.near import EARTH_RADIUS, LATITUDE, LONGITUDE, Circle


def near_sql(circles: Iterable[Circle], row: Row, statement: Statement) -> str:
    """The condition that the position of the resource is in one of the circles."""
    within = any_sql(_circle_sql(each, statement.bind) for each in circles)
    return (
        f"{row.name}.id IN (SELECT a.id FROM quantity_value a"  # noqa: S608
        " JOIN quantity_value o ON o.type = a.type AND o.id = a.id"
        f" AND o.parameter = '{LONGITUDE}'"
        f" WHERE a.type = '{row.types[0]}' AND a.parameter = '{LATITUDE}' AND {within})"
    )


def _circle_sql(circle: Circle, bind: Bind) -> str:
    """The condition on the rows `a` (latitude) and `o` (longitude)."""
    box = [_between("a.value", circle.latitudes, bind)]
    box.append(any_sql(_between("o.value", each, bind) for each in circle.longitudes))
    latitude, longitude, metres = (
        bind(each, "double precision")
        for each in (circle.latitude, circle.longitude, circle.metres)
    )
    chord = (
        f"sin(radians(a.value - {latitude}) / 2) ^ 2 + cos(radians({latitude}))"
        f" * cos(radians(a.value)) * sin(radians(o.value - {longitude}) / 2) ^ 2"
    )
    distance = f"2 * {EARTH_RADIUS} * asin(least(1, sqrt({chord})))"
    return f"({' AND '.join(f'({each})' for each in box)} AND {distance} <= {metres})"


def _between(column: str, limits: tuple[float, float], bind: Bind) -> str:
    # As numbers of the column's type, so that its index is used.
    low, high = (bind(Decimal(repr(each)), "numeric") for each in limits)
    return f"{column} BETWEEN {low} AND {high}"
